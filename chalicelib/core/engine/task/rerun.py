"""Rerun of a task, and reopening of the runs above it.

What the task did before does not count any more, its policies apply anew and its input is evaluated anew. A join that
failed because of the task is asked again when the task triggers it. Of a task with items, those that succeeded may
stay. The runs that started this one come back to life as well: see `revival`.

Nothing but the message that every sub-execution sends when its state changes tells its parent. Whoever hears news of a
sub-execution that had failed has its task wait for it again, comes back to life and so tells its own parent. What is
told bears the version of the head that it is true of, so what is late or repeated brings nobody back.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.run import control
from chalicelib.core.engine.state import bookkeeping
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.engine.state.events import RerunAsked, SkipAsked
from chalicelib.core.engine.task import item_batches, joins, lifecycle
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Action, Task
from chalicelib.core.states import ERROR, PAUSED, RUNNING, SKIPPED, SUCCESS, TERMINAL, check_execution
from chalicelib.core.values import TaskKey
from chalicelib.errors import IllegalTransition

NOT_FAILED = "The current task execution must be in ERROR for rerun. Only updating task to rerun is supported."


def rerun(draft: Draft, event: RerunAsked) -> None:
    """Start a failed task again; in a paused run this changes nothing. Raises `IllegalTransition`, `Forbidden`."""
    task = _revived(draft, event.task, event.env)
    if task is None:
        return
    task = replace(task, superseded=task.attempts) if event.reset else item_batches.prepared(task)
    action = None if task.action is None else replace(task.action, accepted=False)
    again = replace(task, action=action, runtime={}, run=task.run + 1, delay=None)
    if draft.spec_of(task).join is not None:
        joins.begin_again(draft, again)
    else:
        bookkeeping.opened(draft, task.key.place)
        lifecycle.begin(draft, draft.put(again))


def skip(draft: Draft, event: SkipAsked) -> None:
    """Go on as if a failed task did not matter. Raises `IllegalTransition`, `Forbidden`."""
    task = _revived(draft, event.task, event.env)
    if task is not None:
        bookkeeping.opened(draft, task.key.place)
        lifecycle.complete(draft, task, SKIPPED, "Task was skipped.")


def _revived(draft: Draft, key: TaskKey, env: JsonDict | None) -> Task | None:
    """The failed task, its run RUNNING again; `None` where nothing is to be done."""
    task = draft.task(key)
    if task is None or task.state is not ERROR:
        raise IllegalTransition(NOT_FAILED)
    check_execution(draft.head.state, RUNNING, draft.spec.name, draft.start.id)
    if draft.head.state is PAUSED:
        return None
    if env:
        control.update_env(draft, env)
    bookkeeping.forgotten(draft, key)
    bookkeeping.drop(draft, key)
    sub_executions.go_on(draft)
    return task


def called_again(draft: Draft, task: Task, child: Action) -> tuple[Task, Action]:
    """A sub-execution that had failed is alive: its task and this run are too, if it still matters to them."""
    failed = child.state is ERROR
    child = replace(child, state=RUNNING, accepted=False, updated_at=draft.now)
    lifecycle.put_action(draft, task, child)
    task = draft.task(task.key) or task
    if not _matters(draft, task, child):
        return task, child
    if task.items is not None:
        items = replace(task.items, ended=task.items.ended - 1, failed=task.items.failed - failed)
        task = draft.put(replace(task, items=items))
    if task.state in TERMINAL:
        task = _reopened(draft, task)
    _go_on(draft)
    return task, child


def _matters(draft: Draft, task: Task, child: Action) -> bool:
    """Whether a task waits for this sub-execution, or failed with it, and its run has not succeeded without it."""
    if draft.head.state is SUCCESS or task.state in (SUCCESS, SKIPPED) or task.delay is not None:
        return False
    return child.key.number > (task.void if task.items is None else max(task.void, task.items.base))


def _reopened(draft: Draft, task: Task) -> Task:
    bookkeeping.forgotten(draft, task.key)
    bookkeeping.drop(draft, task.key)
    bookkeeping.opened(draft, task.key.place)
    return draft.put(replace(task, state=RUNNING, state_info=None, finished_at=None, run=task.run + 1))


def _go_on(draft: Draft) -> None:
    if draft.head.state is PAUSED:
        sub_executions.resume(draft)
    elif draft.head.state in TERMINAL:
        sub_executions.go_on(draft)
