"""Reports of workers from their queue: taken in, dropped, or brought again."""

from __future__ import annotations

import json
import logging
from typing import Any, cast

import pytest

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.execute import handle_dead_letters, handle_results
from chalicelib.errors import Forbidden, InvalidRequest, Unavailable
from chalicelib.service.cron_firing import CronFiring
from chalicelib.service.loose_runner import LooseRunner
from chalicelib.service.sweep import Sweeper
from chalicelib.service.worker_reports import WorkerReports
from tests.unit.service.workshop import Workshop

REPORT = {"report": "result", "action_execution_id": "a", "token": "secret"}


class FakeReports:
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


def event(*bodies: object) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{n}", "body": json.dumps(body)} for n, body in enumerate(bodies)]}


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
    answer = handle_results(event(REPORT), cast(WorkerReports, FakeReports(outcome)))
    assert len(answer["batchItemFailures"]) == failed
    assert logged in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("poison", ["no JSON", "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000])
def test_a_body_that_cannot_be_parsed_keeps_no_other_from_being_taken_in(poison: str) -> None:
    batch = event(REPORT, REPORT)
    batch["Records"][0]["body"] = poison
    assert handle_results(batch, Workshop().reports) == {"batchItemFailures": []}


def test_a_report_that_nobody_could_take_in_is_buried() -> None:
    reports = FakeReports("kept")
    answer = handle_dead_letters(event(REPORT), cast(Sweeper, None), reports=cast(WorkerReports, reports))
    assert answer == {"batchItemFailures": []}
    assert reports.buried == [REPORT]


FORGED = {"loose": {}, "pulse": "a", "cron_trigger": "t", "name": "std.noop", "execution": "another's", "event": "x"}


def test_a_worker_cannot_pass_a_report_off_as_a_message_of_the_service() -> None:
    reports = FakeReports("kept")
    handle_dead_letters(
        event({**FORGED, **REPORT}),
        cast(Sweeper, None),
        cast(LooseRunner, None),
        cast(CronFiring, None),
        cast(WorkerReports, reports),
        Workshop().pulses,
    )
    assert reports.buried == [{**FORGED, **REPORT}]


@pytest.mark.parametrize("given", [2, "x", None])
def test_a_format_that_no_report_has_does_not_come_again(given: object, caplog: pytest.LogCaptureFixture) -> None:
    assert handle_results(event({**FORGED, "format": given}), Workshop().reports) == {"batchItemFailures": []}
    assert "'format' of a report" in caplog.text


def test_a_timer_that_could_not_be_acted_on_is_set_anew() -> None:
    shop = Workshop()
    shop.say("claim")
    body = shop.world.queues.timers.pop().body
    handle_dead_letters(event(body), cast(Sweeper, None), pulses=shop.pulses)
    shop.pulse()
    shop.deliver()
    assert shop.world.state == "ERROR"
