"""`/v2/signals`: what tasks wait for. The links by which people send them are in `links`."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.entry.api.http.columns import timestamp
from chalicelib.entry.api.http.request import Request
from chalicelib.entry.api.http.routing import Answer, route

api = Blueprint(__name__)

WEEK = 7 * 24 * 3600


@route(api, "GET", "/v2/signals/{key}", needs="signals:get")
def get_waiting(request: Request, key: str) -> Answer:
    """List the action executions that wait for a signal."""
    request.query.only(())
    found = services().signals.waiting(request.caller, key)
    return {
        "waiting": [
            {
                "execution_id": one.execution_id,
                "action_execution_id": one.action_id,
                "since": timestamp(one.since),
            }
            for one in found
        ]
    }


@route(api, "POST", "/v2/signals/{key}", needs="signals:create")
def send_signal(request: Request, key: str) -> Answer:
    """Send a signal: complete every action execution that waits for it, with the body as its result."""
    state = request.query.only({"state"}).text("state", "SUCCESS")
    return {"completed": [*services().signals.send(request.caller, key, state, request.value())]}


@route(api, "POST", "/v2/signals/{key}/links", needs="signals:create", status=201)
def make_link(request: Request, key: str) -> Answer:
    """Create an approval link: a URL that sends a signal once, without credentials."""
    request.query.only(())
    body = request.json("link", ("text", "expires"))
    seconds = body.whole("expires", 1)
    made = services().signal_links.make(
        request.caller.project_id, key, body.text("text") or "", WEEK if seconds is None else seconds
    )
    return {"url": made.url, "expires_at": timestamp(made.expires_at)}
