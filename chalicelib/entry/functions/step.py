"""The step handler: events from the FIFO queue, all of one execution applied together, in order."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from chalicelib.entry.functions import sqs_batch
from chalicelib.entry.functions.sqs_batch import Record, count_unreadable, failures, records
from chalicelib.errors import MeltemiError, NewerFormat
from chalicelib.messaging.bodies import Check, EngineEvent, RemoveExecution, StepBody, kind_of
from chalicelib.messaging.codec import BadMessage
from chalicelib.ports.observability import UNHEARD, Metrics
from chalicelib.service.outgoing import messages
from chalicelib.service.runs.advance import Advance, Errand, Orphan, UnknownExecution
from chalicelib.service.runs.removal import Removal

log = logging.getLogger(__name__)


def handle(
    event: Mapping[str, Any],
    advance: Advance,
    removal: Removal,
    may_go_on: Callable[[], bool],
    metrics: Metrics = UNHEARD,
) -> dict[str, Any]:
    """Apply a batch. Of an execution whose events fail, all from the failing one on are to come again."""
    groups: dict[str, list[Delivered]] = {}
    failed: list[Record] = []
    blocked: set[str] = set()
    for record in records(event):
        body = None if record.group in blocked else _read(record, metrics)
        if body is None:
            blocked.add(record.group)  # what comes after a message that cannot be handled has to wait for it
            failed.append(record)
        elif not isinstance(body, RemoveExecution):
            groups.setdefault(record.group, []).append(Delivered(record, body))
        elif not _removed(record, body, removal):
            failed.append(record)
    for group in groups.values():
        carry = partial(_carry, advance=advance, removal=removal, may_go_on=may_go_on)
        failed += _noted(group, carry, metrics)
    return failures(failed)


class Delivered(NamedTuple):
    """A record and the event that it brings."""

    record: Record
    body: EngineEvent


def _read(record: Record, metrics: Metrics) -> StepBody | None:
    """The body of a record; `None` if this code cannot handle it, so that it has to come again."""
    try:
        body = record.read()
        if not isinstance(body, StepBody):
            raise BadMessage(f"A message of kind {kind_of(body)} is no event of an execution")
    except BadMessage as error:
        count_unreadable(record, error, metrics)
    except NewerFormat as error:
        log.warning("%s", error)
    else:
        return body
    sqs_batch.note(record, "again", 0)
    return None


Carry: TypeAlias = Callable[[list[Delivered]], None]


def _noted(group: list[Delivered], carry: Carry, metrics: Metrics) -> list[Record]:
    began = time.perf_counter()
    failed = _apply(group, carry, metrics)
    seconds = time.perf_counter() - began
    for record, _ in group:
        sqs_batch.note(record, "again" if record in failed else "done", seconds / len(group))
    return failed


def _removed(record: Record, body: RemoveExecution, removal: Removal) -> bool:
    try:
        removal.go_on(body)
    except Exception:
        log.exception("the removal of %s failed", record.group)
        return False
    return True


def _apply(group: list[Delivered], carry: Carry, metrics: Metrics) -> list[Record]:
    """The records of one execution that are to come again."""
    first = group[0]
    try:
        carry(group)
    except Exception as error:
        if len(group) > 1:
            return _one_by_one(group, carry, metrics)
        if isinstance(error, BadMessage):
            count_unreadable(first.record, error, metrics)
        elif isinstance(error, MeltemiError) and error.retryable:
            log.warning("events of %s have to wait: %s", first.record.group, error)
        else:
            log.exception("an event of %s failed", first.record.group)
        return [first.record]
    return []


def _carry(group: list[Delivered], advance: Advance, removal: Removal, may_go_on: Callable[[], bool]) -> None:
    """Apply events of one execution."""
    execution_id = group[0].body.execution
    events = [messages.event(body) for _, body in group]
    try:
        advance.apply(execution_id, events, _errand(group), may_go_on)
    except Orphan:
        removal.remove(messages.group_of(execution_id))
    except UnknownExecution:  # deleted meanwhile
        return


def _one_by_one(group: list[Delivered], carry: Carry, metrics: Metrics) -> list[Record]:
    """After a failure of several together: those before the poisonous one still count."""
    for position, delivered in enumerate(group):
        if _apply([delivered], carry, metrics):
            return [record for record, _ in group[position:]]
    return []


def _errand(group: list[Delivered]) -> Errand:
    """A check is asked for when something may have been lost, so promises are kept again."""
    checks = [isinstance(body, Check) for _, body in group]
    return Errand(again=any(checks) or any(record.count > 1 for record, _ in group), looking=all(checks))
