"""Ports of housekeeping: expiration and maintenance mode."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Pass:
    """A look at the executions of all projects, in order of their names."""

    began: datetime
    project_id: str | None = None
    """Whose executions are looked at now; `None`: the pass is over."""
    after: tuple[datetime, str] | None = None
    """The last execution that was looked at, by creation time and id."""
    kept: int = 0
    """How many finished executions of the project stay so far."""


class PassStore(Protocol):
    """Keeps the latest pass. Reads see every earlier write; of two writers the later one wins."""

    def read(self) -> Pass | None:
        """The latest pass; `None` if there was none."""
        ...

    def write(self, latest: Pass) -> None:
        """Keep this one."""
        ...


RUNNING, PAUSING, PAUSED = "RUNNING", "PAUSING", "PAUSED"


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Whether the service takes writes, and how far the look at all executions is that pausing takes."""

    status: str = RUNNING
    version: int = 0
    """Counts the changes, and guards them."""
    cursors: Mapping[str, str] = field(default_factory=dict)
    """Where the look goes on (shard to the last entry seen); empty: from the start."""
    quiet: bool = True
    """Whether this look has found nothing that still runs."""


class MaintenanceStore(Protocol):
    """Keeps the one state of maintenance, and which executions it paused. Reads see every earlier write."""

    def read(self) -> Maintenance:
        """The state; that of a service that was never maintained is RUNNING."""
        ...

    def write(self, after: Maintenance) -> Maintenance:
        """Write the state with its next version. Raises `LostRace` if that stored is of another version."""
        ...

    def note(self, execution_ids: Collection[str]) -> None:
        """Remember executions that are paused now; those that are remembered already stay so."""
        ...

    def noted(self, limit: int) -> list[str]:
        """Executions that were paused, at most `limit`."""
        ...

    def forget(self, execution_ids: Collection[str]) -> None:
        """Forget executions that go on."""
        ...
