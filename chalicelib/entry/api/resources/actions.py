"""`/v2/actions`: ad-hoc actions, and the built-in ones among them (API rules §7.1).

Members of an action.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.http.columns import SCOPES, Column, Columns, Kind
from chalicelib.entry.api.http.listing import Listing, listing
from chalicelib.entry.api.http.request import Request
from chalicelib.entry.api.http.routing import VALIDATE, Answer, route, tagged
from chalicelib.service.definitions.actions import ActionEntry


def action_columns(text: Callable[[str], str]) -> Columns[ActionEntry]:
    """The members; `text` gives the text of a version. Where a built-in action has no time, there is an empty text."""
    return Columns(
        [
            Column("id", lambda a: a.id),
            Column("name", lambda a: a.name, filtered=True),
            Column("is_system", lambda a: False, Kind.FLAG, filtered=True),
            Column("input", lambda a: a.input, filtered=True),
            Column("description", lambda a: a.description, filtered=True),
            Column("tags", lambda a: a.tags, Kind.TAGS, filtered=True),
            Column("definition", lambda a: text(a.ref) if a.ref else "", filtered=True),
            Column("scope", lambda a: a.scope, filtered=True, choices=SCOPES),
            Column("project_id", lambda a: a.project_id),
            Column("created_at", _created, Kind.TIME, filtered=True, rank=lambda a: a.created_at),
            Column("updated_at", _updated, Kind.TIME, filtered=True, rank=lambda a: a.updated_at),
            Column("namespace", lambda a: a.namespace, filtered=True),
        ]
    )


def stored(entry: ActionEntry, text: Callable[[str], str], *, new: bool) -> JsonDict:
    """An action as the replies to uploads show it: no input is null, and a new one has no `updated_at`."""
    shown = {**action_columns(text).one(entry), "input": entry.input or None}
    if new:
        del shown["updated_at"]
    return shown


def _created(entry: ActionEntry) -> object:
    return entry.created_at or ""


def _updated(entry: ActionEntry) -> object:
    return entry.updated_at if entry.created_at else ""


api = Blueprint(__name__)


@route(api, "GET", "/v2/actions", needs="actions:list")
def list_actions(request: Request) -> Answer:
    """List the actions of a namespace that the caller may see, by name."""
    definitions, texts = services().action_definitions, dict[str, str]()
    columns = action_columns(lambda ref: texts.get(ref) or definitions.text(ref))
    wanted = listing(request, columns, max_page=services().settings.max_page, any_marker=True, sort_key="name")
    entries = definitions.actions(request.caller)
    if "namespace" not in request.query.values:
        entries = [entry for entry in entries if not entry.namespace]
    found = _marked_by_id(wanted, entries).cut(entries, lambda entry: entry.id, "Action not found [name={}]")
    if wanted.fields is None or "definition" in wanted.fields:
        texts.update(definitions.texts([entry.ref for entry in found.rows if entry.ref]))
    return wanted.envelope("actions", found)


@route(api, "POST", "/v2/actions", needs="actions:create", status=201)
def create_actions(request: Request) -> Answer:
    """Create ad-hoc actions: all of the document, or none."""
    definitions = services().action_definitions
    namespace, scope = request.upload_target("actions")
    made = definitions.create(request.caller, request.text(), namespace, scope)
    return {"actions": [stored(entry, definitions.text, new=True) for entry in made]}


@route(api, "PUT", "/v2/actions", needs="actions:update")
def update_actions(request: Request) -> Answer:
    """Update ad-hoc actions: those named in the document, or the one that `identifier` names."""
    return update_action(request, request.query.text("identifier") or None)


@route(api, "PUT", "/v2/actions/validate", needs="actions:update")
@route(api, "PUT", "/v2/actions/{identifier}", needs="actions:update")
def update_action(request: Request, identifier: str | None = VALIDATE) -> Answer:
    """Update an ad-hoc action; it is renamed if the document has another name."""
    definitions = services().action_definitions
    namespace, scope = request.upload_target("actions")
    changed = definitions.update(request.caller, request.text(), namespace, scope, identifier, request.condition)
    return {"actions": [stored(entry, definitions.text, new=False) for entry in changed]}


@route(api, "GET", "/v2/actions/validate", needs="actions:get")
@route(api, "GET", "/v2/actions/{identifier}", needs="actions:get")
@route(api, "GET", "/v2/actions/{identifier}/{namespace}", needs="actions:get")
def get_action(request: Request, identifier: str = VALIDATE, namespace: str = "") -> Answer:
    """Get an action by name: of the namespace, else of the default one, else built in."""
    query = request.query.only({"namespace"})
    definitions = services().action_definitions
    found = definitions.action(request.caller, identifier, namespace or query.text("namespace"))
    shown = action_columns(definitions.text).one(found)
    return shown if found.version is None else tagged(shown, found.id, found.version)


@route(api, "DELETE", "/v2/actions/validate", needs="actions:delete", status=204)
@route(api, "DELETE", "/v2/actions/{identifier}/{namespace}", needs="actions:delete", status=204)
@route(api, "DELETE", "/v2/actions/{identifier}", needs="actions:delete", status=204, argument="identifier")
def delete_action(request: Request, identifier: str = VALIDATE, namespace: str = "") -> Answer:
    """Delete an ad-hoc action."""
    query = request.query.only({"namespace"})
    place = namespace or query.text("namespace")
    services().action_definitions.delete(request.caller, identifier, place, request.condition)
    return None


def _marked_by_id(wanted: Listing[ActionEntry], entries: list[ActionEntry]) -> Listing[ActionEntry]:
    """The same request with its marker, which may be a name too, as an id."""
    marker = wanted.page.marker
    if marker is None or any(entry.id == marker for entry in entries):
        return wanted
    found = next((entry.id for entry in entries if entry.name == marker), marker)
    return replace(wanted, page=replace(wanted.page, marker=found))
