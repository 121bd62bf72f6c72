"""Action executions that belong to no task execution, and who keeps them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.core.model import Action
from chalicelib.core.states import State
from chalicelib.core.values import ActionKey, TaskKey, Value

NO_KEY = ActionKey(TaskKey(0, 0), 1)
"""In place of the key of an action execution that belongs to no run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseAction:
    """An action execution on its own."""

    id: str | None
    """`None`: it ran at once and was not stored."""
    project_id: str
    description: str | None = None
    namespace: str = ""
    """Where its action was looked for first."""
    action: Action
    owner: str | None = None
    """The message that has it run (property P8)."""
    version: int = 1
    """Counts the changes, and guards them."""

    def ended(self, state: State, output: Value, accepted: bool, moment: datetime) -> LooseAction:
        """The same, over."""
        action = replace(self.action, state=state, output=output, accepted=accepted, updated_at=moment, base=None)
        return replace(self, action=action)


class LooseStore(Protocol):
    """Keeps loose action executions. Reads by id see every earlier write."""

    def create(self, loose: LooseAction) -> bool:
        """Keep a new one; `False` if there is one of this id."""
        ...

    def find(self, action_id: str) -> LooseAction | None:
        """The one of this id."""
        ...

    def change(self, after: LooseAction) -> LooseAction:
        """Write one with its next version. Raises `LostRace` if that stored is of another version than `after`."""
        ...

    def delete(self, action_id: str) -> None:
        """Remove one."""
        ...

    def newest(self, project_id: str, limit: int) -> list[LooseAction]:
        """The newest of a project, at most `limit`. May miss the latest writes."""
        ...

    def projects(self) -> list[str]:
        """Every project that has had one."""
        ...
