"""Nothing fails or waits without somebody hearing of it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from chalicelib.ports.observability import Metric
from infra.template import merged

RESOURCES: dict[str, dict[str, Any]] = merged()["Resources"]
ALARMS = {name: found for name, found in RESOURCES.items() if found.get("Type") == "AWS::CloudWatch::Alarm"}
QUEUES = [name for name, found in RESOURCES.items() if found.get("Type") == "AWS::SQS::Queue"]
FUNCTIONS = [name for name, found in RESOURCES.items() if "FunctionName" in found.get("Properties", {})]


def watched(metric: str) -> list[Any]:
    """The values of the dimensions of all alarms of a metric."""
    measured = [found["Properties"] for found in ALARMS.values()]
    return [item["Value"] for found in measured if found["MetricName"] == metric for item in found["Dimensions"]]


@pytest.mark.parametrize("queue", [name for name in QUEUES if name.endswith("DeadQueue")])
def test_dead_letters_ring(queue: str) -> None:
    name = {"Fn::GetAtt": [queue, "QueueName"]}
    assert name in watched("NumberOfMessagesReceived") + watched("ApproximateNumberOfMessagesVisible")


@pytest.mark.parametrize("queue", [name for name in QUEUES if not name.endswith("DeadQueue")])
def test_messages_that_wait_too_long_ring(queue: str) -> None:
    assert {"Fn::GetAtt": [queue, "QueueName"]} in watched("ApproximateAgeOfOldestMessage")


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_functions_that_fail_or_are_throttled_ring(metric: str, function: str) -> None:
    assert {"Ref": function} in watched(metric)


@pytest.mark.parametrize("metric", [Metric.STUCK_EXECUTIONS, Metric.UNREADABLE_MESSAGES])
def test_what_should_never_happen_rings(metric: Metric) -> None:
    assert watched(metric) == [{"Ref": "Prefix"}]


def test_a_missing_tick_and_errors_of_the_api_ring() -> None:
    assert watched("Invocations") == [{"Ref": "Tick"}]
    assert watched("5XXError") == [{"Ref": "Prefix"}, "api"]


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_tells_the_topic_when_it_begins_and_ends_and_says_what_it_means(alarm: str) -> None:
    properties = ALARMS[alarm]["Properties"]
    assert ALARMS[alarm]["Condition"] == "AlarmsAreWanted"
    assert properties["AlarmActions"] == properties["OKActions"] == [{"Ref": "AlarmTopic"}]
    assert properties["AlarmDescription"].endswith(".")
    assert properties["AlarmName"]["Fn::Sub"].startswith("${Prefix}-")


def test_the_dashboard_is_json_and_shows_what_there_is() -> None:
    text = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert len(json.loads(text)["widgets"]) == 8
    named = set(re.findall(r"\$\{(\w+)", text)) - {"AWS", "Prefix"}
    assert named <= set(QUEUES) | set(FUNCTIONS)
