"""`/v2/workbooks`: workbooks (API rules §5).

Members of a workbook.
"""

from __future__ import annotations

from collections.abc import Callable

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.entry.api.http.columns import SCOPES, Column, Columns, Kind
from chalicelib.entry.api.http.listing import Collected, fields_of, page_of
from chalicelib.entry.api.http.request import Request
from chalicelib.entry.api.http.routing import VALIDATE, Answer, route, tagged
from chalicelib.ports.definitions import DefinitionRecord


def workbook_columns(text: Callable[[str], str]) -> Columns[DefinitionRecord]:
    """The members; `text` gives the text of a version, which only some requests want."""
    return Columns(
        [
            Column("id", lambda w: w.id),
            Column("name", lambda w: w.name, filtered=True),
            Column("namespace", lambda w: w.namespace, filtered=True),
            Column("definition", lambda w: text(w.ref), filtered=True),
            Column("tags", lambda w: w.tags, Kind.TAGS, filtered=True),
            Column("scope", lambda w: w.scope, filtered=True, choices=SCOPES),
            Column("project_id", lambda w: w.project_id),
            Column("created_at", lambda w: w.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda w: w.updated_at, Kind.TIME, filtered=True),
        ]
    )


api = Blueprint(__name__)


_COLLECTED = Collected("workbooks", "Workbook not found [id={}]", ("definition",))


@route(api, "GET", "/v2/workbooks", needs="workbooks:list")
def list_workbooks(request: Request) -> Answer:
    """List the workbooks that the caller may see."""
    workbooks = services().workbooks
    return page_of(request, _COLLECTED, workbook_columns, workbooks.workbooks, workbooks.text, workbooks.texts)


@route(api, "POST", "/v2/workbooks", needs="workbooks:create", status=201)
def create_workbook(request: Request) -> Answer:
    """Create a workbook with its workflows and actions."""
    workbooks = services().workbooks
    namespace, scope = request.upload_target("workbooks")
    checked = request.is_checked(services().settings.validation_mode)
    made = workbooks.create(request.caller, request.text(), namespace, scope, checked)
    return workbook_columns(workbooks.text).without({"updated_at"}).one(made)


@route(api, "PUT", "/v2/workbooks", needs="workbooks:update")
def update_workbook(request: Request) -> Answer:
    """Update the workbook named in the document."""
    workbooks = services().workbooks
    namespace, scope = request.upload_target("workbooks")
    checked = request.is_checked(services().settings.validation_mode)
    changed = workbooks.update(request.caller, request.text(), namespace, scope, request.condition, checked)
    return tagged(workbook_columns(workbooks.text).one(changed), changed.id, changed.version)


@route(api, "GET", "/v2/workbooks/validate", needs="workbooks:get")
@route(api, "GET", "/v2/workbooks/{name}", needs="workbooks:get")
def get_workbook(request: Request, name: str = VALIDATE) -> Answer:
    """Get a workbook by name and namespace."""
    workbooks = services().workbooks
    query = request.query.only({"namespace", "fields"})
    columns = workbook_columns(workbooks.text)
    fields = fields_of(query, columns, strict=True)
    found = workbooks.workbook(request.caller, name, query.text("namespace"))
    return tagged(columns.one(found, fields), found.id, found.version)


@route(api, "DELETE", "/v2/workbooks/validate", needs="workbooks:delete", status=204)
@route(api, "DELETE", "/v2/workbooks/{name}", needs="workbooks:delete", status=204, argument="name")
def delete_workbook(request: Request, name: str = VALIDATE) -> Answer:
    """Delete a workbook; its workflows and actions stay."""
    query = request.query.only({"namespace"})
    services().workbooks.delete(request.caller, name, query.text("namespace"), request.condition)
    return None
