"""`/v2/code_sources`: Python texts that dynamic actions are made of (API rules §7.2).

Members of a code source.
"""

from __future__ import annotations

from collections.abc import Callable

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.entry.api.http.columns import SCOPES, Column, Columns, Kind, Shown
from chalicelib.entry.api.http.listing import Collected, fields_of, page_of
from chalicelib.entry.api.http.request import Request
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.errors import InvalidRequest
from chalicelib.ports.definitions import DefinitionRecord


def code_source_columns(text: Callable[[str], str]) -> Columns[DefinitionRecord]:
    """The members; `text` gives the text of a version, which only some requests want."""
    return Columns(
        [
            Column("id", lambda s: s.id),
            Column("name", lambda s: s.name, filtered=True),
            Column("namespace", lambda s: s.namespace, filtered=True),
            Column("content", lambda s: text(s.ref)),
            Column("version", lambda s: s.facts["version"], Kind.WHOLE),
            Column("project_id", lambda s: s.project_id, filtered=True),
            Column("scope", lambda s: s.scope, filtered=True, choices=SCOPES),
            Column("actions", lambda s: None, shown=Shown.NEVER),
            Column("created_at", lambda s: s.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda s: s.updated_at, Kind.TIME, filtered=True),
            Column("tags", lambda s: s.tags, Kind.TAGS, Shown.NEVER, filtered=True),
        ]
    )


api = Blueprint(__name__)


_COLLECTED = Collected("code_sources", "Code Source not found [name={},namespace=]", ("content",), all_projects=True)


@route(api, "GET", "/v2/code_sources", needs="code_sources:list")
def list_sources(request: Request) -> Answer:
    """List the code sources that the caller may see."""
    sources = services().code_sources
    return page_of(request, _COLLECTED, code_source_columns, sources.sources, sources.text, sources.texts)


@route(api, "POST", "/v2/code_sources", needs="code_sources:create", status=201)
def create_source(request: Request) -> Answer:
    """Create a code source, named by the query."""
    sources = services().code_sources
    name = request.query.text("name")
    if not name:
        raise InvalidRequest('Missing argument: "name"')
    made = sources.create(request.caller, name, request.text(), *request.upload_target("code_sources"))
    return code_source_columns(sources.text).without({"updated_at"}).one(made)


@route(api, "PUT", "/v2/code_sources/{identifier}", needs="code_sources:update", argument="identifier")
def update_source(request: Request, identifier: str) -> Answer:
    """Update a code source."""
    sources = services().code_sources
    changed = sources.update(request.caller, identifier, request.text(), *request.upload_target("code_sources"))
    return code_source_columns(sources.text).one(changed)


@route(api, "GET", "/v2/code_sources/{identifier}", needs="code_sources:get")
def get_source(request: Request, identifier: str) -> Answer:
    """Get a code source by id, or by name and namespace."""
    sources = services().code_sources
    query = request.query.only({"namespace", "fields"})
    columns = code_source_columns(sources.text)
    fields = fields_of(query, columns)
    return columns.one(sources.source(request.caller, identifier, query.text("namespace")), fields)


@route(api, "DELETE", "/v2/code_sources/{identifier}", needs="code_sources:delete", status=204, argument="identifier")
def delete_source(request: Request, identifier: str) -> Answer:
    """Delete a code source and its dynamic actions."""
    query = request.query.only({"namespace"})
    services().code_sources.delete(request.caller, identifier, query.text("namespace"))
    return None
