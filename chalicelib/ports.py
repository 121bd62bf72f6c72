"""What the services ask of the outside world, as Protocols. Adapters implement them, tests pass fakes.

The data that crosses a port lives here too, beside the Protocol that carries it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.core.jsontext import JsonDict


@dataclass(frozen=True, slots=True)
class Message:
    """One message to send: `group` and `dedup` matter on the FIFO queue, `delay` (seconds, 0-900) on the others."""

    group: str
    dedup: str
    body: JsonDict
    delay: int = 0


class Queues(Protocol):
    """Sends messages, at least once. Raises `Unavailable` unless all of them were accepted."""

    def send_events(self, messages: Sequence[Message]) -> None:
        """To the step handler, in order within a group; a `dedup` seen in the last 5 minutes is dropped."""
        ...

    def send_actions(self, messages: Sequence[Message]) -> None:
        """To the executor, in any order."""
        ...

    def send_timers(self, messages: Sequence[Message]) -> None:
        """To the timer handler, each after its own delay."""
        ...


class Blobs(Protocol):
    """Immutable values kept under their content hash."""

    def put(self, digest: str, data: bytes) -> None:
        """Keep `data` under `digest`; keeping it again changes nothing."""
        ...

    def put_many(self, blobs: Mapping[str, bytes]) -> None:
        """Keep all of `blobs` (digest to data), side by side."""
        ...

    def get(self, digest: str) -> bytes:
        """The data kept under `digest`. Raises `NotFound` when there is none."""
        ...


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """The current moment, timezone-aware UTC."""
        ...
