"""How handlers meet Chalice: a handler takes a `Request` and the values in its path, and returns what to answer.

Chalice checks content types by exact lists and answers in a form of its own, so routes take any type here and
`Request` decides. What all replies have in common is in `manners`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeAlias
from urllib.parse import unquote

from chalice.app import Blueprint, Response

from chalicelib.core.jsontext import Json
from chalicelib.entry.api import trace
from chalicelib.entry.api.errors import reply_to
from chalicelib.entry.api.request import Request, from_chalice
from chalicelib.errors import InvalidRequest

Answer: TypeAlias = "Json | Response"
Handler = Callable[..., Answer]

_ANY_TYPE = ["*/*"]


def route(
    api: Blueprint, method: str, path: str, *, status: int = 200, argument: str | None = None
) -> Callable[[Handler], Handler]:
    """Answer `method` on `path` with the decorated handler.

    `argument`: the query parameter that may stand in for the last segment of the path, as Mistral allows on PUT and
    DELETE.
    """

    def register(handler: Handler) -> Handler:
        @api.route(path, methods=[method], content_types=_ANY_TYPE)
        @wraps(handler)
        def by_path(**places: str) -> Response:
            decoded = {name: unquote(value) for name, value in places.items()}
            return _answer(api, lambda request: handler(request, **decoded), status)

        if argument is not None:

            @api.route(path.rpartition("/")[0], methods=[method], content_types=_ANY_TYPE)
            @wraps(handler)
            def by_query() -> Response:
                return _answer(api, lambda request: handler(*_from_query(request, argument)), status)

        return handler

    return register


def _answer(api: Blueprint, handle: Callable[[Request], Answer], status: int) -> Response:
    try:
        request = from_chalice(api.current_request)
        trace.current().project = request.caller.project_id
        request.check()
        answer = handle(request)
    except Exception as error:
        return reply_to(error)
    if isinstance(answer, Response):
        return answer
    if status == 204:
        return Response("", {}, 204)
    return Response(answer, {"Content-Type": "application/json"}, status)


def _from_query(request: Request, argument: str) -> tuple[Request, str]:
    value = request.query.text(argument)
    if not value:
        raise InvalidRequest(f'Missing argument: "{argument}"')
    return request.without(argument), value
