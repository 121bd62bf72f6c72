"""What a step wants done once its changes are committed. Effects are frozen data; the service acts on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from chalicelib.core.engine.events import TimedOut, Woken
from chalicelib.core.jsontext import Json
from chalicelib.core.model import ActionKey, Task, Value
from chalicelib.core.states import State


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
