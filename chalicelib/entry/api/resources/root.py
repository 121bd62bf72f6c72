"""`/` and `/v2`: what the service speaks."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.http.request import Request
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.service.access.authorization import OPEN

api = Blueprint(__name__)


@route(api, "GET", "/", needs=OPEN)
def versions(request: Request) -> Answer:
    """List API versions."""
    request.query.only(())
    link: JsonDict = {"href": f"{request.base}/v2", "target": "v2", "rel": "self"}
    return {"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]}


@route(api, "GET", "/v2", needs=OPEN)
def root(request: Request) -> Answer:
    """Get the root document of API v2; without the slash at its end, a redirect to it."""
    if not request.path.endswith("/"):
        return Response("", {"Location": f"{request.base}/v2/"}, 302)
    return _root(request)


@route(api, "POST", "/v2", needs=OPEN)
def posted_root(request: Request) -> Answer:
    """Get the root document of API v2, for clients that ask by POST."""
    return _root(request)


def _root(request: Request) -> Answer:
    request.query.only(())
    return {"uri": f"{request.base}/v2"}
