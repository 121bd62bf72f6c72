"""Orders as they come from the queue (`docs/reference/worker-protocol.md` of Meltemi)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1


class Unreadable(Exception):
    """A message is no order, or of a format that this worker does not know. It must stay in the queue."""


@dataclass(frozen=True)
class Order:
    """An action execution to carry out. `token` is a secret."""

    id: str
    name: str
    token: str = field(repr=False)
    results: str
    """Name or URL of the queue that takes reports."""
    path: str
    """Where the API takes them, after its address."""
    input: Mapping[str, Any] | None = field(repr=False)
    input_url: str | None = field(repr=False)
    timeout: float
    """Seconds; 0: no limit."""
    heartbeat: float
    safe_rerun: bool
    context: Mapping[str, Any]
    received: int = 1
    """How often its message was received, this time included."""

    def load(self, fetch: Callable[[str], bytes]) -> Mapping[str, Any]:
        """Its input; `fetch` gets what is behind a URL."""
        if self.input is not None:
            return self.input
        found: Mapping[str, Any] = json.loads(fetch(str(self.input_url)))
        return found


def read(text: str, received: int = 1) -> Order:
    """The order in a message. Raises `Unreadable`."""
    try:
        body = json.loads(text)
        if body["format"] != FORMAT:
            raise Unreadable(f"An order has the format {body['format']}, and {FORMAT} is the only one known here")
        return Order(
            id=body["action_execution_id"],
            name=body["name"],
            token=body["reply"]["token"],
            results=body["reply"]["queue"],
            path=body["reply"]["path"],
            input=body.get("input"),
            input_url=body.get("input_url"),
            timeout=float(body["timeout"]),
            heartbeat=float(body["heartbeat"]),
            safe_rerun=body["safe_rerun"],
            context=body["context"],
            received=received,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"A message is no order: {type(error).__name__}") from None
