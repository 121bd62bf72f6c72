"""What workers may report and what they are answered: claims, heartbeats, results, and silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.core.engine.state.events import StopAsked, TimedOut
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import CANCELLED
from chalicelib.errors import Forbidden, InvalidRequest
from chalicelib.service.workers.heartbeats import PATIENCE, SILENT
from tests.unit.service.workshop import HEARTBEAT, SAFE, Workshop
from tests.unit.service.worlds import ID


def test_a_result_ends_the_action_and_comes_once() -> None:
    shop = Workshop()
    assert shop.say("result", state="SUCCESS", result=[1]) == {"answer": "kept", "state": "RUNNING"}
    assert shop.say("result", state="SUCCESS", result=[1])["answer"] == "kept"
    shop.deliver()
    assert shop.world.state == "SUCCESS"
    assert shop.say("result", state="ERROR") == {"answer": "late", "state": "SUCCESS"}
    assert shop.world.queues.events == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"format": 2}, "'format'"),
        ({"report": "x"}, "'report'"),
        ({"state": "PAUSED"}, "'state'"),
        ({"token": 1}, "'token'"),
        ({"action_execution_id": ""}, "'action_execution_id'"),
        ({"report": "claim", "attempt": None}, "'attempt'"),
        ({"report": "heartbeat", "progress": [1]}, "'progress'"),
        ({"report": "heartbeat", "progress": {"percent": 101}}, "'percent'"),
        ({"report": "heartbeat", "progress": {"percent": True}}, "'percent'"),
        ({"report": "heartbeat", "progress": {"message": 1}}, "'message'"),
    ],
)
def test_a_report_that_cannot_be_read(change: JsonDict, error: str) -> None:
    shop = Workshop()
    with pytest.raises(InvalidRequest, match=error):
        shop.reports.answer({**shop.body("result", state="SUCCESS"), **change})


@pytest.mark.parametrize("change", [{"token": "1.2"}, {"token": "1.\ud800"}, {"action_execution_id": "\ud800"}])
def test_a_report_that_cannot_be_believed(change: JsonDict) -> None:
    shop = Workshop()
    with pytest.raises(Forbidden, match="reply token"):
        shop.reports.answer({**shop.body("result", state="SUCCESS"), **change})


def test_one_worker_at_a_time() -> None:
    shop = Workshop()
    assert shop.say("claim", "a")["answer"] == "run"
    assert shop.say("claim", "a")["answer"] == "run", "the first reply may have been lost"
    assert shop.say("claim", "b") == {"answer": "taken", "state": "RUNNING", "retry_after": 61}
    assert shop.say("heartbeat", "b")["answer"] == "gone"


def test_a_heartbeat_says_how_far_the_action_is() -> None:
    shop = Workshop()
    shop.say("claim")
    shop.say("heartbeat", progress={"percent": 40, "message": "half of it"})
    assert shop.say("heartbeat") == {"answer": "heard", "state": "RUNNING"}
    watch = shop.watches.kept[shop.action_id]
    assert (watch.percent, watch.note) == (40, "half of it")


def test_a_heartbeat_without_a_claim_counts_as_one() -> None:
    shop = Workshop()
    assert shop.say("heartbeat")["answer"] == "heard"
    assert shop.say("claim", "b")["answer"] == "taken"


@pytest.mark.parametrize("report", ["claim", "heartbeat"])
def test_a_worker_hears_that_nobody_waits_any_more(report: str) -> None:
    cancelled = Workshop()
    cancelled.world.advance.apply(ID, [StopAsked(CANCELLED)])
    assert cancelled.say(report) == {"answer": "gone", "state": "RUNNING"}
    late = Workshop()
    late.world.advance.apply(ID, [TimedOut(late.world.key("t").task, 0, 1)])
    assert late.say(report)["answer"] == "gone"
    deleted = Workshop()
    deleted.world.runs.delete(next(iter(deleted.world.runs.starts)))
    assert deleted.say(report) == {"answer": "gone", "state": None}
    assert deleted.say("result", state="SUCCESS")["answer"] == "late"


def test_a_run_that_failed_still_takes_the_results_of_its_tasks_and_may_be_run_again() -> None:
    failing = "tasks: {t: {action: std.http, input: {url: u}, target: gpu}, f: {action: std.fail, on-error: [fail]}}"
    shop = Workshop(failing)
    assert shop.world.state == "ERROR"
    assert shop.say("claim") == {"answer": "run", "state": "RUNNING"}
    shop.pulse()
    shop.deliver()
    [silent] = [task for task in shop.world.runs.rows.values() if task.name == "t"]
    assert silent.state == "ERROR"


def test_silence_ends_an_action_that_may_not_run_twice() -> None:
    shop = Workshop()
    shop.say("claim")
    shop.pulse()
    shop.deliver()
    assert shop.world.state == "ERROR"
    assert SILENT in str(shop.world.head.state_info)
    assert shop.say("result", state="SUCCESS")["answer"] == "late"


@pytest.mark.parametrize("claimed", [False, True])
def test_an_order_that_nobody_claims_ends_if_so_set(claimed: bool) -> None:
    shop = Workshop(claim=300)
    [timer] = shop.world.queues.timers
    if claimed:
        shop.say("claim")
    shop.world.clock.pass_by(timedelta(seconds=timer.delay))
    shop.look(timer)
    assert len(shop.world.queues.events) == (0 if claimed else 1)
    if not claimed:
        shop.deliver()
        assert "No worker has claimed the action within 300 seconds." in str(shop.world.head.state_info)


def test_a_worker_that_is_heard_of_is_looked_at_again() -> None:
    shop = Workshop()
    shop.say("claim")
    shop.world.clock.pass_by(HEARTBEAT / 2)
    shop.say("heartbeat")
    shop.world.clock.pass_by(-HEARTBEAT / 2)
    shop.pulse()
    [timer] = shop.world.queues.timers
    assert timer.delay == HEARTBEAT.total_seconds() / 2
    assert shop.world.queues.events == []
    shop.pulse()
    assert len(shop.world.queues.events) == 1


def test_the_order_that_comes_again_after_a_death() -> None:
    dead = Workshop()
    dead.say("claim", "a")
    dead.world.clock.pass_by(HEARTBEAT)
    assert dead.say("claim", "b")["answer"] == "lost"
    dead.deliver()
    assert dead.world.state == "ERROR"
    again = Workshop(SAFE)
    again.say("claim", "a")
    again.world.clock.pass_by(HEARTBEAT)
    assert again.say("claim", "b")["answer"] == "run"
    assert again.say("heartbeat", "a")["answer"] == "gone"


def test_a_worker_that_stops_can_leave_the_action_to_another_one_at_once() -> None:
    shop = Workshop(SAFE)
    shop.say("claim", "a")
    assert shop.say("release", "b")["answer"] == "gone"
    assert shop.say("claim", "b")["answer"] == "taken"
    shop.say("release", "a")
    assert shop.say("claim", "b")["answer"] == "run"


def test_an_action_that_may_run_twice_waits_for_another_worker_but_not_for_ever() -> None:
    shop = Workshop(SAFE)
    shop.say("claim")
    for _ in range(PATIENCE):
        shop.pulse()
        assert shop.world.queues.events == []
    shop.pulse()
    shop.deliver()
    assert shop.world.state == "ERROR"


def test_a_worker_that_is_heard_of_while_its_timer_looks_has_one_timer_as_before() -> None:
    shop = Workshop(SAFE)
    shop.say("claim")
    shop.watches.before_change.append(lambda: shop.say("heartbeat"))
    shop.pulse()
    [timer] = shop.world.queues.timers
    assert timer.delay == HEARTBEAT.total_seconds()
    assert shop.watches.kept[shop.action_id].lost == 0


def test_the_timer_of_an_earlier_attempt_is_void() -> None:
    shop = Workshop(SAFE)
    shop.say("claim", "a")
    early = shop.world.queues.timers.pop()
    shop.world.clock.pass_by(HEARTBEAT)
    shop.say("claim", "b")
    shop.world.clock.pass_by(HEARTBEAT)
    shop.watches.kept[shop.action_id] = replace(shop.watches.kept[shop.action_id], lost=PATIENCE)
    shop.look(early)
    assert shop.world.queues.events == []


def test_a_result_that_nobody_could_take_in_is_an_error() -> None:
    shop = Workshop()
    shop.reports.bury(shop.body("heartbeat"))
    assert shop.world.queues.events == []
    shop.reports.bury(shop.body("result", state="SUCCESS", result="poison"))
    shop.deliver()
    assert shop.world.state == "ERROR"
