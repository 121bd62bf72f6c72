"""What is known of the request that is being answered, for logs: its id, and whose it is."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

HEADER = "X-Request-Id"

_SOUND = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass
class Trace:
    """One request."""

    id: str
    project: str | None = None
    """Known once the caller is."""


_current: ContextVar[Trace] = ContextVar("trace")


def begin(headers: Mapping[str, str]) -> Trace:
    """A new trace with the id that the client gave, if it can stand in a log, or one of its own."""
    given = headers.get(HEADER.lower(), "")
    trace = Trace(given if _SOUND.fullmatch(given) else f"req-{uuid.uuid4()}")
    _current.set(trace)
    return trace


def current() -> Trace:
    """That of the request being answered; outside of one an empty one."""
    return _current.get(Trace("-"))
