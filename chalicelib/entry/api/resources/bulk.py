"""`POST /v2/executions/bulk`: one change for many executions. An addition; Mistral has nothing like it."""

from __future__ import annotations

import base64
import json
import time
from datetime import datetime

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Run
from chalicelib.entry.api.http.columns import Columns
from chalicelib.entry.api.http.filters import filter_of, selection_of
from chalicelib.entry.api.http.request import Body, Query, Request
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.entry.api.resources import execution_members as view
from chalicelib.errors import InvalidRequest
from chalicelib.service.access.caller import Caller
from chalicelib.service.executions.bulk import BulkRequest, Change, Outcome, Place

api = Blueprint(__name__)

MEMBERS = ("action", "filter", "dry_run", "limit", "cursor", "force", "state_info", "reset")
USUAL, MOST = 100, 500
"""How many executions one request changes."""
SECONDS = 15.0
"""How long one request goes on; the gateway waits for 29."""


@route(api, "POST", "/v2/executions/bulk", needs="executions:update")
def change_executions(request: Request) -> Answer:
    """Pause, resume, cancel, delete or run again the executions that pass a filter, some at a time.

    The reply says what was done and, in `cursor`, where the same request goes on; without it, all were visited. With
    `dry_run` nothing is changed, and `done` names what would be.
    """
    request.query.only(())
    wanted = _request(request.caller, request.json("bulk", MEMBERS))
    if wanted.change is Change.DELETE:
        request.require("executions:delete")
    until = time.monotonic() + SECONDS
    outcome = services().bulk.apply(request.caller, wanted, lambda: time.monotonic() < until)
    return _reply(wanted, outcome)


def _request(caller: Caller, body: Body) -> BulkRequest:
    columns = view.execution_columns(services().queries)
    filters = _filters(body, columns)
    tests = [filter_of(columns[name], text) for name, text in filters.values.items()]
    return BulkRequest(
        change=_change(body.text("action")),
        selection=selection_of(filters, caller.project_id, services().definitions.lasting_name),
        keeps=lambda run: all(test(run) for test in tests),
        limit=_limit(body.members.get("limit")),
        after=_place(body.text("cursor")),
        dry_run=bool(body.flag("dry_run")),
        force=bool(body.flag("force")),
        message=body.text("state_info"),
        reset=bool(body.flag("reset")),
    )


def _change(text: str | None) -> Change:
    known = [str(change) for change in Change]
    if text not in known:
        raise InvalidRequest(f"The action must be one of {', '.join(known)}, not {text!r}")
    return Change(text)


def _filters(body: Body, columns: Columns[Run]) -> Query:
    """The filters, as a list takes them. There has to be one: nobody means everything by leaving it out."""
    given = body.object("filter")
    if not given:
        raise InvalidRequest('The filter must name at least one member, for instance {"state": "ERROR"}')
    filters = {column.name for column in columns if column.filtered} - {"project_id"}
    found = Query({name: _filter_text(name, given) for name in given}).only(filters)
    if "tags" in given and not found.text("tags").removeprefix("eq:").strip(", "):  # in a list it lets all pass
        raise InvalidRequest("The filter by tags must name at least one tag")
    return found


def _filter_text(name: str, given: JsonDict) -> str:
    text = Body("filter", given).text(name)
    if text is None:
        raise InvalidRequest(f"The filter by {name} must be a text, not null")
    return text


def _limit(value: Json) -> int:
    if value is None:
        return USUAL
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise InvalidRequest(f"The limit must be a whole number from 1 to {MOST}, not {value!r}")
    return value


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    try:
        created, identifier = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        moment = datetime.fromisoformat(created)
        if moment.tzinfo is None:
            raise ValueError("a moment without a zone")
    except (ValueError, TypeError, RecursionError):
        raise InvalidRequest("The cursor is not one that an earlier reply gave") from None
    return moment, str(identifier)


def _cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps([place[0].isoformat(), place[1]]).encode()).decode()


def _reply(wanted: BulkRequest, outcome: Outcome) -> JsonDict:
    failed: list[Json] = [{"id": identifier, "error": why} for identifier, why in outcome.failed.items()]
    shown: JsonDict = {
        "action": str(wanted.change),
        "dry_run": wanted.dry_run,
        "seen": outcome.seen,
        "passed_over": outcome.passed_over,
        "done": list(outcome.done),
        "failed": failed,
    }
    return shown if outcome.next is None else {**shown, "cursor": _cursor(outcome.next)}
