"""Looks up the status of action executions; rows of tasks and actions as lists show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.model import Action, Run, Task
from chalicelib.core.states import CANCELLED, SUCCESS, TERMINAL, State
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.ports.runs import Runs
from chalicelib.ports.standalone_actions import LooseAction, LooseStore


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


GONE = frozenset({SUCCESS, CANCELLED})
"""States of a run whose actions need not go on. One that failed can be run again, with what its tasks did meanwhile."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An action execution as it is now."""

    id: str
    state: State
    wanted: bool
    """Whether anybody waits for its result: not if its task is over or tries again with another one, and not if its run
    is over, unless that failed."""
    safe_rerun: bool
    project_id: str
    execution_id: str | None
    """`None`: it is on its own."""


class Standings:
    """Looks up action executions, whose ever they are."""

    def __init__(self, runs: Runs, loose: LooseStore) -> None:
        self._runs = runs
        self._loose = loose

    def of(self, action_id: str) -> Standing | None:
        """That of an action execution; `None` if there is none of this id."""
        row = ids.parse(action_id)
        if row is None:
            return self._alone(action_id)
        run = self._runs.run(row.partition) if row.number else None
        task = self._task(run, row.task) if run is not None else None
        if run is None or task is None or task.kind == sub_executions.KIND:
            return None
        return self._of_task(run, task, ActionKey(row.task, row.number))

    def _task(self, run: Run, key: TaskKey) -> Task | None:
        """A task execution, without another look at the head, which is at hand."""
        kept = next((task for task in run.head.kept if task.key == key), None)
        return kept or next(iter(self._runs.fetch(ids.partition(run.start.id), [key])), None)

    def _of_task(self, run: Run, task: Task, key: ActionKey) -> Standing | None:
        part = ids.partition(run.start.id)
        action = action_of(self._runs, part, task, key)
        if action is None:
            return None
        over = {action.state, task.state} & TERMINAL or run.head.state in GONE
        wanted = not over and key.number > task.void
        action_id = ids.action_id(part, key)
        return Standing(action_id, action.state, wanted, action.safe_rerun, run.start.project_id, run.start.id)

    def _alone(self, action_id: str) -> Standing | None:
        found = self._loose.find(action_id)
        if found is None:
            return None
        state = found.action.state
        return Standing(action_id, state, state not in TERMINAL, found.action.safe_rerun, found.project_id, None)
