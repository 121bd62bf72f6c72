"""Function `timers`: forwards delayed events, fires cron triggers, checks heartbeats."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, TypeVar

from chalicelib.entry.functions.sqs_batch import (
    Record,
    handle_side_by_side,
    unexpected,
)
from chalicelib.messaging.bodies import (
    CheckClaim,
    CheckDeadline,
    CheckHeartbeat,
    DelayEnded,
    FireCronTrigger,
    TaskTimedOut,
)
from chalicelib.ports.messaging import Message, Queues
from chalicelib.ports.observability import UNHEARD, Metrics
from chalicelib.service.outgoing import messages
from chalicelib.service.triggers.cron.firing import CronFiring
from chalicelib.service.workers.heartbeats import Pulses

T = TypeVar("T")


log = logging.getLogger(__name__)


def handle_timers(
    event: Mapping[str, Any], queues: Queues, cron: CronFiring, pulses: Pulses, metrics: Metrics = UNHEARD
) -> dict[str, Any]:
    """Forward events whose time has come to the step handler, whose queue drops repeated ones, fire cron triggers, and
    look after workers, side by side: thousands may be due at once."""

    def deliver(record: Record) -> None:
        match record.read():
            case FireCronTrigger() as due:
                cron.fire(due)
            case CheckHeartbeat() | CheckClaim() | CheckDeadline() as timer:
                pulses.look(timer)
            case DelayEnded() | TaskTimedOut() as ended:
                group = messages.group_of(ended.execution)
                queues.send_events([Message(group, f"timer-{record.id}", ended)])
            case other:
                raise unexpected(other)

    return handle_side_by_side(event, deliver, metrics)
