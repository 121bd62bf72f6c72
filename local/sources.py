"""SQS event sources in small: threads that long-poll a queue and call a Lambda handler with what arrives.

Each source has several pollers. A FIFO queue hands a group to one poller at a time, so groups run in order and side
by side, as behind Lambda. Messages the handler succeeded on are deleted; failed ones come back after a short pause
that grows with each try.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.context import LambdaContext
from local.leases import LEASE_SECONDS, Leases, set_visibility
from local.records import Record, failed_positions, lambda_event, overtaking_positions

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef as SqsMessage

BATCH = 10
WAIT_SECONDS = 3
LONGEST_PAUSE = 30

log = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any], LambdaContext], object]


@dataclass(frozen=True, slots=True)
class Source:
    """One queue with the function it feeds."""

    function: str
    handler: Handler
    queue_url: str
    queue_arn: str
    timeout_seconds: int
    pollers: int


class Poller:
    """Reads one source until told to stop. `run` is a thread's body; `poll` is one turn of it."""

    def __init__(self, source: Source, sqs: SQSClient, leases: Leases, stop: threading.Event) -> None:
        self._source = source
        self._sqs = sqs
        self._leases = leases
        self._stop = stop

    def run(self) -> None:
        """Poll until stopped; an endpoint that does not answer is asked again every second."""
        while not self._stop.is_set():
            try:
                self.poll(WAIT_SECONDS)
            except (ClientError, BotoCoreError) as error:
                if not self._stop.wait(1):
                    log.warning("%s cannot read its queue: %s", self._source.function, error)

    def poll(self, wait_seconds: int) -> int:
        """Wait for messages, have them handled, and settle them; how many there were."""
        answer = self._sqs.receive_message(
            QueueUrl=self._source.queue_url,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=wait_seconds,
            VisibilityTimeout=LEASE_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if messages and self._stop.is_set():
            self._give_back(messages)
        elif messages:
            with self._leases.held(self._source.queue_url, [message["ReceiptHandle"] for message in messages]):
                self._settle(self._invoke(messages))
        return len(messages)

    def _give_back(self, messages: Sequence[SqsMessage]) -> None:
        receipts = [message["ReceiptHandle"] for message in messages]
        set_visibility(self._sqs, self._source.queue_url, receipts, [0] * len(receipts))

    def _invoke(self, messages: Sequence[SqsMessage]) -> tuple[list[Record], set[int]]:
        """The batch's records, and the positions of those that failed."""
        event = lambda_event(messages, self._source.queue_arn)
        records = event["Records"]
        try:
            answer = self._source.handler(event, LambdaContext(self._source.function, self._source.timeout_seconds))
        except Exception:
            log.exception("%s failed on a batch of %d", self._source.function, len(records))
            return records, set(range(len(records)))
        failed = failed_positions(answer, records)
        overtaking = overtaking_positions(failed, records)
        if overtaking:
            # Lambda would delete these, and the failed one would come after them: an error in the function.
            log.error("%s failed on a message but not on later ones of its group", self._source.function)
        return records, failed | overtaking

    def _settle(self, outcome: tuple[list[Record], set[int]]) -> None:
        records, failed = outcome
        done = [record for position, record in enumerate(records) if position not in failed]
        if done:
            self._sqs.delete_message_batch(
                QueueUrl=self._source.queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": record["receiptHandle"]} for number, record in enumerate(done)
                ],
            )
        again = [records[position] for position in sorted(failed)]
        receipts = [record["receiptHandle"] for record in again]
        set_visibility(self._sqs, self._source.queue_url, receipts, [_pause(record) for record in again])


def _pause(record: Record) -> int:
    """Seconds until the next try: 0, 1, 3, 7 …"""
    tries = int(record["attributes"]["ApproximateReceiveCount"])
    return int(min(2 ** (tries - 1) - 1, LONGEST_PAUSE))
