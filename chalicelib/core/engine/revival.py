"""A run comes back to life because a sub-execution that had failed did (engine rules §15).

Nothing but the message that every sub-execution sends when its state changes tells its parent. Whoever hears news of a
sub-execution that had failed has its task wait for it again, comes back to life and so tells its own parent. What is
told bears the version of the head that it is true of, so what is late or repeated brings nobody back.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core.engine import counting, family, tasks
from chalicelib.core.engine.draft import Draft
from chalicelib.core.model import Action, Task
from chalicelib.core.states import ERROR, PAUSED, RUNNING, SKIPPED, SUCCESS, TERMINAL


def called_again(draft: Draft, task: Task, child: Action) -> tuple[Task, Action]:
    """A sub-execution that had failed is alive: its task and this run are too, if it still matters to them."""
    failed = child.state is ERROR
    child = replace(child, state=RUNNING, accepted=False, updated_at=draft.now)
    tasks.put_action(draft, task, child)
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
    counting.forgotten(draft, task.key)
    counting.drop(draft, task.key)
    counting.opened(draft, task.key.place)
    return draft.put(replace(task, state=RUNNING, state_info=None, finished_at=None, run=task.run + 1))


def _go_on(draft: Draft) -> None:
    if draft.head.state is PAUSED:
        family.resume(draft)
    elif draft.head.state in TERMINAL:
        family.go_on(draft)
