"""`/v2/openapi.json` and `/docs`: what the API is, for programs and for people."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from chalice.app import Blueprint, Response

from chalicelib.entry.api.http.request import Request
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.entry.api.openapi.document import document
from chalicelib.service.access.authorization import OPEN

api = Blueprint(__name__)

_PAGE = Path(__file__).parents[1] / "pages" / "docs.html"


@route(api, "GET", "/v2/openapi.json", needs=OPEN)
def openapi(request: Request) -> Answer:
    """Get the OpenAPI 3.1 document of this API."""
    request.query.only(())
    return document(api.current_app.routes, request.base)


@route(api, "GET", "/docs", needs=OPEN)
def docs(request: Request) -> Answer:
    """Browse the API documentation."""
    return Response(_page(), {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _policy()}, 200)


@cache
def _page() -> str:
    return _PAGE.read_text(encoding="utf-8")


@cache
def _policy() -> str:
    """What the page may do: run its own script, and read the document."""
    script = re.search(r"<script>(.*?)</script>", _page(), re.DOTALL)
    digest = hashlib.sha256(script[1].encode() if script else b"").digest()
    allowed = f"script-src 'sha256-{base64.b64encode(digest).decode()}'; style-src 'unsafe-inline'; connect-src 'self'"
    return f"default-src 'none'; {allowed}; base-uri 'none'; frame-ancestors 'none'"
