"""The step handler: events from the FIFO queue, all of one execution applied together, in order."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from chalicelib.entry import journal
from chalicelib.entry.records import Record, failures, records
from chalicelib.errors import MeltemiError
from chalicelib.service import formats, messages
from chalicelib.service.advance import Advance, Errand, Orphan, UnknownExecution
from chalicelib.service.messages import BadMessage
from chalicelib.service.removal import Removal, is_removal

log = logging.getLogger(__name__)

Carry: TypeAlias = Callable[[list[Record]], None]


def handle(
    event: Mapping[str, Any], advance: Advance, removal: Removal, may_go_on: Callable[[], bool]
) -> dict[str, Any]:
    """Apply a batch. Of an execution whose events fail, all from the failing one on are to come again."""
    groups: dict[str, list[Record]] = {}
    failed: list[Record] = []
    later: set[str] = set()
    for record in records(event):
        if formats.is_newer(record.body) or record.group in later:
            later.add(record.group)  # a newer version of this service takes it, and what comes after it
            failed.append(record)
        elif not is_removal(record.body):
            groups.setdefault(record.group, []).append(record)
        elif not _removed(record, removal):
            failed.append(record)
    for group in groups.values():
        failed += _noted(group, partial(_carry, advance=advance, removal=removal, may_go_on=may_go_on))
    return failures(failed)


def _noted(group: list[Record], carry: Carry) -> list[Record]:
    began = time.perf_counter()
    failed = _apply(group, carry)
    seconds = time.perf_counter() - began
    for record in group:
        journal.note(record, "again" if record in failed else "done", seconds / len(group))
    return failed


def _removed(record: Record, removal: Removal) -> bool:
    try:
        removal.go_on(record.body)
    except BadMessage as error:
        log.error("dropped event %s: %s", record.id, error)
    except Exception:
        log.exception("the removal of %s failed", record.group)
        return False
    return True


def _apply(group: list[Record], carry: Carry) -> list[Record]:
    """The records of one execution that are to come again."""
    readable = [record for record in group if _readable(record)]
    if not readable:
        return []
    try:
        carry(readable)
    except Exception as error:
        if isinstance(error, MeltemiError) and error.retryable:
            log.warning("events of %s have to wait: %s", readable[0].group, error)
        else:
            log.exception("an event of %s failed", readable[0].group)
        return _one_by_one(readable, carry) if len(readable) > 1 else readable
    return []


def _carry(group: list[Record], advance: Advance, removal: Removal, may_go_on: Callable[[], bool]) -> None:
    """Apply records of one execution that can be read."""
    execution_id = messages.execution_of(group[0].body)
    events = [messages.event(record.body) for record in group]
    try:
        advance.apply(execution_id, events, _errand(group), may_go_on)
    except Orphan:
        removal.remove(messages.group_of(execution_id))
    except UnknownExecution:  # deleted meanwhile
        return


def _one_by_one(group: list[Record], carry: Carry) -> list[Record]:
    """After a failure of several together: those before the poisonous one still count."""
    for position, record in enumerate(group):
        if _apply([record], carry):
            return group[position:]
    return []


def _errand(group: list[Record]) -> Errand:
    """A check is asked for when something may have been lost, so promises are kept again."""
    checks = [record.body.get("event") == "check" for record in group]
    return Errand(again=any(checks) or any(record.count > 1 for record in group), looking=all(checks))


def _readable(record: Record) -> bool:
    try:
        messages.execution_of(record.body)
        messages.event(record.body)
    except (MeltemiError, KeyError, ValueError) as error:
        log.error("dropped event %s: %s", record.id, error)
        return False
    return True
