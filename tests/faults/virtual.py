"""Time that passes only when told to, and a timers queue that lives by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.adapters.aws.sqs import SqsQueues
from chalicelib.messaging import codec
from chalicelib.ports.messaging import Message
from chalicelib.settings.service import Settings

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


@dataclass
class VirtualClock:
    """Time that passes only when told to."""

    moment: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, span: timedelta) -> None:
        self.moment += span


class VirtualQueues(SqsQueues):
    """Real queues, but what is to be delayed is sent at once with a note of when it is due."""

    def __init__(self, sqs: SQSClient, settings: Settings, clock: VirtualClock) -> None:
        names = (settings.events_queue, settings.actions_queue, settings.timers_queue, settings.notifications_queue)
        super().__init__(sqs, *names, settings.incoming_queue, pause=lambda _: None)
        self._clock = clock
        self._due: dict[str, datetime] = {}

    def send_timers(self, messages: Sequence[Message]) -> None:
        """To the timer handler, at once."""
        for message in messages:
            self._due[codec.encode(message.body)] = self._clock.now() + timedelta(seconds=message.delay)
        super().send_timers([replace(message, delay=0) for message in messages])

    def due(self, body: str) -> datetime:
        """When the message with this body is due."""
        return self._due[body]
