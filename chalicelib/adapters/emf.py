"""Metrics as lines in CloudWatch's embedded metric format: one line a call of a function, nothing to wait for.

Our own writer rather than a library's: threads of one call count side by side, what is written is bounded, and a bundle
is 8 MB smaller than with Powertools.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from chalicelib.core import jsontext
from chalicelib.ports import Clock
from chalicelib.ports_metrics import UNITS, Metric

NAMESPACE = "Meltemi"
MOST_VALUES = 100
"""Measurements of a metric that one line may hold, by the rules of the format; further ones are left out."""


class EmbeddedMetrics:
    """Gathers what a call of a function counts, until it is flushed. Safe for threads."""

    def __init__(self, stack: str, clock: Clock, write: Callable[[str], None]) -> None:
        self._stack = stack
        self._clock = clock
        self._write = write
        self._lock = threading.Lock()
        self._counts: Counter[Metric] = Counter()
        self._measured: dict[Metric, list[float]] = {}

    def add(self, metric: Metric, value: float = 1) -> None:
        """Count `value` more, or note one measurement."""
        with self._lock:
            if metric not in UNITS:
                self._counts[metric] += value  # type: ignore[assignment]
            elif len(values := self._measured.setdefault(metric, [])) < MOST_VALUES:
                values.append(value)

    def flush(self, function: str) -> None:
        """Write what was gathered since the last time, if anything was."""
        with self._lock:
            found: dict[Metric, Any] = {**self._counts, **self._measured}
            self._counts, self._measured = Counter(), {}
        if found:
            self._write(jsontext.dumps(self._line(function, found)))

    def _line(self, function: str, found: dict[Metric, Any]) -> dict[str, Any]:
        names = [{"Name": str(metric), "Unit": UNITS.get(metric, "Count")} for metric in found]
        described = {"Namespace": NAMESPACE, "Dimensions": [["Stack"]], "Metrics": names}
        now = int(self._clock.now().timestamp() * 1000)
        plain = {str(metric): _plain(value) for metric, value in found.items()}
        return {
            "_aws": {"Timestamp": now, "CloudWatchMetrics": [described]},
            "Stack": self._stack,
            "function": function,
        } | plain


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [round(one) for one in value]
    return int(value) if value == int(value) else round(value, 1)
