"""Effects of a step: messages, timers, orders and notifications to send after the commit.

Nothing is collected for an execution that was started without `notify`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

from chalicelib.core.engine.state.events import TimedOut, Woken
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Task
from chalicelib.core.states import CANCELLED, ERROR, IDLE, PAUSED, RUNNING, SKIPPED, SUCCESS, WAITING, State
from chalicelib.core.values import ActionKey, Value


@dataclass(frozen=True, slots=True)
class RunAction:
    """Have an executor run this action execution; `target` names whose executor, `None` is anybody's."""

    action: ActionKey
    name: str
    input: Value
    safe_rerun: bool = False
    target: Json = None


@dataclass(frozen=True, slots=True)
class StartExecution:
    """Have the workflow `name` started as the sub-execution that `child` stands for; or a `ChildRefused` sent."""

    child: ActionKey
    name: str
    input: Value


@dataclass(frozen=True, slots=True)
class AskChild:
    """Tell the sub-execution that `child` stands for to be PAUSED, RUNNING or CANCELLED, as this run is.

    `message`: why, if that is not what this run says of itself; a short text, as it stands in the outbox.
    """

    child: ActionKey
    state: State
    message: str | None = None


@dataclass(frozen=True, slots=True)
class TellParent:
    """Tell the run that started this one in which state it is now; `asked`: as that run wanted it to be."""

    asked: bool = False


@dataclass(frozen=True, slots=True)
class Wake:
    """Bring `event` to this run at `at`, however far that is."""

    at: datetime
    event: Woken | TimedOut


@dataclass(frozen=True, slots=True)
class GoOn:
    """Come back with a `Proceed`: the step stopped for want of room, not of work."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell the listeners of this run of an `event`: it, or `task`, is in `state` now."""

    event: str
    state: State
    info: str | None = None
    task: Task | None = None


Effect: TypeAlias = RunAction | StartExecution | AskChild | TellParent | Wake | GoOn | Notify


PARAMETER = "notify"


SHOWN = 2_000
"""Characters of `state_info` that a notification carries."""


_REACHED: Mapping[State, str] = MappingProxyType(
    {
        RUNNING: "LAUNCHED",
        SUCCESS: "SUCCEEDED",
        ERROR: "FAILED",
        CANCELLED: "CANCELLED",
        PAUSED: "PAUSED",
        SKIPPED: "SKIPPED",
    }
)


_LEFT: Mapping[State, str] = MappingProxyType({ERROR: "RERUN", IDLE: "RESUMED", PAUSED: "RESUMED", WAITING: "RESUMED"})
"""What going on is called, by the state before it, where it is not called a launch."""


def event_of(kind: str, before: State | None, after: State) -> str | None:
    """The name of a change of state of a `WORKFLOW` or a `TASK`; `None` if it has none."""
    if before is after or after not in _REACHED:
        return None
    known = _LEFT.get(before) if before is not None and after is RUNNING else None
    return f"{kind}_{known or _REACHED[after]}"


def publishers(params: Json) -> list[JsonDict]:
    """Those who want to know, of the parameters of an execution."""
    found = params.get(PARAMETER) if isinstance(params, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def wanted_by(publisher: JsonDict, event: str) -> bool:
    """Whether a publisher wants to hear of an event: without `event_types`, of every one."""
    types = publisher.get("event_types")
    return not types or (isinstance(types, list) and event in types) or types == event


def _is_new(task: Task) -> bool:
    """Whether a task execution has not begun yet, and is not parked either."""
    return task.state is IDLE and task.delay is None


class Notices:
    """What a step has to tell. Who listens is asked when there is something to tell for the first time."""

    def __init__(self, listeners: Callable[[], Sequence[JsonDict]]) -> None:
        self._find = listeners

    @cached_property
    def _listeners(self) -> Sequence[JsonDict]:
        return self._find()

    def of_workflow(self, before: State | None, after: State, info: str | None) -> list[Notify]:
        """A change of the execution."""
        return self._told(event_of("WORKFLOW", before, after), after, info, None)

    def of_task(self, before: Task | None, after: Task) -> list[Notify]:
        """A change of a task execution."""
        event = event_of("TASK", None if before is None or _is_new(before) else before.state, after.state)
        return self._told(event, after.state, after.state_info, after)

    def _told(self, event: str | None, state: State, info: str | None, task: Task | None) -> list[Notify]:
        if event is None or not any(wanted_by(one, event) for one in self._listeners):
            return []
        return [Notify(event, state, info and info[:SHOWN], task)]
