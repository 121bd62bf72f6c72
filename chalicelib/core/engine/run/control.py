"""Pause, resume, stop, describe: what people ask of a run (engine rules §15; API rules §8.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.data import messages
from chalicelib.core.engine.data.scopes import own_environment
from chalicelib.core.engine.run import finish
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.engine.state.events import (
    ActionPaused,
    ChildChanged,
    Described,
    EnvGiven,
    ParentAsked,
    PauseAsked,
    Poisoned,
    Request,
    ResumeAsked,
    ServicePaused,
    ServiceResumed,
    StopAsked,
)
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
        case ServicePaused() | ServiceResumed():
            follow_service(draft, request)
        case Described():
            describe(draft, request)
        case EnvGiven():
            merge_env(draft, request.env)
        case Poisoned():
            poison(draft, request)
        case _:
            assert_never(request)


def pause(draft: Draft, event: PauseAsked) -> None:
    """Pause a running run; pausing a paused one changes nothing."""
    del event
    _check(draft, PAUSED)
    if draft.head.state is not PAUSED:
        sub_executions.pause(draft)


def resume(draft: Draft, event: ResumeAsked) -> None:
    """Let a paused run go on; asked of any other, this changes nothing."""
    if draft.head.state not in (PAUSED, IDLE):
        return
    if event.env:
        merge_env(draft, event.env)
    sub_executions.resume(draft)


def stop(draft: Draft, event: StopAsked) -> None:
    """End a run by hand; ERROR asked of a paused or finished run changes nothing.

    CANCELLED asked of a finished one leaves it as it is, but reaches whatever still runs below it.
    """
    state = draft.head.state
    if event.state is SUCCESS:
        _check(draft, SUCCESS)
    elif state in TERMINAL and event.state is CANCELLED:
        sub_executions.ask(draft, CANCELLED, every=True, message=messages.info(event.message))
        return
    elif state in TERMINAL or (event.state is ERROR and state is PAUSED):
        return
    finish.conclude(draft, event.state, event.message)
    if event.state is CANCELLED:
        sub_executions.ask(draft, CANCELLED)


def follow_parent(draft: Draft, event: ParentAsked) -> None:
    """Pause, go on or be cancelled with the run that started this one; what the state does not allow is stale (§14)."""
    if event.version <= draft.head.heeded:
        return
    with draft.obeying():
        _obey(draft, event)
    draft.set_head(heeded=event.version)


def follow_service(draft: Draft, event: ServicePaused | ServiceResumed) -> None:
    """Pause or go on with the whole service, so that parents do not take it for the run's own wish.

    There is no version to compare, as there is with a parent: what the state does not allow is stale.
    """
    with draft.obeying():
        if isinstance(event, ServiceResumed):
            resume(draft, ResumeAsked())
        elif draft.head.state is RUNNING:
            sub_executions.pause(draft)


def _obey(draft: Draft, event: ParentAsked) -> None:
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
    _follow(draft, task, action, event.state, asked=False)


def follow_child(draft: Draft, task: Task, child: Action, event: ChildChanged) -> None:
    """A sub-execution was paused or goes on, and with it its task; unless it was asked to, this run, too (§14)."""
    _follow(draft, task, child, event.state, event.asked)


def _follow(draft: Draft, task: Task, action: Action, state: State, asked: bool) -> None:
    task = draft.put(replace(task, action=_current(task, action, state, draft)))
    if task.state in (RUNNING, PAUSED) and action.key.number > task.superseded:
        sub_executions.heard(draft, task, action, state, asked)


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


def merge_env(draft: Draft, env: JsonDict) -> None:
    """Merge `env` into the environment, whatever the state. Raises `SizeLimitExceeded`, with nothing changed."""
    merged = deep_merge(own_environment(draft), env)
    messages.check_size(draft, "params", {"env": merged})
    draft.set_head(env=draft.keep(merged))
