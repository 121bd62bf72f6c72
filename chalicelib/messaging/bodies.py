"""Message bodies: one frozen struct for each kind of message. The tag, `kind`, says on the wire which it is.

Handlers choose by type, never by which members are there. A kind that is added here must be handled wherever its queue
is read: `tests/unit/messaging/test_codec.py` fails otherwise. A member that is added needs a default, so that messages
written by the code before it are still read; a kind or member that earlier code would misunderstand raises
`codec.FORMAT`, and earlier code then leaves such messages in the queue for the code that comes after it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias, Union

from msgspec import Struct

from chalicelib.core.resolved_action import Base
from chalicelib.core.states import State
from chalicelib.core.values import Blob, Value


class CarriedValue(Struct, frozen=True, omit_defaults=True):
    """A value as a message carries it: itself, or the content hash and size in bytes of one that is stored."""

    value: Any = None
    blob: str | None = None
    size: int = 0

    @classmethod
    def of(cls, value: Value) -> CarriedValue:
        """Carry a value."""
        return cls(blob=value.hash, size=value.size) if isinstance(value, Blob) else cls(value=value)

    @property
    def content(self) -> Value:
        """The value that is carried."""
        if self.blob is not None:
            return Blob(self.blob, self.size)
        value: Value = self.value
        return value


class CarriedBase(Struct, frozen=True):
    """The action that an ad-hoc action resolves to, as a message carries it."""

    name: str
    input: CarriedValue
    versions: tuple[str, ...]

    @classmethod
    def of(cls, base: Base) -> CarriedBase:
        """Carry a resolved action."""
        return cls(base.name, CarriedValue.of(base.input), base.versions)

    @property
    def content(self) -> Base:
        """The resolved action that is carried."""
        return Base(self.name, self.input.content, self.versions)


class Body(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """What all messages have in common."""

    trace: str | None = None
    """The W3C trace context of the execution that sent it, if that is traced."""


# --- events.fifo: what happens to one execution -----------------------------------------------------------------------


class ExecutionEvent(Body, frozen=True):
    """An event for the engine."""

    execution: str
    """The id of the execution that it happens to."""


class Continue(ExecutionEvent, frozen=True, tag="continue"):
    """Carry the execution on: after its start, or where a step ran out of room."""


class Check(ExecutionEvent, frozen=True, tag="check"):
    """Send the outbox again and carry the execution on, if anything is left to do: sent by the sweeper."""


class DelayEnded(ExecutionEvent, frozen=True, tag="delay_ended"):
    """Delay number `wake` of the task execution `task` is over."""

    task: str
    wake: int


class TaskTimedOut(ExecutionEvent, frozen=True, tag="task_timed_out"):
    """Run number `run` of the task execution `task` has used up its `seconds`."""

    task: str
    run: int
    seconds: int


class ActionEnded(ExecutionEvent, frozen=True, tag="action_ended"):
    """The action execution `action` ended in `state` with `result`."""

    action: str
    state: State
    result: CarriedValue


class SubExecutionChanged(ExecutionEvent, frozen=True, tag="sub_execution_changed"):
    """The sub-execution in the place of action execution `child` is in `state`; its head has this `version`.

    `requested`: its parent asked for that. `output`: what it ended with, if it did. `deleted`: it was deleted before it
    was over.
    """

    child: str
    state: State
    version: int
    output: CarriedValue
    requested: bool = False
    deleted: bool = False


class SubExecutionRefused(ExecutionEvent, frozen=True, tag="sub_execution_refused"):
    """The sub-execution in the place of action execution `child` could not be started."""

    child: str
    reason: str


class ParentChanged(ExecutionEvent, frozen=True, tag="parent_changed"):
    """The parent, whose head has this `version`, asks this sub-execution to be PAUSED, RUNNING or CANCELLED."""

    state: State
    version: int
    message: str | None = None


class MaintenanceBegan(ExecutionEvent, frozen=True, tag="maintenance_began"):
    """The service is paused for maintenance; the execution is to pause."""


class MaintenanceEnded(ExecutionEvent, frozen=True, tag="maintenance_ended"):
    """Maintenance is over; the execution, which maintenance had paused, is to go on."""


class RemoveExecution(ExecutionEvent, frozen=True, tag="remove_execution"):
    """Remove the execution and all below it. No event of the engine.

    `created_at` or, of a sub-execution, `parent_created_at` say which one of this id is meant.
    """

    requested_at: datetime
    created_at: datetime | None = None
    parent_created_at: datetime | None = None


# --- actions: what the executor runs ----------------------------------------------------------------------------------


class RunAction(Body, frozen=True, tag="run_action"):
    """Run the action `name` as the action execution `action` of `execution`, within `timeout` seconds (0: no limit)."""

    action: str
    execution: str
    project: str
    workflow: str
    name: str
    input: CarriedValue
    safe_rerun: bool
    sync: bool
    timeout: int = 0
    created_at: datetime | None = None
    """When the execution was created: of its id there may be several, one after the other."""


class RunStandaloneAction(Body, frozen=True, tag="run_standalone_action"):
    """Run an action execution that belongs to no task, within `timeout` seconds (0: no limit)."""

    action: str
    project: str
    name: str
    input: CarriedValue
    sync: bool
    created: datetime
    namespace: str = ""
    description: str | None = None
    base: CarriedBase | None = None
    timeout: float = 0
    target: str | None = None
    """Whose external workers are to run it, if any."""


# --- timers: what is due at a moment ----------------------------------------------------------------------------------


class FireCronTrigger(Body, frozen=True, tag="fire_cron_trigger"):
    """Fire the cron trigger `trigger`, unless its record has moved on from `version`."""

    trigger: str
    version: int


class CheckHeartbeat(Body, frozen=True, tag="check_heartbeat"):
    """Check whether the worker of this `attempt` at an action execution has sent a heartbeat."""

    action: str
    attempt: str


class CheckClaim(Body, frozen=True, tag="check_claim"):
    """End an action execution in ERROR if no worker has claimed it within `seconds`."""

    action: str
    seconds: float


class CheckDeadline(Body, frozen=True, tag="check_deadline"):
    """End an action execution that belongs to no task in ERROR if it runs longer than `seconds`."""

    action: str
    seconds: float


# --- notifications.fifo, incoming -------------------------------------------------------------------------------------


class Notification(Body, frozen=True, tag="notification"):
    """Tell the listeners of an execution of a change; `key` identifies it."""

    execution: str
    key: str
    payload: dict[str, Any]


class BusEvent(Body, frozen=True, tag="bus_event"):
    """An event that EventBridge delivered from the bus `exchange`, for some `triggers` (none named: for all)."""

    exchange: str
    event: dict[str, Any]
    triggers: tuple[str, ...] = ()


EngineEvent: TypeAlias = (
    Continue
    | Check
    | DelayEnded
    | TaskTimedOut
    | ActionEnded
    | SubExecutionChanged
    | SubExecutionRefused
    | ParentChanged
    | MaintenanceBegan
    | MaintenanceEnded
)
"""Read by the step handler and applied by the engine."""

StepBody: TypeAlias = EngineEvent | RemoveExecution
"""On the queue of events."""

ActionBody: TypeAlias = RunAction | RunStandaloneAction
"""On the queue of actions."""

WorkerTimer: TypeAlias = CheckHeartbeat | CheckClaim | CheckDeadline
"""What watches over external workers."""

TaskTimer: TypeAlias = DelayEnded | TaskTimedOut
"""Events of the engine that are due at a moment: forwarded to the queue of events."""

TimerBody: TypeAlias = FireCronTrigger | WorkerTimer | TaskTimer
"""On the queue of timers, and in the due-index."""

AnyBody: TypeAlias = Union[StepBody, ActionBody, FireCronTrigger, WorkerTimer, Notification, BusEvent]  # noqa: UP007
"""Every message that this service writes to its own queues."""


def kind_of(body: AnyBody) -> str:
    """The tag of a body, as it is on the wire."""
    return str(body.__struct_config__.tag)
