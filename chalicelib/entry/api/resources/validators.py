"""`/v2/{workbooks,workflows,actions}/validate`: a verdict on a text; nothing is stored (API rules §5.1)."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.entry.api.http.request import Request
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.service.access.authorization import ANYBODY
from chalicelib.service.definitions.content import problem_in

api = Blueprint(__name__)


@route(api, "POST", "/v2/workflows/validate", needs=ANYBODY)
def validate_workflows(request: Request) -> Answer:
    """Validate a workflow definition."""
    return _verdict(request, "workflows")


@route(api, "POST", "/v2/workbooks/validate", needs=ANYBODY)
def validate_workbook(request: Request) -> Answer:
    """Validate a workbook definition."""
    return _verdict(request, "workbook")


@route(api, "POST", "/v2/actions/validate", needs=ANYBODY)
def validate_actions(request: Request) -> Answer:
    """Validate ad-hoc action definitions."""
    return _verdict(request, "actions")


def _verdict(request: Request, kind: str) -> Answer:
    problem = problem_in(kind, request.text())
    return {"valid": True} if problem is None else {"valid": False, "error": problem}
