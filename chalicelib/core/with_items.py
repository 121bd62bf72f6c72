"""What a task with items remembers of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.core.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """How far a task with items is, in a size that does not depend on their number.

    `started`, `ended` and `failed` count the items of the current attempt; `base` is the number of the last action
    execution before it.
    """

    name: str
    """The action."""
    sources: Value
    """Item variable to the list of its values."""
    count: int
    base: int = 0
    started: int = 0
    ended: int = 0
    failed: int = 0
    paused: int = 0
    """How many are PAUSED now."""
    concurrency: int = 0
    """How many may run at once; 0: all of them."""
    tolerated: int = 0
    """How many may fail without the task failing."""
    timeout: int = 0
    wiped: int = 0
    """Up to which number the results of action executions are not kept (`keep-result: false`)."""
    redone: int = 0
    """Up to which number only successes count, as all other items were done again."""
    seen: int = 0
    """Up to which number of those it is known what succeeded."""
    done: Value = None
    """The items known to have succeeded before: bits, as a hexadecimal text."""

    @property
    def capacity(self) -> int | None:
        """How many more may run at once; `None`: all of them."""
        return self.concurrency - (self.started - self.ended) if self.concurrency else None
