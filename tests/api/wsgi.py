"""The API as a WSGI application, for tools that speak to such: through the local gateway, as a client comes in.

Replies are not compressed: not every tool undoes that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from local.gateway import Gateway, Request

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


def application(gateway: Gateway) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """A WSGI application over `gateway`."""

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        reply = gateway.handle(_request(environ))
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", reply.headers)
        return [reply.body]

    return serve


def _request(environ: Environ) -> Request:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): [str(value)]
        for name, value in environ.items()
        if (name.startswith("HTTP_") and name != "HTTP_ACCEPT_ENCODING")
        or (name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value)
    }
    size = int(environ.get("CONTENT_LENGTH") or 0)
    return Request(environ["REQUEST_METHOD"], environ["REQUEST_URI"], headers, environ["wsgi.input"].read(size))
