"""Keeps the messages that are being worked on invisible for others, a short time at once.

The queues' own visibility timeouts are made for Lambda's function timeouts: minutes. Read with a short timeout that
is extended for as long as the work goes on, a message is free again seconds after its process was killed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

LEASE_SECONDS = 8
RENEW_SECONDS = 2.5

log = logging.getLogger(__name__)


class Leases:
    """All batches in work in this process. `run` is the body of the thread that renews them."""

    def __init__(self, sqs: SQSClient) -> None:
        self._sqs = sqs
        self._lock = threading.Lock()
        self._held: dict[int, tuple[str, Sequence[str]]] = {}
        self._idle = threading.Condition(self._lock)

    @contextmanager
    def held(self, queue_url: str, receipts: Sequence[str]) -> Iterator[None]:
        """While inside, the messages of `receipts` stay invisible."""
        key = threading.get_ident()
        with self._lock:
            self._held[key] = (queue_url, receipts)
        try:
            yield
        finally:
            with self._lock:
                del self._held[key]
                self._idle.notify_all()

    def wait_idle(self, timeout: float) -> bool:
        """Wait until nothing is in work; False if that takes longer than `timeout`."""
        with self._lock:
            return self._idle.wait_for(lambda: not self._held, timeout)

    def run(self, stop: threading.Event) -> None:
        """Renew everything held, again and again until `stop` is set."""
        while not stop.wait(RENEW_SECONDS):
            self.renew()

    def renew(self) -> None:
        """Renew everything held, once."""
        with self._lock:
            batches = list(self._held.values())
        for queue_url, receipts in batches:
            set_visibility(self._sqs, queue_url, receipts, [LEASE_SECONDS] * len(receipts))


def set_visibility(sqs: SQSClient, queue_url: str, receipts: Sequence[str], seconds: Sequence[int]) -> None:
    """Hide each message for its own number of seconds from now. Only logs a failure: the messages come back anyway."""
    if not receipts:
        return
    try:
        sqs.change_message_visibility_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": timeout}
                for number, (receipt, timeout) in enumerate(zip(receipts, seconds, strict=True))
            ],
        )
    except (ClientError, BotoCoreError) as error:
        log.warning("visibility on %s: %s", queue_url, error)
