"""Around every call of a function: the log knows who is at work, and what was counted is written at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.bootstrap import container
from chalicelib.entry import json_logging
from chalicelib.ports.observability import Metric, Metrics

API = "api"
DELAYED = frozenset({"timers"})
"""Functions whose messages are meant to wait."""


def middleware(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Observe one call, be it a request, a batch of messages or a tick."""
    is_request = hasattr(event, "lambda_context")
    context = event.lambda_context if is_request else event.context
    services = container.services()
    function = API if is_request else named(str(context.function_name), services.settings.watching.stack)
    metrics = services.ports.metrics
    token = json_logging.current.set(json_logging.Call(function, str(getattr(context, "aws_request_id", "-"))))
    try:
        if not is_request:
            arrived(metrics, function, event.to_dict(), time.time())
        answer = get_response(event)
        if isinstance(answer, Mapping):
            _count(metrics, Metric.FAILED_MESSAGES, len(answer.get("batchItemFailures", ())))
        return answer
    finally:
        _note_cold_start(metrics)
        metrics.flush(function)
        json_logging.current.reset(token)


def named(function_name: str, stack: str) -> str:
    """What `app.py` calls the function that a stack calls `<stack>-dead-letters`, say."""
    return function_name.removeprefix(f"{stack}-").replace("-", "_")


def arrived(metrics: Metrics, function: str, event: Mapping[str, Any], now: float) -> None:
    """Count the messages of an event, and how long they were on their way."""
    found = [record.get("attributes", {}) for record in event.get("Records", ())]
    _count(metrics, Metric.REDELIVERIES, sum(int(one.get("ApproximateReceiveCount", 1)) > 1 for one in found))
    if function == "dead_letters":
        _count(metrics, Metric.DEAD_LETTERS, len(found))
    if function not in DELAYED:
        for one in found:
            if "SentTimestamp" in one:
                metrics.add(Metric.QUEUE_AGE, max(0.0, now * 1000 - int(one["SentTimestamp"])))


def _count(metrics: Metrics, metric: Metric, number: int) -> None:
    if number:
        metrics.add(metric, number)


def _note_cold_start(metrics: Metrics) -> None:
    if not _warm:
        _warm.append(True)
        metrics.add(Metric.COLD_STARTS)


_warm: list[bool] = []
"""Holds something once this process has answered a call."""
