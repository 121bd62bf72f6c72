"""Which writes are let through while the service is under maintenance (API rules §4)."""

from __future__ import annotations

import json

from chalicelib.core.states import CANCELLED
from chalicelib.entry.api.request import Request
from chalicelib.errors import Locked
from chalicelib.ports_maintenance import PAUSING, RUNNING
from chalicelib.wiring import services

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
