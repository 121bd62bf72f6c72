"""CloudWatch metrics in the embedded metric format, and counters of AWS usage.

Our own writer rather than a library's: threads of one call count side by side, what is written is bounded, and a bundle
is 8 MB smaller than with Powertools.

DynamoDB is asked to say what each request consumed; that is free. Seen are all clients of sessions made from then on.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import botocore

from chalicelib.core import jsontext
from chalicelib.ports.clock import Clock
from chalicelib.ports.observability import UNITS, Metric, Metrics

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


READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})


WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "ThrottlingException",
        "ThrottlingError",
    }
)


Fields = Mapping[str, Any]


class Events(Protocol):
    """Where handlers can be registered: a botocore session, or the events of one client."""

    def register(self, event_name: str, handler: Any) -> Any:
        """Have `handler` called at each event of that name."""
        ...


class Consumption:
    """Tells `metrics` of every call."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def watch_all(self) -> None:
        """See the calls of all sessions that this process makes from now on."""
        botocore.register_initializer(self.watch)

    def watch(self, events: Events) -> None:
        """See the calls of one session, or of one client."""
        events.register("before-parameter-build.dynamodb", _ask)
        events.register("after-call", self._book)

    def _book(self, parsed: Fields, model: Any, **_: Any) -> None:
        service, operation = str(model.service_model.service_name), str(model.name)
        if _code(parsed) in THROTTLED:
            self._metrics.add(Metric.THROTTLED_CALLS)
        if service == "dynamodb":
            self._book_units(operation, parsed)
        elif service == "sqs":
            self._metrics.add(Metric.QUEUE_REQUESTS)
        elif service == "s3":
            self._metrics.add(Metric.BLOB_REQUESTS)

    def _book_units(self, operation: str, parsed: Fields) -> None:
        units = sum(_units(parsed))
        if units and operation in READS | WRITES:
            self._metrics.add(Metric.READ_UNITS if operation in READS else Metric.WRITE_UNITS, units)
        if any(code == "ConditionalCheckFailed" for code in _refusals(parsed)):
            self._metrics.add(Metric.REFUSED_WRITES)


def _ask(params: dict[str, Any], model: Any, **_: Any) -> None:
    if model.name in READS | WRITES:
        params.setdefault("ReturnConsumedCapacity", "TOTAL")


def _units(parsed: Fields) -> Iterator[float]:
    consumed = parsed.get("ConsumedCapacity") or ()
    for one in consumed if isinstance(consumed, list) else (consumed,):
        yield float(one.get("CapacityUnits", 0)) if one else 0.0


def _code(parsed: Fields) -> str:
    return str(parsed.get("Error", {}).get("Code", ""))


def _refusals(parsed: Fields) -> Iterator[str]:
    """Why rows of a write were refused."""
    yield _code(parsed).removesuffix("Exception")
    for reason in parsed.get("CancellationReasons", ()):
        yield str(reason.get("Code"))
