"""Task executions and action executions as lists hold them, each with what it belongs to; and where one is found."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from chalicelib.core import ids
from chalicelib.core.model import Action, ActionKey, Run, Task
from chalicelib.ports import Runs
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


def action_of(runs: Runs, part: str, task: Task | None, key: ActionKey) -> Action | None:
    """An action execution of a run: in the row of its task if it is the task's only or latest one, else in its own."""
    if task is not None and task.action is not None and task.action.key == key:
        return task.action
    return runs.action(part, key)
