"""Metrics as CloudWatch reads them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters.observability.cloudwatch_emf import MOST_VALUES, EmbeddedMetrics
from chalicelib.ports.observability import Metric

NOW = datetime(2026, 11, 27, tzinfo=UTC)
PAGE = Path(__file__).parents[4] / "docs" / "reference" / "metrics.md"


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def metrics(lines: list[str]) -> EmbeddedMetrics:
    return EmbeddedMetrics("demo", StoppedClock(), lines.append)


def only(lines: list[str]) -> dict[str, Any]:
    (line,) = lines
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_line_is_what_cloudwatch_expects(metrics: EmbeddedMetrics, lines: list[str]) -> None:
    metrics.add(Metric.TASKS)
    metrics.add(Metric.TASKS, 2)
    metrics.add(Metric.WRITE_UNITS, 1.5)
    metrics.add(Metric.TASK_LATENCY, 12.4)
    metrics.add(Metric.TASK_LATENCY, 7)
    metrics.flush("step")
    assert "\n" not in lines[0]
    assert only(lines) == {
        "_aws": {
            "Timestamp": NOW.timestamp() * 1000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Meltemi",
                    "Dimensions": [["Stack"]],
                    "Metrics": [
                        {"Name": "Tasks", "Unit": "Count"},
                        {"Name": "WriteUnits", "Unit": "Count"},
                        {"Name": "TaskLatency", "Unit": "Milliseconds"},
                    ],
                }
            ],
        },
        "Stack": "demo",
        "function": "step",
        "Tasks": 3,
        "WriteUnits": 1.5,
        "TaskLatency": [12, 7],
    }


def test_nothing_counted_is_nothing_written_and_each_call_begins_anew(
    metrics: EmbeddedMetrics, lines: list[str]
) -> None:
    metrics.flush("step")
    assert lines == []
    metrics.add(Metric.TASKS)
    metrics.flush("step")
    metrics.flush("step")
    assert len(lines) == 1


def test_a_line_is_bounded(metrics: EmbeddedMetrics, lines: list[str]) -> None:
    for metric in Metric:
        for _ in range(10_000):
            metrics.add(metric, 1e9)
    metrics.flush("step")
    assert len(only(lines)["TaskLatency"]) == MOST_VALUES
    assert len(lines[0]) < 8_000


def test_threads_lose_no_count(metrics: EmbeddedMetrics, lines: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(metrics.add, [Metric.TASKS] * 8_000))
    metrics.flush("step")
    assert only(lines)["Tasks"] == 8_000


def test_the_page_lists_the_metrics_and_no_others() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `") and line.count("|") == 5]
    listed = [name for row in rows for name in row.split("|")[1].replace("`", "").replace(" ", "").split(",")]
    assert sorted(listed) == sorted(Metric)
