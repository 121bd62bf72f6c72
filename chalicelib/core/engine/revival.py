"""A run that is over comes back to life, and with it the runs that started it (engine rules §15).

Nothing but the message that every sub-execution sends when its state changes tells its parent. Whoever hears news of a
sub-execution that had failed has its task wait for it again, comes back to life and tells its own parent. What is told
bears the version of the head that it is true of, so what is late or repeated brings nobody back.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core.engine import control, counting, tasks
from chalicelib.core.engine.draft import Draft
from chalicelib.core.engine.effects import TellParent
from chalicelib.core.engine.variables import environment
from chalicelib.core.jsontext import deep_merge
from chalicelib.core.model import Action, Task, Value
from chalicelib.core.states import CANCELLED, ERROR, RUNNING, SUCCESS, TERMINAL


def go_on(draft: Draft, env: Value = None) -> None:
    """Have a run go on, and tell its parent, also if it is over again before the step is; `env` is for the root."""
    was = draft.head.state
    control.go_on(draft)
    _tell(draft, was in TERMINAL, env)


def called_again(draft: Draft, task: Task, child: Action, env: Value) -> tuple[Task, Action]:
    """A sub-execution that had failed is alive: its task and this run are too, if it still matters to them."""
    child = replace(child, state=RUNNING, accepted=False, updated_at=draft.now)
    tasks.put_action(draft, task, child)
    task = draft.task(task.key) or task
    if env is not None and draft.start.origin is None:
        given = draft.load(env)
        control.merge_env(draft, given if isinstance(given, dict) else {})
    if not _matters(draft, task, child):
        _tell(draft, False, env)
        return task, child
    counting.forgotten(draft, task.key)
    counting.drop(draft, task.key)
    counting.opened(draft, task.key.place)
    task = draft.put(replace(task, state=RUNNING, state_info=None, finished_at=None, run=task.run + 1))
    go_on(draft, env)
    return task, child


def _matters(draft: Draft, task: Task, child: Action) -> bool:
    """Whether a task failed with this sub-execution, and its run has not succeeded without it."""
    failed = task.state in (ERROR, CANCELLED) and task.action == child
    return failed and child.key.number > task.void and draft.head.state is not SUCCESS


def _tell(draft: Draft, revived: bool, env: Value) -> None:
    """Tell the parent that this run came back to life, and what is new in the environment of the root."""
    if draft.start.origin is None or not (revived or env is not None):
        return
    given = draft.load(env)
    if isinstance(given, dict):
        draft.set_head(root_env=draft.keep(deep_merge(environment(draft), given)))
    draft.effects.append(TellParent(env))
