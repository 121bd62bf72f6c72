"""`/v2/links`: a question to a person, as a page for browsers and as JSON for programs; who has the link may answer.

Looking changes nothing: programs that fetch links to show a preview must not decide anything.
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs

from chalice.app import Blueprint, Response

from chalicelib.bootstrap.container import services
from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.http import request_context
from chalicelib.entry.api.http.columns import timestamp
from chalicelib.entry.api.http.request import Request
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.errors import InvalidRequest, MeltemiError
from chalicelib.ports.signals import SignalLink
from chalicelib.service.access.authorization import OPEN

api = Blueprint(__name__)

_PAGE = Path(__file__).parents[1] / "pages" / "link.html"
_MAY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _MAY, "X-Robots-Tag": "noindex"}
_FORM = "application/x-www-form-urlencoded"
_WORDS = {"approve": True, "reject": False}


@route(api, "GET", "/v2/links/{token}", needs=OPEN)
def show_link(request: Request, token: str) -> Answer:
    """Get an approval link: its question and its answer."""
    request.query.only(())
    if not _is_browser(request):
        return _shown(services().signal_links.show(token))
    try:
        return _page(services().signal_links.show(token))
    except MeltemiError as error:
        return _refused(error)


@route(api, "POST", "/v2/links/{token}", needs=OPEN)
def answer_link(request: Request, token: str) -> Answer:
    """Answer an approval link; only the first answer counts."""
    request.query.only(())
    request_context.admit(request, "POST")
    if request.media_type != _FORM:
        body = request.json("answer", ("approved", "comment"))
        approved = body.flag("approved")
        if approved is None:
            raise InvalidRequest("approved must be true or false")
        return _shown(services().signal_links.answer(token, approved, body.text("comment") or ""))
    try:
        form = {name: values[-1] for name, values in parse_qs(request.text()).items()}
        decision = _WORDS.get(form.get("decision", ""))
        if decision is None:
            raise InvalidRequest("decision must be approve or reject")
        return _page(services().signal_links.answer(token, decision, form.get("comment", "")))
    except MeltemiError as error:
        return _refused(error)


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _shown(link: SignalLink) -> JsonDict:
    return {
        "text": link.text,
        "expires_at": timestamp(link.expires_at),
        "used_at": None if link.used_at is None else timestamp(link.used_at),
        "answer": link.answer,
    }


def _page(link: SignalLink) -> Response:
    text = escape(link.text or "Do you approve?")
    if link.answer is None or link.used_at is None:
        return _html(text, _form(), 200)
    said = "Approved" if link.answer["approved"] else "Rejected"
    return _html(text, f"<p><strong>{said}</strong>, {timestamp(link.used_at)} UTC.</p>", 200)


def _refused(error: MeltemiError) -> Response:
    return _html("This did not work", f"<p>{escape(error.message)}</p>", error.http_status)


def _html(text: str, content: str, status: int) -> Response:
    return Response(Template(_template()).substitute(text=text, content=content), {**_HEADERS}, status)


def _form() -> str:
    return (
        '<form method="post"><label>Comment <textarea name="comment" rows="3"></textarea></label>'
        '<button name="decision" value="approve">Approve</button> '
        '<button name="decision" value="reject">Reject</button></form>'
    )


@cache
def _template() -> str:
    return _PAGE.read_text(encoding="utf-8")
