"""What lists of task executions and action executions consist of: each with what it belongs to."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from chalicelib.core import ids
from chalicelib.core.model import Action, Run, Task
from chalicelib.ports_loose import LooseAction


class TaskOf(NamedTuple):
    """A task execution with the run it belongs to."""

    run: Run
    task: Task

    @property
    def part(self) -> str:
        """The partition of the run."""
        return ids.partition(self.run.start.id)

    @property
    def id(self) -> str:
        """The id of the task execution."""
        return ids.task_id(self.part, self.task.key)


class ActionOf(NamedTuple):
    """An action execution with the task execution it belongs to."""

    owner: TaskOf
    action: Action

    @property
    def id(self) -> str:
        """The id of the action execution."""
        return ids.action_id(self.owner.part, self.action.key)


AnyAction: TypeAlias = ActionOf | LooseAction
"""What lists of action executions hold."""
