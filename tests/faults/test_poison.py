"""Messages that nobody can handle end what they were for in ERROR, saying so (P2)."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import ids
from chalicelib.core.jsontext import dumps
from chalicelib.core.model import ActionKey, TaskKey
from chalicelib.entry import execute
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


def dead(rig: Rig, body: dict[str, Any]) -> dict[str, Any]:
    """Hand a message over as the dead-letter queue would; the answer of the handler."""
    record = {"messageId": "m", "body": dumps(body), "attributes": {}, "eventSourceARN": "arn:aws:sqs:::dead"}
    return execute.handle_dead_letters({"Records": [record]}, rig.process.sweeper)


def action_of(rig: Rig) -> str:
    return ids.action_id(ids.partition(rig.execution_id), ActionKey(TaskKey(0, 0), 1))


def test_a_poisonous_event_ends_its_execution(rig: Rig) -> None:
    assert dead(rig, {"execution": rig.execution_id, "event": "ended"}) == {"batchItemFailures": []}
    outcome = rig.outcome()
    assert outcome["state"] == "ERROR"
    assert outcome["info"] == "The event 'ended' could not be handled, however often it was tried."
    assert outcome["output"] == {"result": outcome["info"]}


def test_a_poisonous_event_of_a_finished_or_deleted_execution_is_dropped(rig: Rig) -> None:
    rig.change("CANCELLED")
    dead(rig, {"execution": rig.execution_id, "event": "ended"})
    assert rig.outcome()["state"] == "CANCELLED"
    assert dead(rig, {"execution": "none", "event": "ended"}) == {"batchItemFailures": []}


def test_what_could_not_be_removed_is_removed_from_the_dead_letters(rig: Rig) -> None:
    asked = {"execution": rig.execution_id, "event": "removed", "asked_at": "2999-01-01T00:00:00+00:00"}
    assert dead(rig, asked) == {"batchItemFailures": []}
    assert rig.adapters.runs.run(ids.partition(rig.execution_id)) is None


def test_an_order_that_no_executor_took_is_an_error_of_its_task(rig: Rig) -> None:
    order = {"action": action_of(rig), "execution": rig.execution_id, "workflow": "w", "name": "std.async_noop"}
    dead(rig, {**order, "input": {"value": {}}, "safe_rerun": False, "sync": False})
    rig.settle()
    assert rig.outcome()["state"] == "SUCCESS"
    ask, handle = rig.tasks()
    assert (ask.state, handle.state) == ("ERROR", "SUCCESS")
    assert ask.state_info == "The action could not be handed to an executor, however often it was tried."


def test_a_result_whose_value_is_gone_comes_again_and_is_not_dropped(rig: Rig) -> None:
    body = {"execution": rig.execution_id, "event": "ended", "action": action_of(rig), "state": "SUCCESS"}
    answer = rig.hand_over({**body, "result": {"blob": "0" * 64, "size": 1}})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}]}
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
def test_what_this_service_never_sent_is_dropped(rig: Rig, body: dict[str, Any]) -> None:
    named = {name: rig.execution_id if value == "EXECUTION" else value for name, value in body.items()}
    assert rig.hand_over(named) == {"batchItemFailures": []}
    assert rig.outcome()["state"] == "RUNNING"
