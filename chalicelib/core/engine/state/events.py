"""What can happen to a run. Events are frozen data; times and texts come from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.states import State
from chalicelib.core.values import ActionKey, TaskKey, Value


@dataclass(frozen=True, slots=True)
class Proceed:
    """Go on with whatever the run has to do by itself: after a start, or when a step ran out of room."""


@dataclass(frozen=True, slots=True)
class ActionEnded:
    """An action execution has its result: `state` is SUCCESS, ERROR or CANCELLED.

    `strict`: whoever brings it waits for an answer, so one that comes too late is an error unless it says the same.
    """

    action: ActionKey
    state: State
    result: Value = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class ActionPaused:
    """An asynchronous action execution was set to PAUSED, or back to RUNNING."""

    action: ActionKey
    state: State


@dataclass(frozen=True, slots=True)
class ChildChanged:
    """A sub-execution is in another state now; `output` is what it ended with, if it did.

    `asked`: this run wanted it so. `version` is that of its head, by which old news are known. `deleted`: it is gone,
    and `output` says so.
    """

    child: ActionKey
    state: State
    version: int
    output: Value = None
    asked: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class ChildRefused:
    """A sub-execution could not be started: there is no such workflow, or what it was given does not fit."""

    child: ActionKey
    reason: str


@dataclass(frozen=True, slots=True)
class ParentAsked:
    """The run that started this one was paused, resumed or cancelled, with `message`; this one is to follow.

    `version` is that of the other run's head, by which what it wanted earlier is known.
    """

    state: State
    version: int
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Woken:
    """The delay number `wake` of a task execution is over."""

    task: TaskKey
    wake: int


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A task execution may not take longer than the `seconds` since its run number `run` began."""

    task: TaskKey
    run: int
    seconds: int


@dataclass(frozen=True, slots=True)
class ServicePaused:
    """The service is paused for maintenance: a run that is RUNNING pauses, its sub-executions by their own event."""


@dataclass(frozen=True, slots=True)
class ServiceResumed:
    """Maintenance is over: a run that it paused goes on, its sub-executions by their own event."""


@dataclass(frozen=True, slots=True)
class PauseAsked:
    """Somebody wants the run to pause."""


@dataclass(frozen=True, slots=True)
class ResumeAsked:
    """Somebody wants the run to go on; `env` is merged into the environment first."""

    env: JsonDict | None = None


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody wants the run to end in `state`, with `message` as its state info."""

    state: State
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """The description or the environment was changed; `None` leaves it alone."""

    description: str | None = None
    env: JsonDict | None = None


@dataclass(frozen=True, slots=True)
class EnvGiven:
    """A task of a sub-execution is about to run again with `env`, which expressions read in this run, its root."""

    env: JsonDict


@dataclass(frozen=True, slots=True)
class RerunAsked:
    """Somebody wants a failed task run again; `env` is merged into the environment first.

    Without `reset`, the items of the task that succeeded stay as they are.
    """

    task: TaskKey
    env: JsonDict | None = None
    reset: bool = True


@dataclass(frozen=True, slots=True)
class SkipAsked:
    """Somebody wants the run to go on without a failed task."""

    task: TaskKey
    env: JsonDict | None = None


@dataclass(frozen=True, slots=True)
class Poisoned:
    """An event of this run could not be handled, however often it was tried."""

    reason: Json


Request: TypeAlias = (
    ActionPaused
    | PauseAsked
    | ResumeAsked
    | StopAsked
    | ParentAsked
    | ServicePaused
    | ServiceResumed
    | Described
    | EnvGiven
    | Poisoned
)
"""What somebody asks of a run."""

Event: TypeAlias = (
    Proceed | ActionEnded | ChildChanged | ChildRefused | Woken | TimedOut | RerunAsked | SkipAsked | Request
)
