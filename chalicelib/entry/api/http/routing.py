"""Routes with their rights, and the answers to errors.

Chalice checks content types by exact lists and answers in a form of its own, so routes take any type here and
`Request` decides. What all replies have in common is in `manners`.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import unquote

from chalice.app import Blueprint, Response

from chalicelib.bootstrap.container import services
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.entry.api.http import request_context
from chalicelib.entry.api.http.conflict_retry import despite_rivals
from chalicelib.entry.api.http.request import Request, from_chalice
from chalicelib.errors import InvalidRequest, Locked, MeltemiError, Unauthorized
from chalicelib.service.access.authorization import ANYBODY, OPEN, OPERATIONS
from chalicelib.service.definitions.repository import tag_of

log = logging.getLogger(__name__)


RETRY_AFTER_SECONDS = "1"


def reply_to(error: Exception) -> Response:
    """The reply that tells of `error`; what is not ours is logged and told without its inside."""
    if isinstance(error, MeltemiError) and error.http_status < 500:
        return fault(error.http_status, error.message)
    if isinstance(error, MeltemiError) and error.retryable:
        log.warning("request %s: asked to try again: %s", request_context.current().id, error)
        return fault(error.http_status, type(error).__doc__ or "", {"Retry-After": RETRY_AFTER_SECONDS})
    log.error("request %s failed", request_context.current().id, exc_info=error)
    return fault(500, "Internal server error")


def fault(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """An error reply."""
    code = "Client" if status < 500 else "Server"
    body = {"faultcode": code, "faultstring": text, "debuginfo": None}
    return Response(body, {"Content-Type": "application/json", **(headers or {})}, status)


def refusal(status: int, text: str, accept: str) -> Response:
    """The page that refuses a request before any resource sees it, as JSON for who prefers that (API rules §1.5).

    Clients show the header `Server-Error-Message`.
    """
    title = HTTPStatus(status).phrase
    headers: dict[str, str | list[str]] = {"Server-Error-Message": text}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = text
    if "json" in accept:
        return Response({"code": status, "title": title, "description": text}, headers, status)
    page = f"<html><head><title>{status} {title}</title></head><body><h1>{title}</h1>{html.escape(text)}</body></html>"
    return Response(page, {"Content-Type": "text/html; charset=UTF-8", **headers}, status)


Answer: TypeAlias = "Json | Response"


Handler = Callable[..., Answer]


VALIDATE = "validate"
"""A name that is an address of its own below collections of definitions, where POST validates. The other methods mean
the definition that is called so, which could neither be read nor removed without them."""


_ANY_TYPE = ["*/*"]


def route(
    api: Blueprint, method: str, path: str, *, needs: str, status: int = 200, argument: str | None = None
) -> Callable[[Handler], Handler]:
    """Answer `method` on `path` with the decorated handler.

    `needs`: what the caller must be allowed, an operation of the policy table (`workflows:list`), `ANYBODY` or `OPEN`.
    `argument`: the query parameter that may stand in for the last segment of the path, as Mistral allows on PUT and
    DELETE.
    """

    if needs not in {*OPERATIONS, ANYBODY, OPEN}:
        raise ValueError(f"{method} {path} needs {needs!r}, which is not in the policy table")

    def register(handler: Handler) -> Handler:
        @api.route(path, methods=[method], content_types=_ANY_TYPE)
        @wraps(handler)
        def by_path(**places: str) -> Response:
            decoded = {name: unquote(value) for name, value in places.items()}
            return _answer(api, lambda request: handler(request, **decoded), method, needs, status)

        if argument is not None:

            @api.route(path.rpartition("/")[0], methods=[method], content_types=_ANY_TYPE)
            @wraps(handler)
            def by_query() -> Response:
                return _answer(api, lambda request: handler(*_from_query(request, argument)), method, needs, status)

        return handler

    return register


def tagged(body: JsonDict, identifier: str, version: int) -> Response:
    """The reply that shows a record, with the entity tag of its version."""
    return Response(body, {"Content-Type": "application/json", "ETag": f'"{tag_of(identifier, version)}"'}, 200)


def _answer(api: Blueprint, handle: Callable[[Request], Answer], method: str, needs: str, status: int) -> Response:
    try:
        request = from_chalice(api.current_request)
        request.check()
        admitted = request if needs == OPEN else _admitted(request, method, needs)
        answer = despite_rivals(lambda: handle(admitted))
    except (Unauthorized, Locked) as error:
        return refusal(error.http_status, error.message, request.headers.get("accept", ""))
    except Exception as error:
        return reply_to(error)
    if isinstance(answer, Response):
        return answer
    if status == 204:
        return Response("", {}, 204)
    return Response(answer, {"Content-Type": "application/json"}, status)


def _admitted(request: Request, method: str, needs: str) -> Request:
    """The request with who sends it. Raises `Unauthorized`, `Locked`, or `Forbidden`, in this order."""
    known = _identified(request)
    if method != "GET":
        request_context.admit(request, method)
    known.require(needs)
    return known


def _identified(request: Request) -> Request:
    """The request with who sends it. Raises `Unauthorized`."""
    caller = services().identities.caller(request.headers)
    request_context.current().project = caller.project_id
    return replace(request, caller=caller, policy=services().policy)


def _from_query(request: Request, argument: str) -> tuple[Request, str]:
    value = request.query.text(argument)
    if not value:
        raise InvalidRequest(f'Missing argument: "{argument}"')
    return request.without(argument), value
