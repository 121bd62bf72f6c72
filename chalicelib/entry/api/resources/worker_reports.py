"""`/v2/worker_reports`: what external workers say of their actions (`docs/reference/worker-protocol.md`)."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.entry.api.http.request import Request
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.service.access.authorization import OPEN

api = Blueprint(__name__)

MEMBERS = ("format", "report", "action_execution_id", "token", "attempt", "progress", "state", "result")


@route(api, "POST", "/v2/worker_reports", needs=OPEN)
def report(request: Request) -> Answer:
    """Report on an action execution, as an external worker; the reply token in the body authenticates it."""
    request.query.only(())
    return services().workers.reports.answer(request.json("report", MEMBERS).members)
