"""Messages between the parts of the service: promises in the outbox, bodies in the queues, and what they mean.

An outbox entry names rows, so that a head stays small; the message that is sent carries what its reader needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from msgspec import structs

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.state.effects import (
    AskChild,
    Effect,
    GoOn,
    Notify,
    RunAction,
    StartExecution,
    TellParent,
    Wake,
)
from chalicelib.core.engine.state.events import (
    ActionEnded,
    ChildChanged,
    ChildRefused,
    Event,
    ParentAsked,
    Proceed,
    ServicePaused,
    ServiceResumed,
    TimedOut,
    Woken,
)
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, Run, Start
from chalicelib.core.states import ERROR, State
from chalicelib.core.values import ActionKey, TaskKey, Value
from chalicelib.messaging import bodies
from chalicelib.messaging.bodies import (
    CarriedValue,
    Check,
    Continue,
    DelayEnded,
    EngineEvent,
    MaintenanceBegan,
    MaintenanceEnded,
    ParentChanged,
    SubExecutionChanged,
    SubExecutionRefused,
    TaskTimedOut,
)
from chalicelib.messaging.codec import BadMessage
from chalicelib.ports.messaging import Message
from chalicelib.service.outgoing import notifications


@dataclass(frozen=True, slots=True)
class Timer:
    """A message and the moment at which it is to arrive."""

    at: datetime
    message: Message


def promise(effect: Effect) -> JsonDict:
    """The outbox entry of an effect."""
    match effect:
        case GoOn():
            return {"go": True}
        case RunAction():
            target: JsonDict = {"target": effect.target} if effect.target else {}
            return {"run": [*effect.action.task, effect.action.number], **target}
        case StartExecution():
            return {"start": [*effect.child.task, effect.child.number]}
        case AskChild():
            why: JsonDict = {"message": effect.message} if effect.message else {}
            return {"ask": [*effect.child.task, effect.child.number], "state": str(effect.state), **why}
        case TellParent():
            return {"tell": True, "asked": effect.asked}
        case Wake():
            return {"wake": _delayed(effect.event), "at": effect.at.isoformat()}
        case Notify():
            return notifications.promise(effect)


def promised_timer(execution_id: str, entry: JsonDict) -> Timer | None:
    """The timer that an outbox entry sets, or `None`."""
    delayed = entry.get("wake")
    if not isinstance(delayed, dict):
        return None
    part = ids.partition(execution_id)
    row = [int(str(number)) for number in _list(delayed["task"])]
    task_id = ids.task_id(part, TaskKey(row[0], row[1]))
    number = int(str(delayed.get("wake", delayed.get("run"))))
    body: DelayEnded | TaskTimedOut
    if delayed["event"] == "woken":
        body = DelayEnded(execution=execution_id, task=task_id, wake=number)
    else:
        body = TaskTimedOut(execution=execution_id, task=task_id, run=number, seconds=int(str(delayed["seconds"])))
    dedup = f"{task_id}-{delayed['event']}-{number}"
    return Timer(datetime.fromisoformat(str(entry["at"])), Message(part, dedup, body))


def _delayed(event: Woken | TimedOut) -> JsonDict:
    if isinstance(event, Woken):
        return {"event": "woken", "task": [*event.task], "wake": event.wake}
    return {"event": "timeout", "task": [*event.task], "run": event.run, "seconds": event.seconds}


def _list(plain: Json) -> list[Json]:
    return plain if isinstance(plain, list) else []


def promised_action(entry: JsonDict, what: str = "run") -> ActionKey | None:
    """The action execution that an outbox entry has somebody `run`; the sub-execution that it has `start` or `ask`."""
    numbers = entry.get(what)
    if not isinstance(numbers, list):
        return None
    place, instance, number = (int(str(part)) for part in numbers)
    return ActionKey(TaskKey(place, instance), number)


def order_message(start: Start, action: Action) -> Message:
    """The message that has an executor run an action execution."""
    part = ids.partition(start.id)
    action_id = ids.action_id(part, action.key)
    name, given = action.performed
    body = bodies.RunAction(
        action=action_id,
        execution=start.id,
        project=start.project_id,
        workflow=start.workflow_name,
        name=name,
        input=CarriedValue.of(given),
        safe_rerun=action.safe_rerun,
        sync=action.is_sync,
        timeout=action.timeout,
        created_at=start.created_at,
    )
    return Message(part, action_id, body)


def go_on_message(execution_id: str, version: int) -> Message:
    """The message by which a run has itself continued."""
    return Message(ids.partition(execution_id), f"go-{version}", Continue(execution=execution_id))


def check_message(execution_id: str, occasion: str) -> Message:
    """The message by which the sweeper has a run checked; one for each `occasion`."""
    return Message(ids.partition(execution_id), f"check-{occasion}", Check(execution=execution_id))


def maintenance_message(execution_id: str, state: State, occasion: str) -> Message:
    """The message by which maintenance pauses a run (`state` is PAUSED) or has it go on; one for each `occasion`."""
    kind = MaintenanceBegan if state is State.PAUSED else MaintenanceEnded
    return Message(ids.partition(execution_id), f"{occasion}-{state}-{execution_id}", kind(execution=execution_id))


def result_message(execution_id: str, action_id: str, state: State, result: Value) -> Message:
    """The message that brings the result of an action execution."""
    body = bodies.ActionEnded(execution=execution_id, action=action_id, state=state, result=CarriedValue.of(result))
    return Message(ids.partition(execution_id), f"{action_id}-{state}", body)


def told(run: Run, asked: bool) -> Message:
    """The message by which a sub-execution tells its parent in which state it is; `asked`: as the parent wanted it."""
    return _told(run, news(run, asked))


def told_deleted(run: Run) -> Message:
    """The message by which the parent of a sub-execution hears that it was deleted before it was over."""
    text = f"Sub-execution {run.start.id} of workflow '{run.start.workflow_name}' was deleted."
    head = replace(run.head, version=run.head.version + 1, state=ERROR, output={"result": text})
    return _told(Run(run.start, head), structs.replace(news(Run(run.start, head), False), deleted=True))


def _told(run: Run, body: SubExecutionChanged) -> Message:
    return Message(ids.partition(body.execution), f"{run.start.id}-{run.head.version}", body)


def news(run: Run, asked: bool) -> SubExecutionChanged:
    """What a sub-execution tells its parent. Only sub-executions have parents."""
    start, head = run.start, run.head
    assert start.origin is not None
    return SubExecutionChanged(
        execution=start.origin.execution_id,
        child=_child_id(start.task_execution_id or "", start.origin.number),
        state=head.state,
        version=head.version,
        output=CarriedValue.of(head.output),
        requested=asked,
    )


def refused(run: Start, child: ActionKey, reason: str) -> Message:
    """The message that says that a sub-execution of `run` could not be started."""
    part = ids.partition(run.id)
    body = SubExecutionRefused(execution=run.id, child=ids.action_id(part, child), reason=reason)
    return Message(part, f"{body.child}-refused", body)


def asked(run: Run, child: ActionKey, state: State, message: Json = None) -> Message:
    """The message that has a sub-execution of `run` follow it into `state`; `message`: why, if the run says else."""
    child_id = sub_executions.id_of(ids.partition(run.start.id), child)
    why = message or run.head.progress.message or run.head.state_info
    text = None if why is None else str(why)
    body = ParentChanged(execution=child_id, state=state, version=run.head.version, message=text)
    return Message(ids.partition(child_id), f"{child_id}-{run.head.version}-asked", body)


def _child_id(task_id: str, number: int) -> str:
    """What stands for a sub-execution in its parent: the id that an action execution in its place would have."""
    row = ids.parse(task_id)
    if row is None:
        raise BadMessage(f"'{task_id}' is not the id of a task execution")
    return ids.action_id(row.partition, ActionKey(row.task, number))


def event(body: EngineEvent) -> Event:
    """The event of the engine that a message brings. Raises `BadMessage` for ids that are not ours."""
    match body:
        case Continue() | Check():
            return Proceed()
        case DelayEnded():
            return Woken(task_key(body.task), body.wake)
        case TaskTimedOut():
            return TimedOut(task_key(body.task), body.run, body.seconds)
        case bodies.ActionEnded():
            return ActionEnded(action_key(body.action), body.state, body.result.content)
        case SubExecutionChanged():
            child = action_key(body.child)
            output = body.output.content
            return ChildChanged(child, body.state, body.version, output, body.requested, body.deleted)
        case SubExecutionRefused():
            return ChildRefused(action_key(body.child), body.reason)
        case ParentChanged():
            return ParentAsked(body.state, body.version, body.message)
        case MaintenanceBegan():
            return ServicePaused()
        case MaintenanceEnded():
            return ServiceResumed()
        case _:
            assert_never(body)


def task_id_of(order: bodies.RunAction) -> str:
    """The id of the task execution that an ordered action belongs to. Raises `BadMessage`."""
    return ids.task_id(ids.partition(order.execution), action_key(order.action).task)


def group_of(execution_id: str) -> str:
    """The message group of an execution."""
    return ids.partition(execution_id)


def action_key(action_id: str) -> ActionKey:
    """The key that an id of an action execution carries. Raises `BadMessage`."""
    row = ids.parse(action_id)
    if row is None or not row.number:
        raise BadMessage(f"'{action_id}' is not the id of an action execution")
    return ActionKey(row.task, row.number)


def task_key(task_id: str) -> TaskKey:
    """The key that an id of a task execution carries. Raises `BadMessage`."""
    row = ids.parse(task_id)
    if row is None or row.number:
        raise BadMessage(f"'{task_id}' is not the id of a task execution")
    return row.task
