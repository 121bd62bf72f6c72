"""Interfaces that the engine needs from its caller, and the errors that end a task.

All of it is read-only and answers the same when a step is repeated from the same committed state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import ActionSpec, Parameter
from chalicelib.core.model import Action, Run, Source, Task
from chalicelib.core.states import State
from chalicelib.core.values import ActionKey, Blob, TaskKey
from chalicelib.errors import InvalidRequest, NotFound


@dataclass(frozen=True, slots=True)
class Sight:
    """How far one call of `tasks()` or `executions()` sees beyond its own run."""

    recent: int = 100
    """Without an execution, `tasks()` shows those of so many newest runs."""
    runs: int = 1_000
    """How many runs are looked at."""
    tasks: int = 10_000
    """How many task executions are read."""
    items: int = 1_000
    """The results of a task execution with more items than this are not read."""


SIGHT = Sight()
"""The sight of every step of the service."""


class Rows(Protocol):
    """The committed rows of the run at hand, and bounded looks at others."""

    def task(self, key: TaskKey) -> Task | None:
        """One task execution, or `None`."""
        ...

    def fetch(self, keys: Iterable[TaskKey]) -> Sequence[Task]:
        """Several task executions at once; missing ones are left out."""
        ...

    def tasks(self) -> Sequence[Task]:
        """All task executions of the run, by `Task.order`."""
        ...

    def action(self, key: ActionKey) -> Action | None:
        """A superseded action execution that has a row of its own."""
        ...

    def actions(self, key: TaskKey, among: range | None = None) -> Sequence[Action]:
        """The superseded action executions of a task execution, by number; only those with a number in `among`."""
        ...

    def load(self, blob: Blob) -> Json:
        """A large value."""
        ...

    def index(self, base: str) -> Mapping[str, Source]:
        """A shared context index."""
        ...

    def other(self, execution_id: str) -> Run | None:
        """Another run of the same project, or `None`."""
        ...

    def other_tasks(self, execution_id: str) -> Sequence[Task]:
        """All task executions of a run that `other` has shown."""
        ...

    def other_actions(self, execution_id: str, key: TaskKey) -> Sequence[Action]:
        """The action executions of a task execution of a run that `other` has shown."""
        ...

    def others(self, root_execution_id: str | None) -> Sequence[Run]:
        """Runs of the same project, newest first, at most a thousand; only descendants of a root if one is given."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action ended."""

    state: State
    result: Json = None


class NoOutcome(Enum):
    """Why an action that was asked to run within the step has no outcome."""

    NEEDS_EXECUTOR = "needs executor"
    """It takes time or touches something outside: an executor has to run it."""
    ONGOING = "ongoing"
    """It has run, and somebody brings its result through the API."""


@dataclass(frozen=True, slots=True)
class AdHoc:
    """An ad-hoc action as it is now; `ref` names the version of its text, which never changes."""

    ref: str
    spec: ActionSpec


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A dynamic action as it is now: a class in a code source, a version of whose text `ref` names."""

    ref: str
    module: str
    """The name of the code source."""
    class_name: str
    parameters: tuple[Parameter, ...] | None
    """What the class takes; `None` if that cannot be told without running the code."""


class AdHocActions(Protocol):
    """The ad-hoc and dynamic actions of all projects."""

    def find(self, name: str, project_id: str, namespace: str) -> AdHoc | Dynamic | None:
        """What a project means by a name: in the namespace, then in the default one."""
        ...

    def version(self, ref: str) -> ActionSpec:
        """A version, whatever became of the action since. Raises `NotFound`."""
        ...

    def text(self, ref: str) -> str:
        """The text of a version, as it was sent. Raises `NotFound`."""
        ...


class Actions(Protocol):
    """The actions a task can name. Built-in ones are known by their names alone."""

    @property
    def adhoc(self) -> AdHocActions:
        """The ad-hoc actions, which are based on others, and the dynamic ones."""
        ...

    def knows(self, name: str) -> bool:
        """Whether there is a built-in action of this name."""
        ...

    def prepare(self, name: str, given: JsonDict) -> JsonDict:
        """The input an execution of this action gets.

        Raises `InvalidRequest` for an unknown name and `InputError` if `given` does not fit.
        """
        ...

    def flaw(self, name: str, given: JsonDict) -> str | None:
        """Why the action cannot be built from these values; an ordinary error of the task."""
        ...

    def is_sync(self, name: str) -> bool:
        """Whether the action reports by itself; otherwise somebody completes it through the API."""
        ...

    def perform(self, name: str, given: JsonDict, action_id: str) -> Outcome | NoOutcome:
        """Run an action that touches nothing outside; else why there is no outcome yet."""
        ...


FAULTS = (InvalidRequest, NotFound)
"""A definition, an input or an expression that cannot work, or a value that is gone: a retry cannot help.

`LookupError` is not among them: a `KeyError` is a bug of ours, is tried again, and ends as such (property P2).
"""
