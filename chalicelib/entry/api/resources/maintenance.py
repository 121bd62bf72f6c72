"""`/maintenance`, `/info` and `/healthcheck`: about the service as a whole (API rules §4)."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.bootstrap.container import services
from chalicelib.entry.api.http.request import Request
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.errors import InvalidRequest, NotFound
from chalicelib.service.access.authorization import OPEN

api = Blueprint(__name__)


@route(api, "GET", "/maintenance", needs="maintenance:get")
def get_maintenance(request: Request) -> Answer:
    """Get the maintenance status."""
    request.query.only(())
    return {"status": services().maintenance.status}


@route(api, "PUT", "/maintenance", needs="maintenance:update")
def change_maintenance(request: Request) -> Answer:
    """Begin or end maintenance mode."""
    request.query.only(())
    body = request.json("new_maintenance_status", ["status"])
    return {"status": services().maintenance.change(body.text("status"))}


@route(api, "GET", "/info", needs=OPEN)
def info(request: Request) -> Answer:
    """Service information that the operator has set."""
    found = services().settings.info
    if found is None:
        raise InvalidRequest("Info endpoint disabled.")
    return found


@route(api, "GET", "/healthcheck", needs=OPEN)
def healthcheck(request: Request) -> Answer:
    """Health check, where the settings allow it."""
    if not services().settings.healthcheck:
        raise NotFound("The resource could not be found.")
    return Response("", {"Content-Type": "text/plain"}, 200)
