"""Plays API Gateway and Lambda's event sources, one call at a time, so that two runs count the same.

A batch is what one receive brings, up to `batch` messages, as a poller of Lambda would hand it over; it is deleted in
one request after the function succeeded. The queues are visited in turn until all are empty.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Protocol

from bench.meter import Meter
from bench.usage import Usage
from local.clients import Clients
from local.context import LambdaContext
from local.gateway import Gateway, Reply, Request
from local.records import lambda_event
from local.resources import Resources
from local.runner import FEEDS, Feed

API = "api"
SOURCES = "sources"
"""The account of what event sources do: receive and delete."""


class Profiler(Protocol):
    """`cProfile.Profile`, or nothing."""

    def enable(self) -> None: ...

    def disable(self) -> None: ...


@dataclass
class Accounts:
    """What was used, by function, and by the event sources."""

    by_name: dict[str, Usage] = field(default_factory=dict)

    def of(self, name: str) -> Usage:
        return self.by_name.setdefault(name, Usage())

    @property
    def total(self) -> Usage:
        total = Usage()
        for usage in self.by_name.values():
            total.add(usage)
        return total


class BatchFailed(RuntimeError):
    """A handler did not succeed; what was counted means nothing then."""


class Lambdas:
    """Calls the functions of `app.py`. `profiler` is switched on around each call of a handler."""

    def __init__(
        self,
        app: ModuleType,
        clients: Clients,
        resources: Resources,
        meter: Meter,
        profiler: Profiler | None = None,
    ) -> None:
        self._app = app
        self._gateway = Gateway(app.app)
        self._sqs = clients.sqs
        self._resources = resources
        self._meter = meter
        self._profiler = profiler
        self.batch = 10
        self.accounts = Accounts()

    def call_api(self, request: Request) -> Reply:
        """One request to the REST API."""
        self.accounts.of(API).gateway += 1
        with self._invocation(API):
            return self._gateway.handle(request)

    def drain(self) -> None:
        """Handle messages until there are none."""
        while sum(self._poll(feed) for feed in FEEDS):
            pass

    def _poll(self, feed: Feed) -> int:
        url = self._resources.queue_urls[feed.queue]
        with self._meter.account(self.accounts.of(SOURCES)):
            messages = self._sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=self.batch, WaitTimeSeconds=0, MessageSystemAttributeNames=["All"]
            ).get("Messages", [])
        if not messages:
            return 0
        event = lambda_event(messages, self._resources.queue_arns[feed.queue])
        with self._invocation(feed.function):
            answer = getattr(self._app, feed.function)(event, LambdaContext(feed.function, feed.timeout_seconds))
        if answer and answer["batchItemFailures"]:
            raise BatchFailed(f"{feed.function} failed on {len(answer['batchItemFailures'])} messages")
        entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
        with self._meter.account(self.accounts.of(SOURCES)):
            self._sqs.delete_message_batch(QueueUrl=url, Entries=entries)  # type: ignore[arg-type]
        return len(messages)

    @contextmanager
    def _invocation(self, function: str) -> Iterator[None]:
        """Measure one call of a function; its calls to AWS go on its account."""
        usage = self.accounts.of(function)
        usage.invocations += 1
        with self._meter.account(usage):
            own, cpu, wall = self._meter.own_seconds, time.process_time(), time.perf_counter()
            if self._profiler is not None:
                self._profiler.enable()
            try:
                yield
            finally:
                if self._profiler is not None:
                    self._profiler.disable()
                own = self._meter.own_seconds - own
                usage.cpu_seconds += time.process_time() - cpu - own
                usage.wall_seconds += time.perf_counter() - wall - own
