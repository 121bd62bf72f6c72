"""The log: one JSON object on a line, with the ids by which the lines of an execution, a task or a call are found.

Lines are bounded and hold no payloads: of an exception its type and where it was raised, but its text only if that is
about a service which is busy or away, or AWS's own. Other texts may quote what workflows work with.
"""

from __future__ import annotations

import hashlib
import logging
import sys
import traceback
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.core import jsontext
from chalicelib.errors import Retryable

MOST_TEXT = 300
"""Characters of a message, and of the text of an exception."""
MOST_FRAMES = 6
JOURNAL = "chalicelib.entry.functions.sqs_batch"
"""The logger of the lines that are sampled."""


@dataclass(frozen=True, slots=True)
class Call:
    """The call of a function that is going on."""

    function: str
    request_id: str


current: ContextVar[Call | None] = ContextVar("call", default=None)


class JsonLines(logging.Formatter):
    """Writes a record as a line of JSON. `extra={"ids": …}` adds members."""

    def __init__(self, end: str = "") -> None:
        super().__init__()
        self._end = end

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        call = current.get()
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage()[:MOST_TEXT],
            "logger": record.name,
        }
        if call is not None:
            line |= {"function": call.function, "request_id": call.request_id}
        line |= getattr(record, "ids", {})
        if record.exc_info and record.exc_info[1] is not None:
            line |= _told(record.exc_info[1])
        return jsontext.dumps(line) + self._end


class Sampled(logging.Filter):
    """Lets pass the lines of a fraction of all executions; of each of them all lines or none."""

    def __init__(self, fraction: float) -> None:
        super().__init__()
        self._below = int(fraction * 2**32)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        execution = str(getattr(record, "ids", {}).get("execution", ""))
        drawn = int.from_bytes(hashlib.sha256(execution.encode()).digest()[:4])
        return record.levelno > logging.INFO or drawn < self._below


def install(json: bool, sample: float) -> None:
    """Have this process log that way. Lambda has a handler of its own already, which is kept; it ends no lines."""
    root = logging.getLogger()
    if json:
        if not root.handlers:
            root.addHandler(logging.StreamHandler(sys.stderr))
        for handler in root.handlers:
            handler.setFormatter(JsonLines("" if isinstance(handler, logging.StreamHandler) else "\n"))
    if sample:
        journal = logging.getLogger(JOURNAL)
        journal.setLevel(logging.INFO)
        journal.addFilter(Sampled(sample))


def _told(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    told: dict[str, Any] = {
        "error": type(error).__name__,
        "where": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, Retryable) or type(error).__module__.startswith("botocore."):
        told["text"] = str(error)[:MOST_TEXT]
    return told
