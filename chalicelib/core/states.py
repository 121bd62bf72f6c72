"""States of executions, tasks and action executions, and which changes between them are legal.

Two rules hold here: *everything that says which state may follow which is in this file*, and *this file knows
nothing of why a state changes*. Conditions live in the engine as plain functions. The diagram in
`docs/concepts/states.md` is drawn from these tables.

Source of the tables: behaviour of Mistral 23.0.0 (execution states: engine rules §1; API view: §15). A change
from a state to itself is always allowed.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from chalicelib.errors import IllegalTransition


class State(StrEnum):
    """A state of an execution, a task execution or an action execution, as the API spells it."""

    IDLE = "IDLE"
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DELAYED = "DELAYED"
    PAUSED = "PAUSED"
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"
    SKIPPED = "SKIPPED"


IDLE, WAITING, RUNNING, DELAYED, PAUSED = State.IDLE, State.WAITING, State.RUNNING, State.DELAYED, State.PAUSED
SUCCESS, ERROR, CANCELLED, SKIPPED = State.SUCCESS, State.ERROR, State.CANCELLED, State.SKIPPED

TERMINAL = frozenset({SUCCESS, ERROR, CANCELLED, SKIPPED})

EXECUTION = MappingProxyType(
    {
        IDLE: frozenset({RUNNING, ERROR, CANCELLED}),
        RUNNING: frozenset({PAUSED, SUCCESS, ERROR, CANCELLED}),
        PAUSED: frozenset({RUNNING, ERROR, CANCELLED}),
        SUCCESS: frozenset[State](),
        ERROR: frozenset({RUNNING}),
        CANCELLED: frozenset({RUNNING}),
    }
)

TASK = MappingProxyType(
    {
        IDLE: frozenset({RUNNING, ERROR, CANCELLED}),
        WAITING: frozenset({RUNNING, ERROR, CANCELLED}),
        RUNNING: frozenset({PAUSED, DELAYED, WAITING, IDLE, SUCCESS, ERROR, CANCELLED}),
        DELAYED: frozenset({RUNNING, SUCCESS, ERROR, CANCELLED}),
        PAUSED: frozenset({RUNNING, SUCCESS, ERROR, CANCELLED}),
        SUCCESS: frozenset({WAITING}),
        ERROR: frozenset({RUNNING, SKIPPED, WAITING}),
        CANCELLED: frozenset({RUNNING, WAITING}),
        SKIPPED: frozenset[State](),
    }
)
"""SUCCESS, ERROR and CANCELLED lead back to WAITING for a join that is triggered once more after it ended."""

ACTION = MappingProxyType(
    {
        RUNNING: frozenset({PAUSED, SUCCESS, ERROR, CANCELLED}),
        PAUSED: frozenset({RUNNING, SUCCESS, ERROR, CANCELLED}),
        SUCCESS: frozenset[State](),
        ERROR: frozenset[State](),
        CANCELLED: frozenset[State](),
    }
)

Table = MappingProxyType[State, frozenset[State]]


def may_change(table: Table, old: State, new: State) -> bool:
    """Whether `table` lets an object go from `old` to `new`; staying is always allowed."""
    return old == new or new in table.get(old, frozenset())


def check_execution(old: State, new: State, workflow: str, execution_id: str) -> None:
    """Raise `IllegalTransition` with Mistral's text unless an execution may go from `old` to `new`."""
    if not may_change(EXECUTION, old, new):
        raise IllegalTransition(
            f"Can't change workflow execution state from {old} to {new}. "
            f"[workflow={workflow}, execution_id={execution_id}]"
        )
