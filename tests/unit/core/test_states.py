"""Which state may follow which."""

from __future__ import annotations

from itertools import product

import pytest

from chalicelib.core import states
from chalicelib.core.states import (
    ACTION,
    CANCELLED,
    ERROR,
    EXECUTION,
    IDLE,
    PAUSED,
    RUNNING,
    SUCCESS,
    TASK,
    TERMINAL,
    State,
    Table,
    may_change,
)
from chalicelib.errors import IllegalTransition

EXECUTION_CHANGES = {
    (IDLE, RUNNING),
    (IDLE, ERROR),
    (IDLE, CANCELLED),
    (RUNNING, PAUSED),
    (RUNNING, SUCCESS),
    (RUNNING, ERROR),
    (RUNNING, CANCELLED),
    (PAUSED, RUNNING),
    (PAUSED, ERROR),
    (PAUSED, CANCELLED),
    (CANCELLED, RUNNING),
    (ERROR, RUNNING),
}


@pytest.mark.parametrize(("old", "new"), list(product(EXECUTION, EXECUTION)))
def test_executions(old: State, new: State) -> None:
    allowed = old == new or (old, new) in EXECUTION_CHANGES
    assert may_change(EXECUTION, old, new) is allowed
    if allowed:
        states.check_execution(old, new, "w", "e")
        return
    with pytest.raises(IllegalTransition) as refusal:
        states.check_execution(old, new, "w", "e")
    assert refusal.value.message == (
        f"Can't change workflow execution state from {old} to {new}. [workflow=w, execution_id=e]"
    )


@pytest.mark.parametrize("table", [EXECUTION, TASK, ACTION])
def test_a_state_stays(table: Table) -> None:
    assert all(may_change(table, state, state) for state in State)
    assert all(old not in new for old, new in table.items())


@pytest.mark.parametrize("table", [EXECUTION, TASK, ACTION])
def test_every_end_can_be_reached(table: Table) -> None:
    reached, ahead = {RUNNING}, [RUNNING]
    while ahead:
        new = table[ahead.pop()] - reached
        reached |= new
        ahead += new
    assert reached >= set(table) - {IDLE}


def test_an_action_that_ended_has_ended() -> None:
    assert all(not new for old, new in ACTION.items() if old in TERMINAL)


def test_states_are_spelled_as_the_api_does() -> None:
    assert [f"{state}" for state in (RUNNING, SUCCESS)] == ["RUNNING", "SUCCESS"]
    assert State("ERROR") is ERROR
