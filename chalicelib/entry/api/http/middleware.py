"""What every reply has, whatever the route: a request id, headers for browsers, an entity tag, a line in the log.

Replies are compressed by the gateway (`minimum_compression_size` in `.chalice/config.json`).
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import time
from collections.abc import Callable

from chalice.app import Request as ChaliceRequest
from chalice.app import Response

from chalicelib.bootstrap.container import services
from chalicelib.entry.api.http import cors, request_context
from chalicelib.entry.api.http.routing import fault

Line = dict[str, str | int]
Answering = Callable[[ChaliceRequest], Response]

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""What replies say to browsers unless a handler knows better."""
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}

TAGGED = ("/v2/workbooks", "/v2/workflows", "/v2/actions", "/v2/environments", "/v2/openapi.json")
"""Routes whose replies change seldom, so that clients may keep them and ask whether they still hold."""


UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NAMED = {"execution_id": "execution", "task_id": "task", "action_id": "action", "trigger_id": "trigger"}
"""What of a path is named in the log, as other lines name it."""


def middleware(request: ChaliceRequest, get_response: Answering) -> Response:
    """Answer, and see to the manners. Chalice's own refusal of a method is worded as ours."""
    began = time.perf_counter()
    headers = {name.lower(): value for name, value in request.headers.items()}
    found = request_context.begin(headers)
    response = get_response(request)
    if response.status_code == 405:
        allowed = {"Allow": str(response.headers.get("Allow", ""))}
        response = fault(405, f"The method {request.method} is not allowed for this resource.", allowed)
    route = str(request.context.get("resourcePath", request.path))
    if request.method == "GET" and route.startswith(TAGGED):
        response = _tagged(response, headers.get("if-none-match", ""))
    settings = services().settings
    secured = {**SECURITY, **(HTTPS_ONLY if headers.get("x-forwarded-proto") == "https" else {})}
    allowed = cors.headers(headers.get("origin"), settings.cors_origins)
    response.headers = {**secured, **allowed, request_context.HEADER: found.id, **response.headers}
    if settings.watching.access_log:
        line: Line = {"method": request.method, "route": route, "status": response.status_code}
        _note({**line, **_named(request, response)}, time.perf_counter() - began, found)
    return response


def _tagged(response: Response, known: str) -> Response:
    """The reply with its entity tag; without a body if the client has it already."""
    if response.status_code != 200:
        return response
    if not isinstance(response.body, (str, bytes)):
        response.body = json.dumps(response.body, separators=(",", ":"))
    body = response.body if isinstance(response.body, bytes) else response.body.encode()
    digest = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'  # weak: the gateway may compress the body
    tag = str(response.headers.get("ETag", digest))
    kept: dict[str, str | list[str]] = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag.removeprefix("W/") in [one.strip().removeprefix("W/") for one in known.split(",")] or known.strip() == "*":
        return Response("", kept, 304)
    response.headers = {**response.headers, **kept}
    return response


def _note(line: Line, seconds: float, found: request_context.Trace) -> None:
    """Write one JSON object on a line. The route stands for the path: names, queries and bodies may be confidential."""
    known = {"ms": round(seconds * 1000, 1), "request_id": found.id, "project": found.project}
    print(json.dumps({**line, **known}), file=sys.stderr, flush=True)  # as it is: programs read it


def _named(request: ChaliceRequest, response: Response) -> dict[str, str]:
    """The execution, task or action that a request is about, by the names that other lines of the log have them."""
    places = request.uri_params or {}
    given = {name: str(places[place]) for place, name in NAMED.items() if place in places}
    if response.status_code == 201 and isinstance(response.body, dict) and "workflow_id" in response.body:
        given["execution"] = str(response.body["id"])
    return {name: value for name, value in given.items() if UUID.fullmatch(value)}
