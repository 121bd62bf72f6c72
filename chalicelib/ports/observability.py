"""Ports of observability: metrics and traces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Metric(StrEnum):
    """A number that operators can see and be warned of; the name is that in CloudWatch."""

    EXECUTIONS_STARTED = "ExecutionsStarted"
    EXECUTIONS_SUCCEEDED = "ExecutionsSucceeded"
    EXECUTIONS_FAILED = "ExecutionsFailed"
    EXECUTIONS_CANCELLED = "ExecutionsCancelled"
    EXECUTIONS_PAUSED = "ExecutionsPaused"
    EXECUTION_LATENCY = "ExecutionLatency"
    TASKS = "Tasks"
    TASKS_FAILED = "TasksFailed"
    TASK_RETRIES = "TaskRetries"
    TASK_LATENCY = "TaskLatency"
    STUCK_EXECUTIONS = "StuckExecutions"
    DEAD_LETTERS = "DeadLetters"
    QUEUE_AGE = "QueueAge"
    REDELIVERIES = "Redeliveries"
    FAILED_MESSAGES = "FailedMessages"
    UNREADABLE_MESSAGES = "UnreadableMessages"
    COLD_STARTS = "ColdStarts"
    READ_UNITS = "ReadUnits"
    WRITE_UNITS = "WriteUnits"
    REFUSED_WRITES = "RefusedWrites"
    THROTTLED_CALLS = "ThrottledCalls"
    QUEUE_REQUESTS = "QueueRequests"
    BLOB_REQUESTS = "BlobRequests"


MILLISECONDS = "Milliseconds"


UNITS: Mapping[Metric, str] = dict.fromkeys(
    (Metric.EXECUTION_LATENCY, Metric.TASK_LATENCY, Metric.QUEUE_AGE), MILLISECONDS
)
"""Metrics that are measured one by one, with their unit; all others are counts, and are added up."""


class Metrics(Protocol):
    """Takes note of what happens. Never fails, never waits."""

    def add(self, metric: Metric, value: float = 1) -> None:
        """Count `value` more, or note one measurement."""
        ...

    def flush(self, function: str) -> None:
        """A call of a function is over: write what was noted during it."""
        ...


class Unheard:
    """For those who need not be heard: tests, tools."""

    def add(self, metric: Metric, value: float = 1) -> None:
        """Forget it."""

    def flush(self, function: str) -> None:
        """There is nothing to write."""


UNHEARD = Unheard()


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of work within a trace. Ids are those of W3C trace contexts: 32 and 16 hexadecimal digits."""

    name: str
    trace_id: str
    id: str
    parent_id: str | None
    began: datetime
    ended: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
    """By what it is found: ids, never payloads."""
    failed: bool = False


class Traces(Protocol):
    """Takes spans. Never fails, never waits."""

    def record(self, span: Span) -> None:
        """A span that is over; one with an id that was recorded before takes its place."""
        ...


class Unseen:
    """For those who are not traced."""

    def record(self, span: Span) -> None:
        """Forget it."""


UNSEEN = Unseen()
