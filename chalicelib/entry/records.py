"""SQS events as Lambda delivers them: records in, the ids of failed ones out (partial batch responses)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from chalicelib.core import jsontext
from chalicelib.core.jsontext import JsonDict
from chalicelib.entry import journal
from chalicelib.errors import NewerFormat
from chalicelib.service import formats
from chalicelib.service.messages import BadMessage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """One delivered message."""

    id: str
    body: JsonDict
    group: str
    count: int
    """How often it was delivered, this time included."""
    source: str
    """The name of the queue it came from."""


def records(event: Mapping[str, Any]) -> list[Record]:
    """The records of a Lambda event. A body that is not a JSON object becomes empty, which no reader accepts."""
    return [_record(plain) for plain in event.get("Records", ())]


def handle_each(event: Mapping[str, Any], handle: Callable[[Record], None], ours: bool = True) -> dict[str, Any]:
    """Handle every record by itself; the partial batch response that names those that failed.

    `ours`: whether the service wrote them; those of a newer version are left to it.
    """
    return failures([record for record in records(event) if not _succeeds(handle, record, ours)])


def handle_in_order(event: Mapping[str, Any], handle: Callable[[Record], None]) -> dict[str, Any]:
    """As `handle_each`; after a record that failed, none of its group is handled, so that their order stays."""
    failed: list[Record] = []
    for record in records(event):
        if any(one.group == record.group for one in failed) or not _succeeds(handle, record):
            failed.append(record)
    return failures(failed)


def handle_side_by_side(
    event: Mapping[str, Any], handle: Callable[[Record], None], ours: bool = True
) -> dict[str, Any]:
    """As `handle_each`, a thread for each record."""
    found = records(event)
    if len(found) <= 1:
        return handle_each(event, handle, ours)
    calls = [copy_context() for _ in found]  # a thread begins with an empty one
    with ThreadPoolExecutor(len(found)) as pool:
        succeeded = list(pool.map(lambda call, record: call.run(_succeeds, handle, record, ours), calls, found))
    return failures([record for record, good in zip(found, succeeded, strict=True) if not good])


def failures(failed: Sequence[Record]) -> dict[str, Any]:
    """The partial batch response."""
    return {"batchItemFailures": [{"itemIdentifier": record.id} for record in failed]}


def check_format(record: Record) -> None:
    """Raise `NewerFormat` for a message that has to be left to a later version of this service."""
    if formats.is_newer(record.body):
        raise NewerFormat(f"Message {record.id} has a newer format")


def _succeeds(handle: Callable[[Record], None], record: Record, ours: bool = True) -> bool:
    began, outcome = time.perf_counter(), "done"
    try:
        if ours:
            check_format(record)
        handle(record)
    except BadMessage as error:
        outcome = "dropped"
        log.error("dropped message %s: %s", record.id, error)
    except NewerFormat as error:
        outcome = "again"
        log.warning("%s", error)
    except Exception:
        outcome = "again"
        log.exception("message %s failed, delivery %d", record.id, record.count, extra={"ids": journal.facts(record)})
    journal.note(record, outcome, time.perf_counter() - began)
    return outcome != "again"


def _record(plain: Mapping[str, Any]) -> Record:
    attributes = plain.get("attributes", {})
    return Record(
        id=plain["messageId"],
        body=_body(plain.get("body", "")),
        group=attributes.get("MessageGroupId", plain["messageId"]),
        count=int(attributes.get("ApproximateReceiveCount", 1)),
        source=str(plain.get("eventSourceARN", "")).rpartition(":")[2],
    )


def _body(text: str) -> JsonDict:
    try:
        body = jsontext.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
