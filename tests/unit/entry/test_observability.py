"""What is counted around the call of a function."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chalicelib.bootstrap import container
from chalicelib.entry import json_logging
from chalicelib.entry.observability import arrived, middleware, named
from chalicelib.ports.observability import Metric
from chalicelib.settings.service import Settings
from infra import template

SECOND = 1.0


class Noted:
    """Metrics that can be looked at."""

    def __init__(self) -> None:
        self.counts: Counter[Metric] = Counter()
        self.ages: list[float] = []
        self.flushed: list[str] = []

    def add(self, metric: Metric, value: float = 1) -> None:
        if metric is Metric.QUEUE_AGE:
            self.ages.append(value)
        else:
            self.counts[metric] += int(value)

    def flush(self, function: str) -> None:
        self.flushed.append(function)


@pytest.fixture
def noted() -> Noted:
    """The metrics of the services of this process."""
    metrics = Noted()
    known = SimpleNamespace(
        ports=SimpleNamespace(metrics=metrics), settings=Settings.from_env({"STACK_PREFIX": "meltemi-prod"})
    )
    container.use(cast(container.Services, known))
    return metrics


class Batch:
    """An event as Chalice hands it on."""

    context = SimpleNamespace(function_name="meltemi-prod-step", aws_request_id="r1")

    def to_dict(self) -> dict[str, Any]:
        return {"Records": [record(0)]}


def record(sent_ms: int, deliveries: int = 1) -> dict[str, Any]:
    return {"attributes": {"SentTimestamp": str(sent_ms), "ApproximateReceiveCount": str(deliveries)}}


@pytest.mark.parametrize(
    ("function", "records", "ages", "counts"),
    [
        ("step", [record(0), record(400, 2)], [1000, 600], {Metric.REDELIVERIES: 1}),
        ("execute", [record(1500)], [0], {}),  # two clocks
        ("timers", [record(0)], [], {}),  # which are meant to wait
        ("dead_letters", [record(0), record(0)], [1000, 1000], {Metric.DEAD_LETTERS: 2}),
        ("tick", [], [], {}),
    ],
)
def test_messages_that_arrive(
    function: str, records: list[dict[str, Any]], ages: list[float], counts: dict[Metric, int]
) -> None:
    noted = Noted()
    arrived(noted, function, {"Records": records} if records else {"source": "aws.events"}, SECOND)
    assert noted.ages == ages
    assert noted.counts == counts


def test_a_call_is_flushed_once_and_the_log_knows_it_meanwhile(noted: Noted) -> None:
    seen: list[json_logging.Call | None] = []

    def handle(event: Any) -> dict[str, Any]:
        seen.append(json_logging.current.get())
        return {"batchItemFailures": [{"itemIdentifier": "m"}]}

    assert middleware(Batch(), handle) == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    assert seen == [json_logging.Call("step", "r1")]
    assert json_logging.current.get() is None
    assert noted.flushed == ["step"]
    assert noted.counts[Metric.FAILED_MESSAGES] == 1
    assert len(noted.ages) == 1


def test_a_request_is_one_of_the_api(noted: Noted) -> None:
    request = SimpleNamespace(lambda_context=SimpleNamespace(function_name="meltemi-prod", aws_request_id="r2"))
    assert middleware(request, lambda event: "reply") == "reply"
    assert noted.flushed == ["api"]


def test_a_call_that_fails_is_flushed_as_well(noted: Noted) -> None:
    def fail(event: Any) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        middleware(Batch(), fail)
    assert noted.flushed == ["step"]
    assert json_logging.current.get() is None


def test_functions_of_a_stack_are_known_by_their_names_in_app_py() -> None:
    """Their names in the template, less the prefix, are what the metrics and the log say."""
    described = template.merged()["Resources"].values()
    given = [one["Properties"]["FunctionName"] for one in described if "FunctionName" in one.get("Properties", {})]
    names = {named(str(name["Fn::Sub"]).replace("${Prefix}", "a-stack"), "a-stack") for name in given}
    assert {"step", "dead_letters"} <= names
    assert not any("-" in name or name.startswith("a_stack") for name in names)
    assert named("dead_letters", "meltemi") == "dead_letters"  # of a local run
