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
    """The versions of the API: one."""
    request.query.only(())
    link: JsonDict = {"href": f"{request.base}/v2", "target": "v2", "rel": "self"}
    return {"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]}


@route(api, "GET", "/v2", needs=OPEN)
def root(request: Request) -> Answer:
    """The root document; without its slash, the way to it."""
    if not request.path.endswith("/"):
        return Response("", {"Location": f"{request.base}/v2/"}, 302)
    return _root(request)


@route(api, "POST", "/v2", needs=OPEN)
def posted_root(request: Request) -> Answer:
    """The same document, for clients that ask by POST."""
    return _root(request)


def _root(request: Request) -> Answer:
    request.query.only(())
    return {"uri": f"{request.base}/v2"}
