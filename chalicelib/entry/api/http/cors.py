"""Cross-origin requests of browsers (API rules §1.1), for the origins that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Collection

from chalice.app import Chalice, Response

ANY = "*"
METHODS = "GET, PUT, POST, DELETE, PATCH"
MAX_AGE_SECONDS = "3600"
_IDENTITY = "X-Auth-Token, X-Subject-Token, X-Service-Token, X-Project-Id, X-User-Name, X-Project-Name"
ALLOWED = f"{_IDENTITY}, Authorization, Content-Type, If-Match, If-None-Match, X-Request-Id, X-Roles"
EXPOSED = f"{_IDENTITY}, ETag, Retry-After, X-Request-Id"


def headers(origin: str | None, allowed: Collection[str]) -> dict[str, str]:
    """What a reply to a page of `origin` says; nothing unless that is one of `allowed`, or these are any."""
    if not allowed:
        return {}
    if origin is None or not ({origin, ANY} & set(allowed)):
        return {"Vary": "Origin"}
    granted = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED}
    return {**granted, "Vary": "Origin"}


def answer_preflights(app: Chalice, origins: Callable[[], Collection[str]]) -> None:
    """Answer OPTIONS on every path that `app` has by now. `origins`: those allowed, at the time of a request."""
    for path, methods in list(app.routes.items()):
        app.route(path, methods=["OPTIONS"], name=f"preflight {path}")(_preflight(app, list(methods), origins))


def _preflight(app: Chalice, methods: list[str], origins: Callable[[], Collection[str]]) -> Callable[..., Response]:
    allow = ", ".join([*methods, "OPTIONS"])

    def preflight(**_: str) -> Response:
        request = app.current_request
        granted = headers(request.headers.get("origin") if request else None, origins())
        if "Access-Control-Allow-Origin" in granted:
            granted["Access-Control-Allow-Methods"] = METHODS
            granted["Access-Control-Allow-Headers"] = ALLOWED
            granted["Access-Control-Max-Age"] = MAX_AGE_SECONDS
        return Response("", {"Allow": allow, **granted}, 200)

    return preflight
