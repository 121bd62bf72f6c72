"""Messages between the parts of the service: promises in the outbox, bodies in the queues, and what they mean.

An outbox entry names rows, so that a head stays small; the message that is sent carries what its reader needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core import ids
from chalicelib.core.engine import children
from chalicelib.core.engine.effects import AskChild, Effect, GoOn, Notify, RunAction, StartExecution, TellParent, Wake
from chalicelib.core.engine.events import (
    ActionEnded,
    ChildChanged,
    ChildRefused,
    Event,
    ParentAsked,
    Proceed,
    TimedOut,
    Woken,
)
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, ActionKey, Blob, Head, Run, Start, TaskKey, Value
from chalicelib.core.states import ERROR, State
from chalicelib.errors import MeltemiError
from chalicelib.ports import Message
from chalicelib.service import notices


class BadMessage(MeltemiError):
    """A message says something that this service never sent."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an executor is told: which action to run for whom."""

    action_id: str
    execution_id: str
    project_id: str
    workflow_name: str
    name: str
    input: Value
    safe_rerun: bool
    is_sync: bool
    timeout: int = 0
    created_at: datetime | None = None
    """That of the execution; earlier versions did not send it."""

    @property
    def key(self) -> ActionKey:
        """The key of the action execution. Raises `BadMessage` for an id that is not ours."""
        return action_key(self.action_id)

    @property
    def task_id(self) -> str:
        """The id of the task execution that the action belongs to."""
        return ids.task_id(ids.partition(self.execution_id), self.key.task)


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
            return notices.promise(effect)


def promised_timer(execution_id: str, entry: JsonDict) -> Timer | None:
    """The timer that an outbox entry sets, or `None`."""
    delayed = entry.get("wake")
    if not isinstance(delayed, dict):
        return None
    part = ids.partition(execution_id)
    row = [int(str(number)) for number in _list(delayed["task"])]
    task_id = ids.task_id(part, TaskKey(row[0], row[1]))
    dedup = f"{task_id}-{delayed['event']}-{delayed.get('wake', delayed.get('run'))}"
    body: JsonDict = {**delayed, "execution": execution_id, "task": task_id}
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
    body: JsonDict = {
        "action": action_id,
        "execution": start.id,
        "project": start.project_id,
        "workflow": start.workflow_name,
        "name": name,
        "input": value_out(given),
        "safe_rerun": action.safe_rerun,
        "sync": action.is_sync,
        "timeout": action.timeout,
        "created_at": start.created_at.isoformat(),
    }
    return Message(part, action_id, body)


def order(body: JsonDict) -> Order:
    """What a message to the executor says. Raises `BadMessage`."""
    try:
        return Order(
            action_id=str(body["action"]),
            execution_id=str(body["execution"]),
            project_id=str(body.get("project", "")),
            workflow_name=str(body["workflow"]),
            name=str(body["name"]),
            input=value_in(body["input"]),
            safe_rerun=bool(body["safe_rerun"]),
            is_sync=bool(body["sync"]),
            timeout=int(str(body.get("timeout", 0))),
            created_at=datetime.fromisoformat(str(body["created_at"])) if "created_at" in body else None,
        )
    except KeyError as error:
        raise BadMessage(f"A message to the executor lacks {error}") from error


def go_on_message(execution_id: str, version: int) -> Message:
    """The message by which a run has itself continued."""
    return Message(ids.partition(execution_id), f"go-{version}", {"execution": execution_id, "event": "proceed"})


def check_message(execution_id: str, occasion: str) -> Message:
    """The message by which the sweeper has a run looked at."""
    return Message(ids.partition(execution_id), f"check-{occasion}", {"execution": execution_id, "event": "check"})


def result_message(execution_id: str, action_id: str, state: State, result: Value) -> Message:
    """The message that brings the result of an action execution."""
    body: JsonDict = {
        "execution": execution_id,
        "event": "ended",
        "action": action_id,
        "state": str(state),
        "result": value_out(result),
    }
    return Message(ids.partition(execution_id), f"{action_id}-{state}", body)


