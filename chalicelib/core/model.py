"""Rows of a run as frozen values: `Start` (immutable), `Head` (small), `Task`, `Action`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.progress import Progress, Work, WorkKind
from chalicelib.core.resolved_action import Base
from chalicelib.core.security import SecurityContext
from chalicelib.core.states import SUCCESS, State
from chalicelib.core.values import ActionKey, TaskKey, Value
from chalicelib.core.with_items import Items


class SourceKind(StrEnum):
    """Where the value of a variable is kept."""

    INLINE = "inline"
    """Beside the reference."""
    BLOB = "blob"
    """In the store of large values."""
    PUBLISHED = "published"
    """Among what a task execution has published."""
    MERGED = "merged"
    """Among what a task execution has merged of its inbound contexts."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a variable's value is.

    `value` is there for the kinds INLINE and BLOB, `task` for PUBLISHED and MERGED.
    `count` is the write counter of the branch: a number for a leaf or a mapping with equal counters throughout, else
    a nested mapping of numbers (engine rules §3.3).
    """

    kind: SourceKind
    count: Json = 1
    value: Value = None
    task: TaskKey | None = None
    mapping: bool = False
    """Whether the value is a mapping, which joins merge key by key."""


@dataclass(frozen=True, slots=True)
class Context:
    """An index of a branch context: variable to `Source`; `base` names a shared index row that `names` is laid over."""

    names: Mapping[str, Source] = field(default_factory=dict)
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The execution that started this one, as the `number`-th attempt of its task `Start.task_execution_id`.

    `created_at` tells it from a later execution of the same id; earlier versions did not keep it.
    """

    execution_id: str
    number: int
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What an execution was started with; never changes."""

    id: str
    project_id: str
    workflow_id: str
    workflow_name: str
    workflow_namespace: str
    definition: str
    """Which stored version of the workflow this execution is pinned to."""
    input: Value
    params: Value
    """With `env` resolved and `namespace` filled in."""
    vars: Mapping[str, Value] = field(default_factory=dict)
    description: str | None = ""
    tags: tuple[str, ...] = ()
    created_at: datetime
    root_execution_id: str | None = None
    task_execution_id: str | None = None
    origin: Origin | None = None
    """Only sub-executions have one."""
    request: str | None = None
    """What tells the request that started it from others, if its client may send it again under a key."""
    trace: str | None = None
    """The W3C trace context that all its work belongs to, if it is traced."""
    security: SecurityContext | None = None
    """Who asked for it, if callers are known. Sub-executions have that of their root."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action execution; of a task that runs a workflow, what the parent knows of the sub-execution.

    The latter has the name of the workflow as the task calls it, the last known state, the whole output as its result.
    """

    key: ActionKey
    name: str
    state: State
    input: Value
    created_at: datetime
    updated_at: datetime
    accepted: bool = False
    output: Value = None
    """The bare result (the API shows it as `{"result": …}`); meaningful once the state is terminal."""
    state_info: str | None = None
    is_sync: bool = True
    safe_rerun: bool = False
    timeout: int = 0
    """Seconds it may take; 0: no limit of its own."""
    index: int = 0
    """Which item of its task it is for."""
    heard: int = 0
    """Of a sub-execution, the version of its head that the last news came from."""
    base: Base | None = None
    """Of an ad-hoc action that is not over: `name` and `input` are what its caller knows, this is what runs."""

    @property
    def performed(self) -> tuple[str, Value]:
        """Name and input of the action that really runs."""
        return (self.name, self.input) if self.base is None else (self.base.name, self.base.input)


class DelayKind(StrEnum):
    """What a task execution does when its delay is over; the values are stored."""

    BEGIN = "begin"
    """Start its action."""
    RETRY = "retry"
    """Try again."""
    END = "end"
    """End in the state that it has reached already."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Why a task execution does not go on at once, and, for END, the state in which it ends then."""

    kind: DelayKind
    state: State = State.RUNNING
    state_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task execution; a single action's data lives inside."""

    key: TaskKey
    name: str
    order: int
    """Position in the order of creation within the run."""
    state: State
    created_at: datetime
    updated_at: datetime
    state_info: str | None = None
    kind: str = "ACTION"
    context: Context = Context()
    published: Mapping[str, Value] | None = None
    published_global: Mapping[str, Value] | None = None
    merged: Mapping[str, Value] = field(default_factory=dict)
    """Values that a join had to merge from several branches, the first time it began."""
    again: bool = False
    """Whether this is a join that was triggered once more after it had begun."""
    frozen: Mapping[str, Value] = field(default_factory=dict)
    """What such a join published the first time: contexts made by then refer to it."""
    next: tuple[tuple[str, str, JsonDict], ...] = ()
    """Commands that follow, as they were computed at completion: (target, event, parameters)."""
    has_next: bool = False
    error_handled: bool = False
    processed: bool = False
    triggered_by: tuple[tuple[TaskKey, str], ...] = ()
    runtime: JsonDict = field(default_factory=dict)
    """What policies remember."""
    action: Action | None = None
    attempts: int = 0
    """How many action executions were created so far; `action` is the current one."""
    superseded: int = 0
    """Up to which number they do not count any more, because the task was tried again."""
    items: Items | None = None
    """Of a task with items, once it has begun; each item's action execution has a row of its own."""
    delay: Delay | None = None
    """What the task waits for while it is DELAYED, or while it is parked."""
    run: int = 0
    """How often the task was run again from the start; timers of an earlier run are void."""
    wakes: int = 0
    """How many delays there were so far; numbers them."""
    tags: tuple[str, ...] = ()
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def has_rows(self) -> bool:
        """Whether some of its action executions have rows of their own."""
        return self.attempts > (0 if self.action is None else 1)

    @property
    def void(self) -> int:
        """Up to which number a result that comes now does not count any more."""
        return max(self.superseded, self.items.redone) if self.items is not None else self.superseded

    def standing(self, action: Action) -> Action:
        """One of its action executions as it counts now: not if the task, or the item, was tried again since."""
        number = action.key.number
        if number <= self.superseded or (number <= self.void and action.state is not SUCCESS):
            action = replace(action, accepted=False)
        if self.items is not None and number <= self.items.wiped:
            action = replace(action, output=None)
        return action


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The small, ever changing row of a run; its `version` guards every commit."""

    version: int = 0
    state: State
    state_info: str | None = None
    output: Value = None
    """`None` until the run has ended once; shown as `{}` then."""
    description: str | None = None
    env: Value = None
    """The environment after updates; `None`: as started."""
    globals: Mapping[str, Source] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)
    outbox: tuple[JsonDict, ...] = ()
    """Messages promised by the last commit."""
    heeded: int = 0
    """Of a sub-execution, the version of its parent's head that last asked it to follow."""
    unsure: bool = False
    """Whether nobody but the sweeper would re-send the outbox: it was committed by an API request."""
    kept: tuple[Task, ...] = ()
    """Task executions that the store keeps inside the head while they take little room; kept up by the store."""
    updated_at: datetime


def opened(start: Start) -> Head:
    """The head of a run to which nothing has happened yet; no store needs to keep it."""
    return Head(state=State.RUNNING, updated_at=start.created_at, progress=Progress(work=(Work(WorkKind.START),)))


@dataclass(frozen=True, slots=True)
class Run:
    """An execution: what it was started with and where it is now."""

    start: Start
    head: Head
