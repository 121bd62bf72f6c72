"""Reports of workers from their queue: taken in, dropped, or brought again."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.functions.dead_letters import handle_dead_letters
from chalicelib.entry.functions.results import handle_results
from chalicelib.errors import Forbidden, InvalidRequest, Unavailable
from chalicelib.service.workers.reports import WorkerReports
from tests.bodies import lambda_event
from tests.unit.messaging.handlers import Handlers
from tests.unit.service.workshop import Workshop

REPORT: JsonDict = {"report": "result", "action_execution_id": "a", "token": "secret"}


class FakeReports(WorkerReports):
    """Answers every report with the same, or fails."""

    def __init__(self, outcome: str | Exception) -> None:
        self.outcome = outcome
        self.buried: list[JsonDict] = []

    def answer(self, body: JsonDict) -> JsonDict:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return {"answer": self.outcome}

    def bury(self, body: JsonDict) -> None:
        self.buried.append(body)


def dead(reports: WorkerReports, body: JsonDict) -> dict[str, Any]:
    """Hand over a dead letter."""
    made = Handlers()
    return handle_dead_letters(
        lambda_event(body), made.sweeper, made.runner, made.cron.firing, reports, made.shop.pulses
    )


@pytest.mark.parametrize(
    ("outcome", "failed", "logged"),
    [
        ("kept", 0, ""),
        ("late", 0, "action execution a is over"),
        (InvalidRequest("'format' of a report must be 1"), 0, "'format' of a report"),
        (Forbidden("The reply token cannot be read"), 0, "The reply token cannot be read"),
        (Unavailable("no queue"), 1, "failed"),
    ],
)
def test_what_becomes_of_a_report(
    outcome: str | Exception, failed: int, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answer = handle_results(lambda_event(REPORT), FakeReports(outcome))
    assert len(answer["batchItemFailures"]) == failed
    assert logged in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("poison", ["no JSON", "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000])
def test_a_body_that_cannot_be_parsed_keeps_no_other_from_being_taken_in(poison: str) -> None:
    batch = lambda_event(REPORT, REPORT)
    batch["Records"][0]["body"] = poison
    assert handle_results(batch, Workshop().reports) == {"batchItemFailures": []}


def test_a_report_that_nobody_could_take_in_is_buried() -> None:
    reports = FakeReports("kept")
    assert dead(reports, REPORT) == {"batchItemFailures": []}
    assert reports.buried == [REPORT]


FORGED: JsonDict = {
    "loose": {},
    "pulse": "a",
    "cron_trigger": "t",
    "name": "std.noop",
    "execution": "another's",
    "event": "x",
}


def test_a_worker_cannot_pass_a_report_off_as_a_message_of_the_service() -> None:
    reports = FakeReports("kept")
    dead(reports, {**FORGED, **REPORT})
    assert reports.buried == [{**FORGED, **REPORT}]


@pytest.mark.parametrize("given", [2, "x", None])
def test_a_format_that_no_report_has_does_not_come_again(given: object, caplog: pytest.LogCaptureFixture) -> None:
    assert handle_results(lambda_event({**FORGED, "format": given}), Workshop().reports) == {"batchItemFailures": []}
    assert "'format' of a report" in caplog.text


def test_a_timer_that_could_not_be_acted_on_is_set_anew() -> None:
    handlers = Handlers()
    shop = handlers.shop
    shop.say("claim")
    handlers.dead(lambda_event(shop.world.queues.timers.pop().body))
    shop.pulse()
    shop.deliver()
    assert shop.world.state == "ERROR"
