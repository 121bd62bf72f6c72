"""API Gateway in small: turns an HTTP request into a REST API proxy event and a function's answer into a reply.

Requests to paths without a route are answered here, as the deployed gateway would before any function is called;
everything else, wrong methods included, goes to the Chalice application.
"""

from __future__ import annotations

import base64
import gzip
import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalice.app import Chalice

from local.context import LambdaContext
from local.routes import Match, Routes

API_TIMEOUT_SECONDS = 29
COMPRESSED_BYTES = 1024
"""`minimum_compression_size` of `.chalice/config.json`."""
NOT_FOUND = "There is nothing at this address, or not for this method; paths of the API begin with /v2: /v2/workflows"
"""What the deployed gateway says, too (`infra/functions.yaml`)."""
LOCAL_ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it came in; header names in lower case, values in order."""

    method: str
    target: str
    headers: Mapping[str, list[str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Gateway:
    """Calls one Chalice application, from any number of threads at once."""

    def __init__(self, app: Chalice) -> None:
        self._app = separate_requests(app)
        self._routes = Routes(app.routes)
        self._binary_types = frozenset(app.api.binary_types)

    def handle(self, request: Request) -> Reply:
        """The application's reply, or the gateway's own when no route fits."""
        match = self._routes.match(urlsplit(request.target).path)
        if match is None:
            return refusal(HTTPStatus.NOT_FOUND, NOT_FOUND)
        if request.method == "OPTIONS" and (reply := self._preflight(match)):
            return reply
        event = _proxy_event(request, match, self._binary_types)
        reply = _reply(self._app(event, LambdaContext("api", API_TIMEOUT_SECONDS)))
        return _compressed(reply, request.headers.get("accept-encoding", [""])[-1])

    def _preflight(self, match: Match) -> Reply | None:
        """The reply the gateway gives to OPTIONS by itself on routes with CORS."""
        methods = self._app.routes[match.template]
        cors = next((route.cors for route in methods.values() if route.cors), None)
        if "OPTIONS" in methods or cors is None:
            return None
        allowed = ",".join(sorted([*methods, "OPTIONS"]))
        headers = {**cors.get_access_control_headers(), "Access-Control-Allow-Methods": allowed}
        return Reply(200, list(headers.items()), b"")


def separate_requests(app: Chalice) -> Chalice:
    """Give each thread its own `current_request`: a Lambda has one request at a time, this process has many."""
    mine = threading.local()

    def own(name: str) -> property:
        return property(lambda _: getattr(mine, name, None), lambda _, value: setattr(mine, name, value))

    properties = {"current_request": own("request"), "lambda_context": own("context")}
    app.__class__ = type("LocalChalice", (type(app),), properties)
    return app


def _proxy_event(request: Request, match: Match, binary_types: frozenset[str]) -> dict[str, Any]:
    url = urlsplit(request.target)
    query = parse_qs(url.query, keep_blank_values=True) or None
    headers = request.headers
    binary = _media_type(headers) in binary_types
    body = base64.b64encode(request.body).decode() if binary else request.body.decode(errors="replace")
    return {
        "resource": match.template,
        "path": url.path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": dict(headers),
        "queryStringParameters": {name: values[-1] for name, values in query.items()} if query else None,
        "multiValueQueryStringParameters": query,
        "pathParameters": match.parameters or None,
        "stageVariables": None,
        "requestContext": _request_context(request.method, url.path, match.template, headers),
        "body": body or None,
        "isBase64Encoded": binary,
    }


def _request_context(method: str, path: str, template: str, headers: Mapping[str, list[str]]) -> dict[str, Any]:
    now = time.time()
    return {
        "accountId": "000000000000",
        "apiId": "local",
        "stage": "local",
        "protocol": "HTTP/1.1",
        "httpMethod": method,
        "path": path,
        "resourcePath": template,
        "requestId": str(uuid.uuid4()),
        "requestTimeEpoch": int(now * 1000),
        "domainName": headers.get("host", [LOCAL_ADDRESS])[-1],
        "identity": {"sourceIp": LOCAL_ADDRESS, "userAgent": headers.get("user-agent", [""])[-1]},
    }


def _reply(answer: Mapping[str, Any]) -> Reply:
    body = answer.get("body") or ""
    if answer.get("isBase64Encoded"):
        data = base64.b64decode(body)
    else:
        data = body if isinstance(body, bytes) else str(body).encode()
    headers = list(_headers(answer))
    if data and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return Reply(answer["statusCode"], headers, data)


def _compressed(reply: Reply, accepted: str) -> Reply:
    """The reply as the gateway sends it to a client that understands gzip."""
    codings = {coding.partition(";")[0].strip() for coding in accepted.lower().split(",")}
    if "gzip" not in codings or len(reply.body) < COMPRESSED_BYTES:
        return reply
    headers = [*reply.headers, ("Content-Encoding", "gzip")]
    return Reply(reply.status, headers, gzip.compress(reply.body, mtime=0))


def _headers(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in (answer.get("headers") or {}).items():
        yield name, str(value)
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        for value in values:
            yield name, str(value)


def refusal(status: int, text: str) -> Reply:
    """What the gateway answers by itself, in the form of all errors of the API."""
    code = "Client" if status < 500 else "Server"
    body = {"faultcode": code, "faultstring": text, "debuginfo": None}
    return Reply(status, [("Content-Type", "application/json")], json.dumps(body).encode())


def _media_type(headers: Mapping[str, list[str]]) -> str:
    return headers.get("content-type", [""])[-1].partition(";")[0].strip().lower()
