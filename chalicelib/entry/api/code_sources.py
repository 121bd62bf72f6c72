"""`/v2/code_sources`: Python texts that dynamic actions are made of (API rules §7.2)."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.entry.api.definitions import Collected, page_of
from chalicelib.entry.api.listing import fields_of
from chalicelib.entry.api.request import Request
from chalicelib.entry.api.routing import Answer, route
from chalicelib.entry.api.views import code_sources as view
from chalicelib.errors import InvalidRequest
from chalicelib.wiring import services

api = Blueprint(__name__)

_COLLECTED = Collected("code_sources", "Code Source not found [name={},namespace=]", ("content",), all_projects=True)


@route(api, "GET", "/v2/code_sources", needs="code_sources:list")
def list_sources(request: Request) -> Answer:
    """A page of the code sources that the caller sees."""
    sources = services().code_sources
    return page_of(request, _COLLECTED, view.columns, sources.sources, sources.text, sources.texts)


@route(api, "POST", "/v2/code_sources", needs="code_sources:create", status=201)
def create_source(request: Request) -> Answer:
    """Store a new code source, named by the query."""
    sources = services().code_sources
    name = request.query.text("name")
    if not name:
        raise InvalidRequest('Missing argument: "name"')
    made = sources.create(request.caller, name, request.text(), *request.upload_target("code_sources"))
    return view.columns(sources.text).without({"updated_at"}).one(made)


@route(api, "PUT", "/v2/code_sources/{identifier}", needs="code_sources:update", argument="identifier")
def update_source(request: Request, identifier: str) -> Answer:
    """Give a code source a new text."""
    sources = services().code_sources
    changed = sources.update(request.caller, identifier, request.text(), *request.upload_target("code_sources"))
    return view.columns(sources.text).one(changed)


@route(api, "GET", "/v2/code_sources/{identifier}", needs="code_sources:get")
def get_source(request: Request, identifier: str) -> Answer:
    """One code source by id, or by name and namespace."""
    sources = services().code_sources
    query = request.query.only({"namespace", "fields"})
    columns = view.columns(sources.text)
    fields = fields_of(query, columns)
    return columns.one(sources.source(request.caller, identifier, query.text("namespace")), fields)


@route(api, "DELETE", "/v2/code_sources/{identifier}", needs="code_sources:delete", status=204, argument="identifier")
def delete_source(request: Request, identifier: str) -> Answer:
    """Forget a code source and the dynamic actions that are made of it."""
    query = request.query.only({"namespace"})
    services().code_sources.delete(request.caller, identifier, query.text("namespace"))
    return None
