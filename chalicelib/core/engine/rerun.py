"""Run a failed task again, or skip it: the run and the task come back to life (engine rules §15).

What the task did before does not count any more, its policies apply anew and its input is evaluated anew. A join that
failed because of the task is asked again when the task triggers it. Of a task with items, those that succeeded may
stay. The runs that started this one come back to life as well: see `revival`.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core.engine import control, counting, family, joins, redo, tasks
from chalicelib.core.engine.draft import Draft
from chalicelib.core.engine.events import RerunAsked, SkipAsked
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Task, TaskKey
from chalicelib.core.states import ERROR, PAUSED, RUNNING, SKIPPED, check_execution
from chalicelib.errors import IllegalTransition

NOT_FAILED = "The current task execution must be in ERROR for rerun. Only updating task to rerun is supported."


def rerun(draft: Draft, event: RerunAsked) -> None:
    """Start a failed task again; in a paused run this changes nothing. Raises `IllegalTransition`, `Forbidden`."""
    task = _revived(draft, event.task, event.env)
    if task is None:
        return
    task = replace(task, superseded=task.attempts) if event.reset else redo.prepared(task)
    action = None if task.action is None else replace(task.action, accepted=False)
    again = replace(task, action=action, runtime={}, run=task.run + 1, delay=None)
    if draft.spec_of(task).join is not None:
        joins.begin_again(draft, again)
    else:
        counting.opened(draft, task.key.place)
        tasks.begin(draft, draft.put(again))


def skip(draft: Draft, event: SkipAsked) -> None:
    """Go on as if a failed task did not matter. Raises `IllegalTransition`, `Forbidden`."""
    task = _revived(draft, event.task, event.env)
    if task is not None:
        counting.opened(draft, task.key.place)
        tasks.complete(draft, task, SKIPPED, "Task was skipped.")


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
    counting.forgotten(draft, key)
    counting.drop(draft, key)
    family.go_on(draft)
    return task
