"""Context of a request: its trace, and the lock of maintenance mode."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from chalicelib.bootstrap.container import services
from chalicelib.core.states import CANCELLED
from chalicelib.entry.api.http.request import Request
from chalicelib.errors import Locked
from chalicelib.ports.housekeeping import PAUSING, RUNNING

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


_ALWAYS = frozenset({"", "/v2", "/maintenance"})


_RESULTS = (("PUT", "/v2/action_executions"), ("POST", "/v2/signals"), ("POST", "/v2/links"))
"""What brings results of actions."""


def admit(request: Request, method: str) -> None:
    """Raise `Locked` if a request that is no GET has to wait for the end of the maintenance.

    What lets executions come to rest is admitted: results of actions while they are being paused, and cancelling. The
    status is read for every write: one that is remembered would let executions start behind the look that pauses them.
    """
    path = request.path.rstrip("/")
    if path in _ALWAYS:
        return
    status = services().maintenance.status
    if status == RUNNING:
        return
    if status == PAUSING and any(method == verb and path.startswith(start) for verb, start in _RESULTS):
        return
    if method == "PUT" and path.startswith("/v2/executions") and _cancels(request):
        return
    raise Locked(f"Current maintenance state: {status}. Method is not allowed")


def _cancels(request: Request) -> bool:
    try:
        body = json.loads(request.data)
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("state") == CANCELLED
