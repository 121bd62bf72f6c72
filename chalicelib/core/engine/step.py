"""The one door of the engine: an event happens to a run, and the draft holds what follows.

`step()` is pure. It never waits, looks at a clock or talks to anybody: times, rows and actions come in through the
draft; what is to be done afterwards goes out as effects. A stale or repeated event changes nothing. An event that the
state does not allow raises a typed error before anything is changed.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions, work_queue
from chalicelib.core.engine.run import control
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.engine.state.events import (
    ActionEnded,
    ChildChanged,
    ChildRefused,
    Event,
    Proceed,
    RerunAsked,
    SkipAsked,
    TimedOut,
    Woken,
)
from chalicelib.core.engine.state.interfaces import Outcome
from chalicelib.core.engine.task import delays, joins, lifecycle, rerun, with_items
from chalicelib.core.model import Action, Task
from chalicelib.core.states import ERROR, SUCCESS, TERMINAL
from chalicelib.errors import IllegalTransition


def step(draft: Draft, event: Event) -> None:
    """Apply `event` to the run in `draft`, then carry the run on as far as there is room.

    Raises `IllegalTransition` or `Forbidden` for what the state does not allow; the draft is unchanged then.
    """
    _apply(draft, event)
    work_queue.drain(draft)
    sub_executions.go_on_asking(draft)


def _apply(draft: Draft, event: Event) -> None:
    match event:
        case Proceed():
            pass
        case ActionEnded():
            _action_ended(draft, event)
        case ChildChanged():
            _child_changed(draft, event)
        case ChildRefused():
            _child_refused(draft, event)
        case Woken():
            _woken(draft, event)
        case TimedOut():
            _timed_out(draft, event)
        case RerunAsked():
            rerun.rerun(draft, event)
        case SkipAsked():
            rerun.skip(draft, event)
        case _:
            control.apply(draft, event)


def _action_ended(draft: Draft, event: ActionEnded) -> None:
    task = draft.task(event.action.task)
    action = draft.action(event.action)
    if task is None or action is None:
        return
    if action.state not in TERMINAL:
        _end(draft, task, action, Outcome(event.state, draft.load(event.result)))
    elif event.strict and (action.state is not event.state or draft.load(action.output) != draft.load(event.result)):
        raise IllegalTransition(f"Action {ids.action_id(draft.part, event.action)} is already completed")


def _end(draft: Draft, task: Task, action: Action, outcome: Outcome) -> None:
    end = lifecycle.end_action if task.items is None else with_items.ended
    end(draft, task, action, outcome)


def _child_changed(draft: Draft, event: ChildChanged) -> None:
    task, child = draft.task(event.child.task), draft.action(event.child)
    if task is None or child is None or child.state is SUCCESS or event.version <= child.heard:
        return
    child = replace(child, heard=event.version)
    if child.state in TERMINAL:
        task, child = rerun.called_again(draft, task, child)
    if event.state in TERMINAL:
        if event.deleted:
            task = with_items.lost(draft, task, draft.load(event.output))
        _end(draft, task, child, Outcome(event.state, draft.load(event.output)))
    else:
        control.follow_child(draft, task, child, event)


def _child_refused(draft: Draft, event: ChildRefused) -> None:
    """There is no such sub-execution: no result, but an error that `on-error` may handle (§14)."""
    task, child = draft.task(event.child.task), draft.action(event.child)
    if task is not None and child is not None and child.state not in TERMINAL:
        lifecycle.refused(draft, task, child, event.reason)


def _woken(draft: Draft, event: Woken) -> None:
    task = draft.task(event.task)
    if task is not None and task.delay is not None and task.wakes == event.wake:
        joins.wake(draft, event.task)


def _timed_out(draft: Draft, event: TimedOut) -> None:
    """Whatever the task is doing, a retry delay included, counts as a failed attempt now (§13)."""
    task = draft.task(event.task)
    if task is not None and task.state not in TERMINAL and task.run == event.run:
        message = f"Task timed out [timeout(s)={event.seconds}]."
        sub_executions.leave(draft, task)
        lifecycle.complete(draft, task, ERROR, message)
        delays.timed_out(draft, draft.task(event.task) or task, event.seconds)
