"""Counts every AWS call of this process, whichever client makes it.

The meter is told of each botocore session as it is made, and so of every client: boto3's and PynamoDB's alike. It sees
a call's parameters before they are serialized and its parsed answer, and books both on the current account.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Protocol

from bench.capacity import Ledger, Units
from bench.prices import OTHER_WAITING, WAITING
from bench.usage import Usage

SQS_CHUNK = 64 * 1024
"""A request is billed once for every 64 KB of its payload."""

S3_GETS = frozenset({"GetObject", "HeadObject"})
S3_FREE = frozenset({"DeleteObject", "DeleteObjects"})
REQUEST = "meltemi_bench_request"

Fields = Mapping[str, Any]


class Events(Protocol):
    """Where handlers can be registered: a botocore session, or the events of one client."""

    def register(self, event_name: str, handler: Any) -> Any: ...


class Meter:
    """Books calls on the account that is open; calls outside of any account change the ledger only."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._accounts: list[Usage] = []
        self._lock = threading.RLock()
        self._own_seconds = 0.0

    @property
    def own_seconds(self) -> float:
        """Processor time that the meter itself used so far."""
        return self._own_seconds

    def watch(self, events: Events) -> None:
        """See every call of the clients made from a session, or of one client."""
        events.register("before-parameter-build", self._before)
        events.register("after-call", self._after)

    @contextmanager
    def account(self, usage: Usage) -> Iterator[None]:
        """While inside, calls are booked on `usage`, by whatever thread they are made."""
        with self._lock:
            self._accounts.append(usage)
        try:
            yield
        finally:
            with self._lock:
                self._accounts.pop()

    def book(self, service: str, operation: str, request: Fields, response: Fields) -> None:
        """Book one call. Raises `Unmetered` if its price is not known."""
        with self._lock:
            usage = self._accounts[-1] if self._accounts else Usage()
            name = f"{service}.{operation}"
            usage.requests[name] += 1
            usage.waiting_seconds += WAITING.get(name, OTHER_WAITING)
            if service == "dynamodb":
                self._book_dynamodb(usage, operation, request, response)
            elif service == "sqs":
                _book_sqs(usage, operation, request, response)
            elif service == "s3":
                _book_s3(usage, operation, request, response)

    def _book_dynamodb(self, usage: Usage, operation: str, request: Fields, response: Fields) -> None:
        units: Units = self._ledger.price(operation, request, response)
        usage.write_units += units.write
        usage.index_units += units.indexes
        usage.read_units += units.read
        if units.write:
            usage.refused_writes += "Error" in response
            usage.written_rows += _rows(request)
        usage.bytes_out += _volume(request)
        usage.bytes_in += _volume({name: response.get(name) for name in ("Item", "Items", "Responses")})

    def _before(self, params: Fields, context: dict[str, Any], **_: Any) -> None:
        context[REQUEST] = params

    def _after(self, parsed: Fields, model: Any, context: dict[str, Any], **_: Any) -> None:
        began = time.thread_time()
        self.book(model.service_model.service_name, model.name, context.get(REQUEST, {}), parsed)
        with self._lock:
            self._own_seconds += time.thread_time() - began


def _book_sqs(usage: Usage, operation: str, request: Fields, response: Fields) -> None:
    sent = _bodies(request.get("Entries", ()), "MessageBody") + len(request.get("MessageBody", "").encode())
    received = _bodies(response.get("Messages", ()), "Body")
    usage.bytes_out += sent
    usage.bytes_in += received
    if operation == "ReceiveMessage" and not response.get("Messages"):
        usage.sqs_empty += 1
        return
    billed = max(1, -(-(sent + received) // SQS_CHUNK))
    queue = request.get("QueueUrl") or request.get("QueueName") or ""
    if queue.endswith(".fifo"):
        usage.sqs_fifo += billed
    else:
        usage.sqs_standard += billed


def _book_s3(usage: Usage, operation: str, request: Fields, response: Fields) -> None:
    if operation in S3_GETS:
        usage.s3_gets += 1
        usage.bytes_in += int(response.get("ContentLength", 0))
    elif operation not in S3_FREE:
        usage.s3_puts += 1
        body = request.get("Body", b"")  # boto3 wraps bytes in a file
        usage.bytes_out += len(body.getbuffer() if isinstance(body, BytesIO) else body)


def _bodies(messages: Any, name: str) -> int:
    return sum(len(message.get(name, "").encode()) for message in messages)


def _rows(request: Fields) -> int:
    if "RequestItems" in request:
        return sum(len(parts) for parts in request["RequestItems"].values())
    return len(request.get("TransactItems", (None,)))


def _volume(content: Any) -> int:
    """Bytes of all texts and binaries in some JSON-like content, names left out: near enough to what is sent."""
    match content:
        case str():
            return len(content.encode())
        case bytes():
            return len(content)
        case Mapping():
            return sum(_volume(member) for member in content.values())
        case list() | tuple():
            return sum(_volume(member) for member in content)
    return 0
