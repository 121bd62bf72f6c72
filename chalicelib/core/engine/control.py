"""Pause, resume, stop, describe: what people ask of a run (engine rules §15; API state matrix §8.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from chalicelib.core.engine import children, finish
from chalicelib.core.engine.draft import Draft
from chalicelib.core.engine.events import (
    ActionPaused,
    Described,
    ParentAsked,
    PauseAsked,
    Poisoned,
    Request,
    ResumeAsked,
    StopAsked,
)
from chalicelib.core.engine.variables import own_environment
from chalicelib.core.jsontext import JsonDict, deep_merge
from chalicelib.core.model import Action, Task
from chalicelib.core.states import (
    CANCELLED,
    ERROR,
    IDLE,
    PAUSED,
    RUNNING,
    SUCCESS,
    TERMINAL,
    State,
    check_execution,
)
from chalicelib.errors import Forbidden, IllegalTransition


def apply(draft: Draft, request: Request) -> None:
    """Do what somebody asks. Raises `IllegalTransition` or `Forbidden`, with nothing changed."""
    match request:
        case ActionPaused():
            pause_action(draft, request)
        case PauseAsked():
            pause(draft, request)
        case ResumeAsked():
            resume(draft, request)
        case StopAsked():
            stop(draft, request)
        case ParentAsked():
            follow_parent(draft, request)
        case Described():
            describe(draft, request)
        case Poisoned():
            poison(draft, request)
        case _:
            assert_never(request)


def pause(draft: Draft, event: PauseAsked) -> None:
    """Pause a running run; pausing a paused one changes nothing."""
    del event
    _check(draft, PAUSED)
    if draft.head.state is not PAUSED:
        draft.set_head(state=PAUSED, state_info=None)
        children.ask(draft, PAUSED)


def resume(draft: Draft, event: ResumeAsked) -> None:
    """Let a paused run go on; asked of any other, this changes nothing."""
    if draft.head.state not in (PAUSED, IDLE):
        return
    if event.env:
        merge_env(draft, event.env)
    go_on(draft)
    children.ask(draft, RUNNING)


def stop(draft: Draft, event: StopAsked) -> None:
    """End a run by hand; ERROR asked of a paused or finished run, and CANCELLED of a finished one, change nothing."""
    state = draft.head.state
    if event.state is SUCCESS:
        _check(draft, SUCCESS)
    elif state in TERMINAL or (event.state is ERROR and state is PAUSED):
        return
    finish.conclude(draft, event.state, event.message)
    if event.state is CANCELLED:
        children.ask(draft, CANCELLED)


def follow_parent(draft: Draft, event: ParentAsked) -> None:
    """Pause, go on or be cancelled with the run that started this one (§14), unless it has asked for more since."""
    if event.version <= draft.head.asked:
        return
    draft.set_head(asked=event.version)
    if event.state is PAUSED and draft.head.state is RUNNING:
        pause(draft, PauseAsked())
    elif event.state is RUNNING:
        resume(draft, ResumeAsked())
    elif event.state is CANCELLED:
        stop(draft, StopAsked(CANCELLED, event.message))


def describe(draft: Draft, event: Described) -> None:
    """Change the description, or the environment of a run that is not running."""
    if event.env is not None:
        update_env(draft, event.env)
    if event.description is not None:
        draft.set_head(description=event.description)


def update_env(draft: Draft, env: JsonDict) -> None:
    """Merge `env` into the environment. Raises `Forbidden` while the run is running or after it succeeded."""
    if draft.head.state not in (IDLE, PAUSED, ERROR):
        raise Forbidden(
            "Updating env to workflow execution is only permitted if it is in IDLE, PAUSED, or ERROR state."
        )
    merge_env(draft, env)


def pause_action(draft: Draft, event: ActionPaused) -> None:
    """Pause an asynchronous action with its task and run, or let them go on (§16.1)."""
    task = draft.task(event.action.task)
    action = draft.action(event.action)
    if task is None or action is None:
        return
    _check_action(action, event.state)
    if action.state is event.state:
        return
    _follow_action(draft, task, action, event.state)


def follow_child(draft: Draft, task: Task, child: Action, state: State) -> None:
    """A sub-execution was paused, and its task and this run with it; or it goes on (§14)."""
    if task.action is None or task.action.key != child.key:
        return
    was = draft.head.state
    _follow_action(draft, task, child, state)
    if was is RUNNING and draft.head.state is PAUSED:
        children.ask(draft, PAUSED)


def _follow_action(draft: Draft, task: Task, action: Action, state: State) -> None:
    task = draft.put(replace(task, action=_current(task, action, state, draft)))
    if task.state not in (RUNNING, PAUSED) or task.state is state or action.key.number <= task.superseded:
        return
    draft.put(replace(task, state=state))
    change = 1 if state is PAUSED else -1
    draft.set_progress(paused=draft.progress.paused + change)
    if state is PAUSED and draft.head.state is RUNNING:
        draft.set_head(state=PAUSED, state_info=None)
    elif state is RUNNING and draft.head.state is PAUSED and not draft.progress.paused:
        go_on(draft)


def poison(draft: Draft, event: Poisoned) -> None:
    """End a run one of whose events cannot be handled."""
    if draft.head.state not in TERMINAL:
        finish.conclude(draft, ERROR, event.reason)


def _current(task: Task, action: Action, state: State, draft: Draft) -> Action | None:
    changed = replace(action, state=state, updated_at=draft.now)
    if task.action is not None and task.action.key == action.key:
        return changed
    draft.put_action(changed)
    return task.action


def _check_action(action: Action, state: State) -> None:
    if state is PAUSED and action.is_sync:
        raise IllegalTransition("Transition to the PAUSED state is only supported for asynchronous action execution.")
    if action.state in (SUCCESS, ERROR, CANCELLED):
        raise IllegalTransition(f"Invalid state transition from {action.state} to {state}.")


def _check(draft: Draft, state: State) -> None:
    check_execution(draft.head.state, state, draft.spec.name, draft.start.id)


def go_on(draft: Draft) -> None:
    """Have the run go on with what it put aside, then with what was left to do."""
    progress = draft.progress
    draft.set_head(state=RUNNING, state_info=None)
    draft.set_progress(work=(*progress.backlog, *progress.work), backlog=())


def merge_env(draft: Draft, env: JsonDict) -> None:
    """Merge `env` into the environment, whatever the state."""
    draft.set_head(env=draft.keep(deep_merge(own_environment(draft), env)))
