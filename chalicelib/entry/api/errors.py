"""The one place where errors become replies: `{"faultcode", "faultstring", "debuginfo"}` with the error's status."""

from __future__ import annotations

import html
import logging
from http import HTTPStatus

from chalice.app import Response

from chalicelib.entry.api import trace
from chalicelib.errors import MeltemiError

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = "1"


def reply_to(error: Exception) -> Response:
    """The reply that tells of `error`; what is not ours is logged and told without its inside."""
    if isinstance(error, MeltemiError) and error.http_status < 500:
        return fault(error.http_status, error.message)
    if isinstance(error, MeltemiError) and error.retryable:
        log.warning("request %s: asked to try again: %s", trace.current().id, error)
        return fault(error.http_status, type(error).__doc__ or "", {"Retry-After": RETRY_AFTER_SECONDS})
    log.error("request %s failed", trace.current().id, exc_info=error)
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
