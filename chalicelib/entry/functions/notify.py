"""Function `notify`: publishes notifications of executions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from chalicelib.entry.functions.sqs_batch import (
    Record,
    handle_in_order,
    records,
    unexpected,
)
from chalicelib.errors import NewerFormat, Unavailable
from chalicelib.messaging.bodies import (
    Notification,
)
from chalicelib.messaging.codec import BadMessage
from chalicelib.ports.messaging import Notice
from chalicelib.ports.observability import UNHEARD, Metrics
from chalicelib.service.notifications import Notifier

T = TypeVar("T")


log = logging.getLogger(__name__)


def handle_notifications(
    event: Mapping[str, Any], notifier: Notifier, seconds_left: Callable[[], float], metrics: Metrics = UNHEARD
) -> dict[str, Any]:
    """Publish what executions have to tell, in the order of each; one execution waits for no other."""
    groups: dict[str, list[Record]] = {}
    for record in records(event):
        groups.setdefault(record.group, []).append(record)
    with ThreadPoolExecutor(max(len(groups), 1)) as pool:
        over = {
            group: pool.submit(copy_context().run, _publish, notifier, found, seconds_left)
            for group, found in groups.items()
        }

        def check(record: Record) -> None:
            _notice(record)
            if record.id not in over[record.group].result():
                raise Unavailable("There was no time for all listeners; the others are told at the next delivery")

        return handle_in_order(event, check, metrics)


def _publish(notifier: Notifier, found: Sequence[Record], seconds_left: Callable[[], float]) -> frozenset[str]:
    """The ids of those records of a group that are over."""
    ready: dict[str, Notice] = {}
    for record in found:
        try:
            ready[record.id] = _notice(record)
        except (BadMessage, NewerFormat):
            break  # `check` says so; what is behind it waits
    return frozenset([*ready][: notifier.publish([*ready.values()], seconds_left)])


def _notice(record: Record) -> Notice:
    """What a record tells. Raises `BadMessage` and `NewerFormat`."""
    match record.read():
        case Notification() as body:
            return Notice(body.execution, body.key, body.payload)
        case other:
            raise unexpected(other)
