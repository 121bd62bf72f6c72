"""SQS batches as Lambda delivers them: records in, ids of failed ones out, a log line for each message."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from chalicelib.core import ids, jsontext
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import MeltemiError, NewerFormat
from chalicelib.messaging import codec
from chalicelib.messaging.bodies import (
    AnyBody,
    kind_of,
)
from chalicelib.messaging.codec import BadMessage
from chalicelib.ports.observability import UNHEARD, Metric, Metrics

log = logging.getLogger(__name__)


MOST = 64
"""Characters of an id, or of another word of a message, that a line holds."""


ODD = re.compile(r"[^\w .:/-]", re.ASCII)
"""Characters that no id of ours has, and that would take several bytes each."""


WORDS = ("execution", "action", "task", "trigger", "trace")


def note(record: Record, outcome: str, seconds: float) -> None:
    """Say that a message was handled. `outcome`: done, again (it has to come again) or dropped."""
    if log.isEnabledFor(logging.INFO):
        log.info(outcome, extra={"ids": facts(record) | {"ms": round(seconds * 1000, 1)}})


def facts(record: Record) -> dict[str, str | int | float]:
    """By what the message can be found, and how it came."""
    found: dict[str, str | int | float] = {"message_id": record.id[:MOST], "deliveries": record.count}
    found |= {word: _sound(value) for word, value in _named(record).items() if isinstance(value, str)}
    row = ids.parse(str(found.get("action", "")))
    if row is not None:
        found["task"] = ids.task_id(row.partition, row.task)
    return found


def _named(record: Record) -> dict[str, object]:
    """What the message names; if it cannot be read, as far as that can be seen from outside."""
    body = record.decoded
    if isinstance(body, MeltemiError):
        plain = record.foreign()
        return {word: plain.get(word) for word in WORDS}
    return {"event": kind_of(body), **{word: getattr(body, word, None) for word in WORDS}}


def _sound(text: str) -> str:
    return ODD.sub("?", text[:MOST])


@dataclass(frozen=True)
class Record:
    """One delivered message."""

    id: str
    text: str
    group: str
    count: int
    """How often it was delivered, this time included."""
    source: str
    """The name of the queue it came from."""

    @cached_property
    def decoded(self) -> AnyBody | MeltemiError:
        """The body, or why it cannot be read."""
        try:
            return codec.decode(self.text)
        except (BadMessage, NewerFormat) as error:
            return error

    def read(self) -> AnyBody:
        """The body. Raises `BadMessage`; `NewerFormat` for a message that is left to later code."""
        found = self.decoded
        if isinstance(found, MeltemiError):
            raise found
        return found

    def foreign(self) -> JsonDict:
        """The JSON object of a message that others wrote; what is none becomes empty, which no reader accepts."""
        try:
            plain = jsontext.loads(self.text)
        except ValueError:
            return {}
        return plain if isinstance(plain, dict) else {}


class Foreign(Exception):
    """What others wrote cannot be read or believed: it is dropped, as it would be no better if it came again."""


def records(event: Mapping[str, Any]) -> list[Record]:
    """The records of a Lambda event."""
    return [_record(plain) for plain in event.get("Records", ())]


def handle_each(
    event: Mapping[str, Any], handle: Callable[[Record], None], metrics: Metrics = UNHEARD
) -> dict[str, Any]:
    """Handle every record by itself; the partial batch response that names those that failed.

    One of our own that cannot be read fails, so that it ends among the dead letters, and is counted.
    """
    return failures([record for record in records(event) if not _succeeds(handle, record, metrics)])


def handle_in_order(
    event: Mapping[str, Any], handle: Callable[[Record], None], metrics: Metrics = UNHEARD
) -> dict[str, Any]:
    """As `handle_each`; after a record that failed, none of its group is handled, so that their order stays."""
    failed: list[Record] = []
    for record in records(event):
        if any(one.group == record.group for one in failed) or not _succeeds(handle, record, metrics):
            failed.append(record)
    return failures(failed)


def handle_side_by_side(
    event: Mapping[str, Any], handle: Callable[[Record], None], metrics: Metrics = UNHEARD
) -> dict[str, Any]:
    """As `handle_each`, a thread for each record."""
    found = records(event)
    if len(found) <= 1:
        return handle_each(event, handle, metrics)
    calls = [copy_context() for _ in found]  # a thread begins with an empty one
    with ThreadPoolExecutor(len(found)) as pool:
        succeeded = list(pool.map(lambda call, record: call.run(_succeeds, handle, record, metrics), calls, found))
    return failures([record for record, good in zip(found, succeeded, strict=True) if not good])


def failures(failed: Sequence[Record]) -> dict[str, Any]:
    """The partial batch response."""
    return {"batchItemFailures": [{"itemIdentifier": record.id} for record in failed]}


def count_unreadable(record: Record, error: BadMessage, metrics: Metrics) -> None:
    """Log and count a message of our own that cannot be read; it comes again until it is a dead letter."""
    metrics.add(Metric.UNREADABLE_MESSAGES)
    log.error("message %s cannot be read: %.200s", record.id, error, extra={"ids": facts(record)})


def _succeeds(handle: Callable[[Record], None], record: Record, metrics: Metrics) -> bool:
    began, outcome = time.perf_counter(), "again"
    try:
        handle(record)
        outcome = "done"
    except Foreign as error:
        outcome = "dropped"
        log.error("dropped message %s: %s", record.id, error)
    except BadMessage as error:
        count_unreadable(record, error, metrics)
    except NewerFormat as error:
        log.warning("%s", error)
    except Exception:
        log.exception("message %s failed, delivery %d", record.id, record.count, extra={"ids": facts(record)})
    note(record, outcome, time.perf_counter() - began)
    return outcome != "again"


def _record(plain: Mapping[str, Any]) -> Record:
    attributes = plain.get("attributes", {})
    return Record(
        id=plain["messageId"],
        text=plain.get("body", ""),
        group=attributes.get("MessageGroupId", plain["messageId"]),
        count=int(attributes.get("ApproximateReceiveCount", 1)),
        source=str(plain.get("eventSourceARN", "")).rpartition(":")[2],
    )


T = TypeVar("T")


def unexpected(body: AnyBody) -> BadMessage:
    """The error for a message of a kind that does not belong on this queue."""
    return BadMessage(f"A message of kind {kind_of(body)} does not belong here")
