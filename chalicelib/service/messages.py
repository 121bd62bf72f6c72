"""Messages between the parts of the service: promises in the outbox, bodies in the queues, and what they mean.

An outbox entry names rows, so that a head stays small; the message that is sent carries what its reader needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core import ids
from chalicelib.core.engine.effects import Effect, GoOn, RunAction, Wake
from chalicelib.core.engine.events import ActionEnded, Event, Proceed, TimedOut, Woken
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, ActionKey, Blob, Start, TaskKey, Value
from chalicelib.core.states import State
from chalicelib.errors import MeltemiError
from chalicelib.ports import Message


class BadMessage(MeltemiError):
    """A message says something that this service never sent."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an executor is told: which action to run for whom."""

    action_id: str
    execution_id: str
    workflow_name: str
    name: str
    input: Value
    safe_rerun: bool
    is_sync: bool
    timeout: int = 0

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
            return {"run": [*effect.action.task, effect.action.number]}
        case Wake():
            return {"wake": _delayed(effect.event), "at": effect.at.isoformat()}


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


def promised_action(entry: JsonDict) -> ActionKey | None:
    """The action execution that an outbox entry has somebody run; `None` for a promise to go on."""
    numbers = entry.get("run")
    if not isinstance(numbers, list):
        return None
    place, instance, number = (int(str(part)) for part in numbers)
    return ActionKey(TaskKey(place, instance), number)


def order_message(start: Start, action: Action) -> Message:
    """The message that has an executor run an action execution."""
    part = ids.partition(start.id)
    action_id = ids.action_id(part, action.key)
    body: JsonDict = {
        "action": action_id,
        "execution": start.id,
        "workflow": start.workflow_name,
        "name": action.name,
        "input": value_out(action.input),
        "safe_rerun": action.safe_rerun,
        "sync": action.is_sync,
        "timeout": action.timeout,
    }
    return Message(part, action_id, body)


def order(body: JsonDict) -> Order:
    """What a message to the executor says. Raises `BadMessage`."""
    try:
        return Order(
            action_id=str(body["action"]),
            execution_id=str(body["execution"]),
            workflow_name=str(body["workflow"]),
            name=str(body["name"]),
            input=value_in(body["input"]),
            safe_rerun=bool(body["safe_rerun"]),
            is_sync=bool(body["sync"]),
            timeout=int(str(body.get("timeout", 0))),
        )
    except KeyError as error:
        raise BadMessage(f"A message to the executor lacks {error}") from error


def go_on_message(execution_id: str, version: int) -> Message:
    """The message by which a run has itself continued."""
    return Message(ids.partition(execution_id), f"go-{version}", {"execution": execution_id, "event": "proceed"})


def check_message(execution_id: str, occasion: str) -> Message:
    """The message by which the sweeper has a run looked at."""
    return Message(ids.partition(execution_id), f"check-{occasion}", {"execution": execution_id, "event": "check"})


def result_message(done: Order, state: State, result: Value) -> Message:
    """The message that brings the result of an action execution."""
    body: JsonDict = {
        "execution": done.execution_id,
        "event": "ended",
        "action": done.action_id,
        "state": str(state),
        "result": value_out(result),
    }
    return Message(ids.partition(done.execution_id), f"{done.action_id}-{state}", body)


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
