"""Messages that nobody can handle end what they were for in ERROR, saying so (P2)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.core import ids
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import SUCCESS
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.messaging.bodies import ActionEnded, CarriedValue, Continue, RemoveExecution, RunAction
from tests.bodies import failed
from tests.faults.process import Adapters
from tests.faults.rig import Rig

WORKFLOW = """
version: '2.0'
WORKFLOW:
  tasks:
    ask: {action: std.async_noop, on-error: handle}
    handle: {action: std.noop}
"""


@pytest.fixture
def rig(adapters: Adapters) -> Rig:
    waiting = Rig(adapters, WORKFLOW)
    waiting.start()
    waiting.deliver()
    return waiting


def action_of(rig: Rig) -> str:
    return ids.action_id(ids.partition(rig.execution_id), ActionKey(TaskKey(0, 0), 1))


def ended(rig: Rig, result: CarriedValue | None = None) -> ActionEnded:
    return ActionEnded(
        execution=rig.execution_id, action=action_of(rig), state=SUCCESS, result=result or CarriedValue()
    )


def test_a_poisonous_event_ends_its_execution(rig: Rig) -> None:
    assert rig.bury(ended(rig)) == failed()
    outcome = rig.outcome()
    assert outcome["state"] == "ERROR"
    assert outcome["info"] == "The event 'action_ended' could not be handled, however often it was tried."
    assert outcome["output"] == {"result": outcome["info"]}


def test_a_poisonous_event_of_a_finished_or_deleted_execution_is_dropped(rig: Rig) -> None:
    rig.change("CANCELLED")
    assert rig.bury(ended(rig)) == failed()
    assert rig.outcome()["state"] == "CANCELLED"
    assert rig.bury(Continue(execution="none")) == failed()


def test_what_could_not_be_removed_is_removed_from_the_dead_letters(rig: Rig) -> None:
    asked = RemoveExecution(execution=rig.execution_id, requested_at=datetime(2999, 1, 1, tzinfo=UTC))
    assert rig.bury(asked) == failed()
    assert rig.adapters.runs.run(ids.partition(rig.execution_id)) is None


def test_an_order_that_no_executor_took_is_an_error_of_its_task(rig: Rig) -> None:
    order = RunAction(
        action=action_of(rig),
        execution=rig.execution_id,
        project="p",
        workflow="w",
        name="std.async_noop",
        input=CarriedValue({}),
        safe_rerun=False,
        sync=False,
    )
    assert rig.bury(order) == failed()
    rig.settle()
    assert rig.outcome()["state"] == "SUCCESS"
    ask, handle = rig.tasks()
    assert (ask.state, handle.state) == ("ERROR", "SUCCESS")
    assert ask.state_info == "The action could not be handed to an executor, however often it was tried."


def test_a_result_whose_value_is_gone_comes_again_and_is_not_dropped(rig: Rig) -> None:
    assert rig.hand_over(ended(rig, CarriedValue(blob="0" * 64, size=1))) == failed(0)
    assert rig.outcome()["state"] == "RUNNING"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"execution": 5, "event": "proceed"},
        {"execution": "EXECUTION", "event": "explode"},
        {"execution": "EXECUTION", "event": "ended", "action": "no-id", "state": "SUCCESS", "result": {"value": 1}},
        {"execution": "EXECUTION", "event": "ended"},
        {"execution": "EXECUTION", "event": "removed"},
        {"execution": "EXECUTION", "event": "removed", "asked_at": "soon"},
    ],
)
def test_what_cannot_be_read_comes_again_until_it_ends_the_execution_that_it_names(rig: Rig, body: JsonDict) -> None:
    named: JsonDict = {name: rig.execution_id if value == "EXECUTION" else value for name, value in body.items()}
    assert rig.hand_over(named) == failed(0)
    assert rig.outcome()["state"] == "RUNNING"
    known = named.get("execution") == rig.execution_id
    assert rig.bury(named) == (failed() if known else failed(0))
    assert rig.outcome()["state"] == ("ERROR" if known else "RUNNING")
    if known:
        assert rig.outcome()["info"].endswith("cannot be read.") or "could not be handled" in rig.outcome()["info"]
