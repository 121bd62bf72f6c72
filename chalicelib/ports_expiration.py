"""How far the removal of expired executions has come, and who keeps that."""

from __future__ import annotations

from dataclasses import dataclass
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
