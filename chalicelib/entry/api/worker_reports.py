"""`/v2/worker_reports`: what external workers say of their actions (`docs/reference/worker-protocol.md`)."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.entry.api.request import Request
from chalicelib.entry.api.routing import Answer, route
from chalicelib.service.policy import OPEN
from chalicelib.wiring import services

api = Blueprint(__name__)

MEMBERS = ("format", "report", "action_execution_id", "token", "attempt", "progress", "state", "result")


@route(api, "POST", "/v2/worker_reports", needs=OPEN)
def report(request: Request) -> Answer:
    """Report on an action execution that an external worker was given; the reply token in the body lets it in."""
    request.query.only(())
    return services().workers.reports.answer(request.json("report", MEMBERS).members, waits=True)
