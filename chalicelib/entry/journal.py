"""What became of each message, as a line of the log: ids and times, never what the message says."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from chalicelib.core import ids
from chalicelib.errors import MeltemiError
from chalicelib.messaging.bodies import kind_of

if TYPE_CHECKING:
    from chalicelib.entry.records import Record

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
