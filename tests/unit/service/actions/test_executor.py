"""Orders are carried out once, however often they come (property P8)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest
from msgspec import structs

from chalicelib.core import ids
from chalicelib.core.engine.state.events import ActionEnded
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, Start, opened
from chalicelib.core.states import ERROR, RUNNING, SUCCESS
from chalicelib.core.values import ActionKey, Blob, TaskKey, Value
from chalicelib.errors import ActionFailed, NotFound, Unavailable
from chalicelib.messaging.bodies import RunAction
from chalicelib.messaging.codec import BadMessage
from chalicelib.ports.runs import Runs
from chalicelib.service.actions.executor import Delivery, Executor
from chalicelib.service.outgoing import messages
from chalicelib.service.outgoing.large_values import KeptValues
from tests.bodies import event_of, sent
from tests.unit.service.worlds import ID, NOW, PART, FakeBlobs, FakeQueues, FakeRuns

KEY = ActionKey(TaskKey(1, 2), 3)
START = Start(
    id=ID,
    project_id="p",
    workflow_id="w",
    workflow_name="wf",
    workflow_namespace="",
    definition="w:1",
    input={},
    params={},
    created_at=NOW,
)


class Shop:
    """An executor, and what it did."""

    def __init__(self, outcome: object = "done", effects: bool = True) -> None:
        self.outcome = outcome
        self.ran: list[tuple[str, JsonDict, float]] = []
        self.runs, self.blobs, self.queues = FakeRuns(), FakeBlobs(), FakeQueues()
        self.runs.starts[PART], self.runs.heads[PART] = START, opened(START)
        self.executor = Executor(
            cast(Runs, self.runs), KeptValues(self.blobs), self.blobs, self.queues, self.perform, lambda _: effects
        )

    def perform(self, order: RunAction, given: JsonDict, seconds: float) -> Json:
        self.ran.append((order.name, given, seconds))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return cast(Json, self.outcome)

    def execute(self, body: RunAction, message: str = "m", times: int = 1, seconds: float = 9) -> None:
        self.executor.execute(body, Delivery(message, times), seconds)

    @property
    def reports(self) -> list[ActionEnded]:
        found = [event_of(message) for message in self.queues.events]
        return [event for event in found if isinstance(event, ActionEnded)]


def order(safe: bool = False, sync: bool = True, given: Value = None, timeout: int = 0) -> RunAction:
    action = Action(
        KEY, "std.http", RUNNING, given or {"u": 1}, NOW, NOW, is_sync=sync, safe_rerun=safe, timeout=timeout
    )
    return sent(RunAction, messages.order_message(START, action))


def test_an_action_is_run_and_reported() -> None:
    shop = Shop()
    shop.execute(order())
    assert shop.ran == [("std.http", {"u": 1}, 9)]
    assert shop.reports == [ActionEnded(KEY, SUCCESS, "done")]
    assert shop.queues.events[0].group == ids.partition(ID)


@pytest.mark.parametrize(("seconds", "timeout", "limit"), [(9, 0, 9), (9, 4, 4), (3, 4, 3)])
def test_the_time_of_an_action(seconds: float, timeout: int, limit: float) -> None:
    shop = Shop()
    shop.execute(order(timeout=timeout), seconds=seconds)
    assert shop.ran[0][2] == limit


def test_an_action_that_fails_is_reported() -> None:
    shop = Shop(ActionFailed({"code": 1}))
    shop.execute(order())
    assert shop.reports == [ActionEnded(KEY, ERROR, {"code": 1})]


@pytest.mark.parametrize("outcome", [None, "x"])
def test_an_asynchronous_action_reports_its_failure_alone(outcome: object) -> None:
    shop = Shop(outcome)
    shop.execute(order(sync=False))
    assert shop.reports == []
    shop.outcome = ActionFailed("no")
    shop.execute(order(safe=True, sync=False))
    assert shop.reports == [ActionEnded(KEY, ERROR, "no")]


def test_a_repeated_promise_is_dropped() -> None:
    """Two messages order the same action; the second one finds it claimed."""
    shop = Shop()
    shop.execute(order(), "first")
    shop.execute(order(), "second")
    assert (len(shop.ran), len(shop.reports)) == (1, 1)


def test_a_message_that_comes_again_after_a_claim_ends_the_action() -> None:
    shop = Shop()
    shop.runs.claim(ids.partition(ID), KEY, "m")
    shop.execute(order(), "m", 2)
    assert shop.ran == []
    (report,) = shop.reports
    assert report.state is ERROR
    assert report.result == (
        "Request to run an action was redelivered, but it cannot be re-run safely. "
        "The only safe thing to do is fail it [action=std.http]."
    )


@pytest.mark.parametrize(("safe", "effects"), [(True, True), (False, False), (True, False)])
def test_what_may_run_twice_is_run_again(safe: bool, effects: bool) -> None:
    shop = Shop(effects=effects)
    shop.execute(order(safe), "m", 1)
    shop.execute(order(safe), "m", 2)
    assert (len(shop.ran), shop.runs.claims) == (2, {})


def test_a_report_that_could_not_be_sent_brings_the_message_back() -> None:
    shop = Shop()
    shop.queues.away = True
    with pytest.raises(Unavailable):
        shop.execute(order())
    shop.queues.away = False
    shop.execute(order(), times=2)
    assert (len(shop.ran), shop.reports[0].state) == (1, ERROR)


def test_large_values_travel_by_reference() -> None:
    shop = Shop("x" * 30_000)
    given = KeptValues(shop.blobs)
    shop.blobs.kept["0" * 64] = b'{"big":1}'
    shop.execute(order(given=Blob("0" * 64, 9)))
    (report,) = shop.reports
    assert shop.ran[0][1] == {"big": 1}
    assert isinstance(report.result, Blob)
    assert given.load(report.result) == "x" * 30_000


def test_an_order_of_no_action_of_the_execution() -> None:
    shop = Shop()
    with pytest.raises(BadMessage):
        shop.execute(structs.replace(order(), action="no id"))
    assert shop.ran == []


def test_an_action_whose_input_could_not_be_read_has_not_been_begun() -> None:
    """Read, then claimed, then run: what is claimed may have been begun, and never runs again."""
    shop, given = Shop(), Blob("0" * 64, 9)
    with pytest.raises(NotFound):  # nothing is there to be read yet
        shop.execute(order(given=given), times=1)
    assert (shop.ran, shop.reports, shop.runs.claims) == ([], [], {})
    shop.blobs.kept[given.hash] = b'{"big":1}'
    shop.execute(order(given=given), times=2)
    assert [ran for _, ran, _ in shop.ran] == [{"big": 1}]
    assert shop.reports == [ActionEnded(KEY, SUCCESS, "done")]


@pytest.mark.parametrize("safe", [False, True])
def test_the_action_of_an_execution_that_was_deleted_is_not_run(safe: bool) -> None:
    shop = Shop()
    shop.runs.mark_deleted(START)
    shop.execute(order(safe))
    assert (shop.ran, shop.reports, shop.runs.claims) == ([], [], {})


def test_nor_is_that_of_an_earlier_execution_of_the_same_id() -> None:
    shop = Shop()
    shop.execute(structs.replace(order(), created_at=datetime(2000, 1, 1, tzinfo=UTC)))
    assert (shop.ran, shop.runs.claims) == ([], {})
