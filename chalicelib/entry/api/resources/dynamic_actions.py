"""`/v2/dynamic_actions`: classes in code sources that are actions (API rules §7.3).

Members of a dynamic action.
"""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.entry.api.http.columns import SCOPES, Column, Columns, Kind
from chalicelib.entry.api.http.listing import fields_of, listing
from chalicelib.entry.api.http.request import Body, Request
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.errors import InvalidRequest
from chalicelib.ports.definitions import DefinitionRecord
from chalicelib.service.definitions.code_sources import DynamicRequest

COLUMNS: Columns[DefinitionRecord] = Columns(
    [
        Column("id", lambda a: a.id),
        Column("name", lambda a: a.name, filtered=True),
        Column("namespace", lambda a: a.namespace, filtered=True),
        Column("code_source_id", lambda a: a.uses, Kind.UUID),
        Column("code_source_name", lambda a: a.facts["code_source"]),
        Column("class_name", lambda a: a.facts["class"]),
        Column("project_id", lambda a: a.project_id, filtered=True),
        Column("scope", lambda a: a.scope, filtered=True, choices=SCOPES),
        Column("created_at", lambda a: a.created_at, Kind.TIME, filtered=True),
        Column("updated_at", lambda a: a.updated_at, Kind.TIME, filtered=True),
    ]
)


api = Blueprint(__name__)


@route(api, "GET", "/v2/dynamic_actions", needs="dynamic_actions:list")
def list_actions(request: Request) -> Answer:
    """List the dynamic actions that the caller may see."""
    wanted = listing(request, COLUMNS, max_page=services().settings.max_page, switches={"all_projects"})
    rows = services().dynamic_actions.actions(request.caller)
    found = wanted.cut(rows, lambda row: row.id, "Dynamic Action not found [name={},namespace=]")
    return wanted.envelope("dynamic_actions", found)


@route(api, "POST", "/v2/dynamic_actions", needs="dynamic_actions:create", status=201)
def create_action(request: Request) -> Answer:
    """Create a dynamic action."""
    body = _body(request)
    name = body.text("name")
    if not name:
        raise InvalidRequest("The 'name' of the dynamic action is not provided.")
    made = services().dynamic_actions.create(request.caller, name, _request(body))
    return COLUMNS.without({"updated_at"}).one(made)


@route(api, "PUT", "/v2/dynamic_actions", needs="dynamic_actions:update")
def update_action(request: Request) -> Answer:
    """Update the dynamic action that the body names."""
    body = _body(request)
    identifier = body.text("id") or body.text("name")
    if not identifier:
        raise InvalidRequest("Either 'name' or 'id' must be provided.")
    return COLUMNS.one(services().dynamic_actions.update(request.caller, identifier, _request(body)))


@route(api, "GET", "/v2/dynamic_actions/{identifier}", needs="dynamic_actions:get")
def get_action(request: Request, identifier: str) -> Answer:
    """Get a dynamic action by id, or by name and namespace."""
    query = request.query.only({"namespace", "fields"})
    fields = fields_of(query, COLUMNS)
    found = services().dynamic_actions.action(request.caller, identifier, query.text("namespace"))
    return COLUMNS.one(found, fields)


@route(
    api, "DELETE", "/v2/dynamic_actions/{identifier}", needs="dynamic_actions:delete", status=204, argument="identifier"
)
def delete_action(request: Request, identifier: str) -> Answer:
    """Delete a dynamic action."""
    query = request.query.only({"namespace"})
    services().dynamic_actions.delete(request.caller, identifier, query.text("namespace"))
    return None


def _body(request: Request) -> Body:
    request.query.only(())
    body = request.json("dyn_action", COLUMNS.names)
    request.require_scope("dynamic_actions", body.text("scope"))
    return body


def _request(body: Body) -> DynamicRequest:
    return DynamicRequest(
        class_name=body.text("class_name"),
        source=body.text("code_source_id") or body.text("code_source_name"),
        namespace=body.text("namespace") or "",
        scope=body.text("scope"),
    )
