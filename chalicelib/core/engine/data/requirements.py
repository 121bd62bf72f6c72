"""Reverse workflows: tasks run because a target requires them (engine rules §11).

Only the target and what it requires, directly or not, ever runs; each task at most once, when all that it requires has
succeeded or was skipped. For every task that waits, `Progress.fired` has a bit for each of its requirements that has.
"""

from __future__ import annotations

from chalicelib.core.engine.data import context
from chalicelib.core.engine.state import bookkeeping
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.jsontext import Json
from chalicelib.core.language.spec import WorkflowSpec, WorkflowType
from chalicelib.core.model import Context, Task
from chalicelib.core.progress import Work, WorkKind
from chalicelib.core.states import SKIPPED, SUCCESS
from chalicelib.core.values import TaskKey, Value
from chalicelib.errors import InvalidRequest

TARGET = "task_name"


def check_target(spec: WorkflowSpec, target: Json) -> None:
    """Raise `InvalidRequest` unless a reverse workflow is told a task of its own to reach."""
    if spec.type is WorkflowType.REVERSE and target not in spec.tasks:
        raise InvalidRequest(f"Invalid task name [wf_spec={spec.name}, task_name={target}]")


def first(draft: Draft) -> tuple[str, ...]:
    """The tasks on the way to the target that require nothing, in document order."""
    return tuple(name for name in _needed(draft) if not draft.spec.tasks[name].requires)


def ready(draft: Draft, task: Task) -> None:
    """Queue the tasks that waited for nothing but `task`, which has just ended; a skipped one is no obstacle.

    In a run that is over they wait there in case it comes back to life.
    """
    if task.state not in (SUCCESS, SKIPPED):
        return
    for name in _needed(draft):
        spec = draft.spec.tasks[name]
        if task.name not in spec.requires:
            continue
        fired = draft.progress.fired.get(spec.index, 0) | 1 << spec.requires.index(task.name)
        draft.set_progress(fired={**draft.progress.fired, spec.index: fired})
        if fired.bit_count() == len(spec.requires):
            bookkeeping.push(draft, Work(WorkKind.REQUIRE, TaskKey(spec.index, 0)))


def gathered(draft: Draft, name: str) -> tuple[Context, dict[str, Value]]:
    """The merged contexts of the tasks that a task requires directly, and the values that had to be merged."""
    parents = draft.fetch(_key(draft, required) for required in draft.spec.tasks[name].requires)
    total, merged = context.meet(draft, (context.outbound(draft, task) for task in parents), _key(draft, name))
    return context.compact(draft, Context(total)), draft.keep_all(merged)


def target(draft: Draft) -> Task | None:
    """The execution of the target, if it came to that."""
    params = draft.load(draft.start.params)
    name = params.get(TARGET) if isinstance(params, dict) else None
    return draft.latest(draft.spec.tasks[name].index) if isinstance(name, str) and name in draft.spec.tasks else None


def _needed(draft: Draft) -> list[str]:
    params = draft.load(draft.start.params)
    wanted = params.get(TARGET) if isinstance(params, dict) else None
    found: set[str] = set()
    ahead = [wanted] if isinstance(wanted, str) else []
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += draft.spec.tasks[name].requires
    return [name for name in draft.spec.tasks if name in found]


def _key(draft: Draft, name: str) -> TaskKey:
    return TaskKey(draft.spec.tasks[name].index, 0)
