"""Counts what calls to AWS cost, whichever client makes them: request units, requests, and writes that were refused.

DynamoDB is asked to say what each request consumed; that is free. Seen are all clients of sessions made from then on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import botocore

from chalicelib.ports_metrics import Metric, Metrics

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
