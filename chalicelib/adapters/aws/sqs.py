"""The `Queues`, `Notices` and `WorkerQueues` ports over SQS.

Messages go out in requests of up to ten entries and a bounded number of bytes. Entries that SQS refuses for a
reason of its own are sent again; after a few rounds the rest is reported as `Unavailable`, and as every sender
keeps its promises in the database, the caller's redelivery sends them once more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.refusals import refusal
from chalicelib.core import jsontext
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import NotFound, Unavailable
from chalicelib.messaging import codec
from chalicelib.ports.messaging import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef as Entry

MAX_ENTRIES = 10
MAX_BYTES = 256 * 1024
ROUNDS = 4
PARALLEL = 8

CLOSED = frozenset({"QueueDoesNotExist", "NonExistentQueue", "AccessDenied", "AccessDeniedException"})
"""Codes, without what stands before the last point, of a queue that is not there or not for us."""


class SqsQueues:
    """Sends to the queues. Each is given by name or URL, which is resolved at first use."""

    def __init__(
        self,
        client: SQSClient,
        events: str,
        actions: str,
        timers: str,
        notifications: str,
        incoming: str = "",
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._names = (events, actions, timers, notifications, incoming)
        self._pause = pause
        self._targets: dict[str, str] = {}
        """Queues of workers: name to URL."""

    def send_events(self, messages: Sequence[Message]) -> None:
        """To the step handler, in order within a group; a `dedup` seen in the last 5 minutes is dropped."""
        self._send_in_order(self._events_url, messages)

    def send_actions(self, messages: Sequence[Message]) -> None:
        """To the executor, in any order."""
        self._send_side_by_side(self._actions_url, [_standard_entry(message) for message in messages])

    def send_timers(self, messages: Sequence[Message]) -> None:
        """To the timer handler, each after its own delay."""
        self._send_side_by_side(self._timers_url, [_standard_entry(message) for message in messages])

    def send_notices(self, messages: Sequence[Message]) -> None:
        """To whoever publishes notifications, in order within a group."""
        self._send_in_order(self._notifications_url, messages)

    def send_to(self, queue: str, orders: Sequence[JsonDict]) -> None:
        """To the workers that read `queue`. Raises `NotFound` if there is no such queue, or it may not be used."""
        try:
            if queue not in self._targets:
                self._targets[queue] = self._resolve(queue)
            self._send_side_by_side(self._targets[queue], [_worker_entry(order) for order in orders])
        except Unavailable as error:
            if _is_closed(error.__cause__):
                self._targets.pop(queue, None)
                raise NotFound(f"There is no queue {queue}") from error
            raise

    def send_incoming(self, messages: Sequence[Message]) -> None:
        """To whoever fires event triggers, each after its own delay."""
        self._send_side_by_side(self._incoming_url, [_standard_entry(message) for message in messages])

    @cached_property
    def _incoming_url(self) -> str:
        return self._resolve(self._names[4])

    @cached_property
    def _notifications_url(self) -> str:
        return self._resolve(self._names[3])

    @cached_property
    def _events_url(self) -> str:
        return self._resolve(self._names[0])

    @cached_property
    def _actions_url(self) -> str:
        return self._resolve(self._names[1])

    @cached_property
    def _timers_url(self) -> str:
        return self._resolve(self._names[2])

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(PARALLEL, thread_name_prefix="sqs")

    def _resolve(self, name: str) -> str:
        if name.startswith(("http://", "https://")):
            return name
        try:
            return self._client.get_queue_url(QueueName=name)["QueueUrl"]
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(f"Queue {name} cannot be found: {error}") from error

    def _send_in_order(self, url: str, messages: Sequence[Message]) -> None:
        for batch in batches([_fifo_entry(message) for message in messages]):
            self._send_batch(url, batch)

    def _send_side_by_side(self, url: str, entries: Sequence[Entry]) -> None:
        ready = list(batches(entries))
        if len(ready) > 1:
            list(self._threads.map(partial(self._send_batch, url), ready))
        elif ready:
            self._send_batch(url, ready[0])

    def _send_batch(self, url: str, entries: Sequence[Entry]) -> None:
        left = _numbered(entries)
        for turn in range(ROUNDS):
            if turn:
                self._pause(0.05 * 2**turn)
            refused = self._send_once(url, left)
            left = [entry for entry in left if entry["Id"] in refused]
            if not left:
                return
        codes = sorted(set(refused.values()))
        told = f"SQS refused {len(left)} of {len(entries)} messages: {codes}"
        raise refusal(told, *((code, None) for code in codes))

    def _send_once(self, url: str, entries: Sequence[Entry]) -> dict[str, str]:
        """One request; the ids of the entries that were not accepted, each with the reason."""
        try:
            answer = self._client.send_message_batch(QueueUrl=url, Entries=entries)
        except ClientError as error:
            found = error.response.get("Error", {})
            raise refusal(f"SQS did not accept messages: {error}", (found.get("Code"), found.get("Message"))) from error
        except BotoCoreError as error:
            raise Unavailable(f"SQS did not accept messages: {error}") from error
        return {failed["Id"]: failed["Code"] for failed in answer.get("Failed", [])}


def batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Cut `entries`, in order, into requests within the limits of entries and bytes."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        own = len(entry["MessageBody"].encode())
        if batch and (len(batch) == MAX_ENTRIES or size + own > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += own
    if batch:
        yield batch


def _is_closed(error: BaseException | None) -> bool:
    code = str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""
    return code.rpartition(".")[2] in CLOSED


def _numbered(entries: Sequence[Entry]) -> list[Entry]:
    return [{**entry, "Id": str(number)} for number, entry in enumerate(entries)]


def _fifo_entry(message: Message) -> Entry:
    return {
        "Id": "",
        "MessageBody": codec.encode(message.body),
        "MessageGroupId": message.group,
        "MessageDeduplicationId": message.dedup,
    }


def _standard_entry(message: Message) -> Entry:
    return {"Id": "", "MessageBody": codec.encode(message.body), "DelaySeconds": message.delay}


def _worker_entry(order: JsonDict) -> Entry:
    """Orders for workers are a documented format of their own, not one of our messages."""
    return {"Id": "", "MessageBody": jsontext.dumps(order), "DelaySeconds": 0}
