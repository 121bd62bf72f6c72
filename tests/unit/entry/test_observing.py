"""What is counted around the call of a function."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from chalicelib.entry.observing import arrived
from chalicelib.ports_metrics import Metric

SECOND = 1.0


class Noted:
    """Metrics that can be looked at."""

    def __init__(self) -> None:
        self.counts: Counter[Metric] = Counter()
        self.ages: list[float] = []

    def add(self, metric: Metric, value: float = 1) -> None:
        if metric is Metric.QUEUE_AGE:
            self.ages.append(value)
        else:
            self.counts[metric] += int(value)

    def flush(self, function: str) -> None:
        """Nobody asks for it."""


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
