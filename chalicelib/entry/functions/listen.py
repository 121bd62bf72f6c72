"""Function `listen`: starts the executions of event triggers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, TypeVar

from chalicelib.entry.functions.sqs_batch import (
    Foreign,
    Record,
    handle_side_by_side,
    unexpected,
)
from chalicelib.messaging.bodies import (
    BusEvent,
)
from chalicelib.messaging.codec import BadMessage
from chalicelib.service.triggers.events.firing import EventFiring

T = TypeVar("T")


log = logging.getLogger(__name__)


def handle_incoming(event: Mapping[str, Any], firing: EventFiring) -> dict[str, Any]:
    """Start what waits for events, side by side. Events that cannot be read are dropped: a rule of the bus has put them
    into the queue, and not this service."""

    def hear(record: Record) -> None:
        try:
            body = record.read()
            if not isinstance(body, BusEvent):
                raise unexpected(body)
            firing.hear(body)
        except BadMessage as error:
            raise Foreign(error.message) from None

    return handle_side_by_side(event, hear)
