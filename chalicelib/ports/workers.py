"""What services ask of the outside world about external workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.core.jsontext import JsonDict


class WorkerQueues(Protocol):
    """Sends orders to workers, at least once."""

    def send_to(self, queue: str, orders: Sequence[JsonDict]) -> None:
        """To the workers that read `queue`. Raises `NotFound` if there is no such queue, or it may not be used, and
        `Unavailable` unless all of them were accepted."""
        ...


class Links(Protocol):
    """Lets others read single values."""

    def link(self, digest: str, seconds: int) -> str:
        """A URL under which whoever has it may read the data kept under `digest`, for so long."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is known of the worker that has an action execution."""

    action_id: str
    attempt: str
    """What the worker calls this try of its own; another one is that of another worker, or of the same one reborn."""
    heard_at: datetime
    percent: float | None = None
    note: str | None = None
    """How far it is, in its own words."""
    lost: int = 0
    """How often it was not heard of in time, one after the other."""
    version: int = 1
    """Counts the changes, and guards them."""


class Watches(Protocol):
    """Keeps which worker has which action execution. Reads see every earlier write."""

    def find(self, action_id: str) -> Watch | None:
        """That of an action execution."""
        ...

    def begin(self, watch: Watch) -> bool:
        """Keep the first one of an action execution; `False` if there is one."""
        ...

    def change(self, after: Watch) -> Watch:
        """Write one with its next version. Raises `LostRace` if that stored is of another version than `after`."""
        ...
