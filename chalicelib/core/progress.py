"""How far a run is, and what it still has to do by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.core.states import State

if TYPE_CHECKING:
    from chalicelib.core.values import TaskKey


class WorkKind(StrEnum):
    """The kinds of work that a run does by itself; the values are stored."""

    START = "start"
    """Start tasks from position `cursor` on."""
    NEXT = "next"
    """Follow the commands of `task` from `cursor` on."""
    AGAIN = "again"
    """Compute the commands of `task`, which ended while the run was paused, and follow them."""
    JOIN = "join"
    """Begin the join `task`, which is complete."""
    REQUIRE = "require"
    """Begin `task`, whose requirements are met (reverse workflows)."""
    WAKE = "wake"
    """End the delay of `task`, which was none or waited for the run to be resumed."""
    ITEMS = "items"
    """Begin the items of `task`."""
    MORE = "more"
    """Start the next items of `task`."""
    LEAVE = "leave"
    """Cancel the sub-executions of `task`, from number `cursor` on, that it left behind; done before all other work."""


class Work(NamedTuple):
    """Something the run still has to do by itself. `task` is there for every kind but START."""

    kind: WorkKind
    task: TaskKey | None = None
    cursor: int = 0


class Asking(NamedTuple):
    """The next of the sub-executions that are to follow this run into `state`.

    `every`: also those that are over, for the sake of what still runs below them.
    """

    state: State
    task: TaskKey
    number: int = 1
    every: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is, in a size that depends on the definition, not on how many tasks have run.

    The masks have one bit per task of the definition (`TaskSpec.index`). `fired` and `missed` have, per join, one bit
    per inbound task: it triggered the join, or ended without doing so.
    """

    seen: int = 0
    """Tasks that have at least one execution."""
    busy: int = 0
    """Tasks with an execution that is not over."""
    waiting: int = 0
    """Joins whose execution is WAITING."""
    instances: Mapping[int, int] = field(default_factory=dict)
    """How many executions a task has, where that is more than one."""
    crowds: Mapping[int, int] = field(default_factory=dict)
    """How many executions of a task are not over, where that is more than one."""
    fired: Mapping[int, int] = field(default_factory=dict)
    missed: Mapping[int, int] = field(default_factory=dict)
    active: int = 0
    """Executions of tasks that are not over."""
    paused: int = 0
    """Those of them that are PAUSED."""
    created: int = 0
    """Executions of tasks created so far; numbers `Task.order`."""
    ends: tuple[TaskKey, ...] | None = ()
    """Task executions that ended with nothing to follow; `None`: too many to keep, look at the rows."""
    failed: tuple[TaskKey, ...] | None = ()
    """Task executions that ended in ERROR unhandled, or CANCELLED; `None`: too many to keep here."""
    work: tuple[Work, ...] = ()
    backlog: tuple[Work, ...] = ()
    """Work put aside by a `pause` command; done first on resume."""
    asking: Asking | None = None
    """Which sub-executions are still to follow this run, whatever state it is in."""
    message: str | None = None
    """What those are told that a run was asked to cancel when it was over; `None`: its state info."""
    strays: int = 0
    """Tasks, a bit for each, that may have ended before their sub-executions did."""
