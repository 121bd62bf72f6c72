"""Messages that come twice, late or in another order; several handlers on one execution (P1)."""

from __future__ import annotations

from functools import partial

import pytest

from chalicelib.core import ids
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.errors import LostRace
from tests.faults.deliveries import shuffled, twice
from tests.faults.families import FAMILIES
from tests.faults.process import Adapters
from tests.faults.rig import CALLER, Rig
from tests.faults.rivals import side_by_side
from tests.faults.scenarios import SCENARIOS as ORDINARY
from tests.faults.scenarios import comparable, played
from tests.faults.second_chances import SECOND_CHANCES

MANY = 16
SCENARIOS = ORDINARY | FAMILIES | SECOND_CHANCES


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_message_delivered_twice(adapters: Adapters, name: str) -> None:
    expected = comparable(played(adapters, SCENARIOS[name]))
    assert comparable(played(adapters, SCENARIOS[name], deliveries=twice)) == expected


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", SCENARIOS)
def test_messages_in_any_order(adapters: Adapters, name: str, seed: int) -> None:
    expected = comparable(played(adapters, SCENARIOS[name]))
    assert comparable(played(adapters, SCENARIOS[name], deliveries=shuffled(seed))) == expected


@pytest.mark.parametrize("name", SCENARIOS)
def test_three_step_handlers_on_one_execution(adapters: Adapters, name: str) -> None:
    expected = comparable(played(adapters, SCENARIOS[name]))
    assert comparable(played(adapters, SCENARIOS[name], rivals=3)) == expected


def test_results_that_arrive_at_once_are_all_counted(adapters: Adapters) -> None:
    tasks = "".join(f"    t{n}: {{action: std.async_noop, on-success: meet}}\n" for n in range(MANY))
    join = "    meet: {join: all, action: std.noop}\n"
    rig = Rig(adapters, f"version: '2.0'\nWORKFLOW:\n  tasks:\n{tasks}{join}")
    rig.start()
    rig.deliver()
    part = ids.partition(rig.execution_id)

    def complete(number: int) -> dict[str, object]:
        action_id = ids.action_id(part, ActionKey(TaskKey(number, 0), 1))
        while True:
            try:
                rig.process.executions.complete_action(CALLER, action_id, "SUCCESS", {"n": number}, True)
            except LostRace:
                continue
            return {}

    side_by_side([partial(complete, number) for number in range(MANY)])
    rig.settle()
    assert rig.outcome()["state"] == "SUCCESS"
    assert {task.name: task.attempts for task in rig.tasks()} == {f"t{n}": 1 for n in range(MANY)} | {"meet": 1}


def test_a_start_whose_message_was_lost_is_found_by_the_sweeper(adapters: Adapters) -> None:
    rig = Rig(adapters, SCENARIOS["chain"].text)
    rig.start()
    sqs, made = adapters.backend.clients.sqs, adapters.backend.resources.environment()
    url = sqs.get_queue_url(QueueName=made["EVENTS_QUEUE"])["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    rig.settle()
    assert rig.outcome()["output"] == SCENARIOS["chain"].output