def told(run: Run, asked: bool) -> Message:
    """The message by which a sub-execution tells its parent in which state it is; `asked`: as the parent wanted it.

    Only sub-executions have parents.
    """
    start, head = run.start, run.head
    return _news(start, head, {"asked": asked})


def told_deleted(run: Run) -> Message:
    """The message by which the parent of a sub-execution hears that it was deleted before it was over."""
    text = f"Sub-execution {run.start.id} of workflow '{run.start.workflow_name}' was deleted."
    head = replace(run.head, version=run.head.version + 1, state=ERROR, output={"result": text})
    return _news(run.start, head, {"asked": False, "deleted": True})


def _news(start: Start, head: Head, more: JsonDict) -> Message:
    assert start.origin is not None
    parent = start.origin.execution_id
    body: JsonDict = {
        "execution": parent,
        "event": "child",
        "child": _child_id(start.task_execution_id or "", start.origin.number),
        "state": str(head.state),
        "output": value_out(head.output),
        "version": head.version,
        **more,
    }
    return Message(ids.partition(parent), f"{start.id}-{head.version}", body)


def refused(run: Start, child: ActionKey, reason: str) -> Message:
    """The message that says that a sub-execution of `run` could not be started."""
    part = ids.partition(run.id)
    body: JsonDict = {
        "execution": run.id,
        "event": "refused",
        "child": ids.action_id(part, child),
        "reason": reason,
    }
    return Message(part, f"{ids.action_id(part, child)}-refused", body)


def asked(run: Run, child: ActionKey, state: State, message: Json = None) -> Message:
    """The message that has a sub-execution of `run` follow it into `state`; `message`: why, if the run says else."""
    child_id = children.id_of(ids.partition(run.start.id), child)
    body: JsonDict = {
        "execution": child_id,
        "event": "asked",
        "state": str(state),
        "message": message or run.head.progress.message or run.head.state_info,
        "version": run.head.version,
    }
    return Message(ids.partition(child_id), f"{child_id}-{run.head.version}-asked", body)


def _child_id(task_id: str, number: int) -> str:
    """What stands for a sub-execution in its parent: the id that an action execution in its place would have."""
    row = ids.parse(task_id)
    if row is None:
        raise BadMessage(f"'{task_id}' is not the id of a task execution")
    return ids.action_id(row.partition, ActionKey(row.task, number))


def event(body: JsonDict) -> Event:
    """The event that a message brings. Raises `BadMessage`."""
    match body.get("event"):
        case "proceed" | "check":
            return Proceed()
        case "woken":
            return Woken(task_key(str(body["task"])), int(str(body["wake"])))
        case "timeout":
            key = task_key(str(body["task"]))
            return TimedOut(key, int(str(body["run"])), int(str(body["seconds"])))
        case "ended":
            state = State(str(body["state"]))
            return ActionEnded(action_key(str(body["action"])), state, value_in(body["result"]))
        case "child":
            child, state = action_key(str(body["child"])), State(str(body["state"]))
            version, output, gone = int(str(body["version"])), value_in(body["output"]), body.get("deleted") is True
            return ChildChanged(child, state, version, output, bool(body["asked"]), gone)
        case "refused":
            return ChildRefused(action_key(str(body["child"])), str(body["reason"]))
        case "asked":
            message = body.get("message")
            version = int(str(body["version"]))
            return ParentAsked(State(str(body["state"])), version, None if message is None else str(message))
        case other:
            raise BadMessage(f"There is no event '{other}'")


def execution_of(body: JsonDict) -> str:
    """The execution that a message is for. Raises `BadMessage`."""
    execution_id = body.get("execution")
    if not isinstance(execution_id, str):
        raise BadMessage("A message names no execution")
    return execution_id


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


def value_out(value: Value) -> JsonDict:
    """A value as a message carries it."""
    return {"blob": value.hash, "size": value.size} if isinstance(value, Blob) else {"value": value}


def value_in(plain: object) -> Value:
    """A value as a message carried it. Raises `BadMessage`."""
    if isinstance(plain, dict) and "value" in plain:
        value: Value = plain["value"]
        return value
    if isinstance(plain, dict) and "blob" in plain:
        return Blob(str(plain["blob"]), int(plain.get("size", 0)))
    raise BadMessage("A message carries no value where one belongs")
