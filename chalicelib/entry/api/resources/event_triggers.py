"""`/v2/event_triggers`: workflows that are started by events (API rules §12).

Members of an event trigger.
"""

from __future__ import annotations

from collections.abc import Callable

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.entry.api.http.columns import SCOPES, Column, Columns, Kind
from chalicelib.entry.api.http.listing import Collected, fields_of, page_of
from chalicelib.entry.api.http.request import Body, Request, uuid_text
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.errors import InvalidRequest
from chalicelib.ports.definitions import DefinitionRecord
from chalicelib.service.triggers.content import Given
from chalicelib.service.triggers.events.triggers import EventChange, EventRequest, refuse_moves


def event_trigger_columns(given: Callable[[str], Given]) -> Columns[DefinitionRecord]:
    """The members; `given` gives input and parameters, which only some requests want."""
    return Columns(
        [
            Column("id", lambda t: t.id),
            Column("created_at", lambda t: t.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda t: t.updated_at, Kind.TIME, filtered=True),
            Column("project_id", lambda t: t.project_id, filtered=True),
            Column("name", lambda t: t.facts["name"], filtered=True),
            Column("workflow_id", lambda t: t.name, Kind.UUID, filtered=True),
            Column("workflow_input", lambda t: given(t.ref).input, Kind.JSON, filtered=True),
            Column("workflow_params", lambda t: given(t.ref).params, Kind.JSON, filtered=True),
            Column("exchange", lambda t: t.facts["exchange"], filtered=True),
            Column("topic", lambda t: t.facts["topic"], filtered=True),
            Column("event", lambda t: t.facts["event"], filtered=True),
            Column("pattern", lambda t: t.facts.get("pattern"), Kind.JSON, filtered=True),
            Column("last_error", lambda t: t.facts.get("error"), filtered=True),
            Column("scope", lambda t: t.scope, filtered=True, choices=SCOPES),
        ]
    )


api = Blueprint(__name__)


_COLLECTED = Collected(
    "event_triggers", "Event trigger not found [id={}].", ("workflow_input", "workflow_params"), all_projects=True
)


_FIXED = ("id", "created_at", "updated_at", "project_id", "last_error")


_REQUIRED = ("exchange", "topic", "event", "workflow_id")


@route(api, "GET", "/v2/event_triggers", needs="event_triggers:list")
def list_triggers(request: Request) -> Answer:
    """List the event triggers that the caller may see."""
    triggers = services().event_triggers
    return page_of(request, _COLLECTED, event_trigger_columns, triggers.triggers, triggers.given, triggers.given_of)


@route(api, "POST", "/v2/event_triggers", needs="event_triggers:create", status=201)
def create_trigger(request: Request) -> Answer:
    """Create an event trigger."""
    triggers = services().event_triggers
    made = triggers.create(request.caller, _request(_body(request)))
    return event_trigger_columns(triggers.given).one(made)


@route(api, "GET", "/v2/event_triggers/{trigger_id}", needs="event_triggers:get")
def get_trigger(request: Request, trigger_id: str) -> Answer:
    """Get an event trigger."""
    triggers = services().event_triggers
    columns = event_trigger_columns(triggers.given)
    fields = fields_of(request.query.only({"fields"}), columns)
    return columns.one(triggers.trigger(request.caller, uuid_text("id", trigger_id)), fields)


@route(api, "PUT", "/v2/event_triggers/{trigger_id}", needs="event_triggers:update", argument="id")
def update_trigger(request: Request, trigger_id: str) -> Answer:
    """Update an event trigger; the event it waits for cannot be changed."""
    triggers = services().event_triggers
    body = _body(request)
    refuse_moves([name for name, value in body.members.items() if value is not None])
    changed = triggers.update(request.caller, uuid_text("id", trigger_id), _change(body))
    return event_trigger_columns(triggers.given).one(changed)


@route(api, "DELETE", "/v2/event_triggers/{trigger_id}", needs="event_triggers:delete", status=204, argument="id")
def delete_trigger(request: Request, trigger_id: str) -> Answer:
    """Delete an event trigger."""
    request.query.only(())
    services().event_triggers.delete(request.caller, uuid_text("id", trigger_id))
    return None


def _body(request: Request) -> Body:
    request.query.only(())
    body = request.json("event_trigger", event_trigger_columns(services().event_triggers.given).names, _FIXED)
    request.require_scope("event_triggers", body.text("scope"))
    return body


def _request(body: Body) -> EventRequest:
    exchange, topic, event, workflow_id = (body.text(name) or "" for name in _REQUIRED)
    if not (exchange and topic and event and workflow_id):
        raise InvalidRequest(f"Params {list(_REQUIRED)} must be provided for creating event trigger.")
    return EventRequest(
        exchange,
        topic,
        event,
        uuid_text("workflow_id", workflow_id),
        body.text("name") or "",
        Given(body.object("workflow_input") or {}, body.object("workflow_params") or {}),
        body.text("scope"),
        body.object("pattern"),
    )


def _change(body: Body) -> EventChange:
    workflow_id = body.text("workflow_id")
    return EventChange(
        name=body.text("name"),
        workflow_id=None if workflow_id is None else uuid_text("workflow_id", workflow_id),
        input=body.object("workflow_input"),
        params=body.object("workflow_params"),
        scope=body.text("scope"),
        pattern=body.object("pattern"),
    )
