"""The one place where errors become replies: `{"faultcode", "faultstring", "debuginfo"}` with the error's status."""

from __future__ import annotations

import logging

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
