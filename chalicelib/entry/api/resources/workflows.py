"""`/v2/workflows`: workflow definitions (API rules §6).

Members of a workflow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.http.columns import SCOPES, Column, Columns, Kind
from chalicelib.entry.api.http.listing import Collected, fields_of, page_of
from chalicelib.entry.api.http.request import Request
from chalicelib.entry.api.http.routing import VALIDATE, Answer, route, tagged
from chalicelib.service.definitions.workflows import Definitions, WorkflowRecord, version


def workflow_columns(text: Callable[[str], str]) -> Columns[WorkflowRecord]:
    """The members; `text` gives the text of a version, which only some requests want."""
    return Columns(
        [
            Column("id", lambda w: w.id),
            Column("name", lambda w: w.name, filtered=True),
            Column("namespace", lambda w: w.namespace, filtered=True),
            Column("input", lambda w: w.facts["input"], filtered=True),
            Column("interface", lambda w: w.facts["interface"], Kind.JSON),
            Column("definition", lambda w: text(w.ref), filtered=True),
            Column("checksum", lambda w: w.checksum),
            Column("version", lambda w: version(w.ref), filtered=True),
            Column("tags", lambda w: w.tags, Kind.TAGS, filtered=True),
            Column("scope", lambda w: w.scope, filtered=True, choices=SCOPES),
            Column("project_id", lambda w: w.project_id, filtered=True),
            Column("created_at", lambda w: w.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda w: w.updated_at, Kind.TIME, filtered=True),
        ]
    )


def stored(record: WorkflowRecord, text: Callable[[str], str], *, new: bool) -> JsonDict:
    """A workflow as the replies to uploads show it: `interface` is an object, and a new one has no `updated_at`."""
    shown = {**workflow_columns(text).one(record), "interface": record.facts["interface"]}
    if new:
        del shown["updated_at"]
    return shown


api = Blueprint(__name__)


_COLLECTED = Collected("workflows", "Workflow not found [workflow_id={}]", ("definition",), all_projects=True)


@route(api, "GET", "/v2/workflows", needs="workflows:list")
def list_workflows(request: Request) -> Answer:
    """List the workflows that the caller may see."""
    definitions = services().definitions
    return page_of(request, _COLLECTED, workflow_columns, definitions.workflows, definitions.text, definitions.texts)


@route(api, "POST", "/v2/workflows", needs="workflows:create", status=201)
def create_workflows(request: Request) -> Answer:
    """Create workflows: all of the document, or none."""
    definitions = services().definitions
    namespace, scope = request.upload_target("workflows")
    checked = request.is_checked(services().settings.validation_mode)
    made = definitions.create_workflows(request.caller, request.text(), namespace, scope, checked)
    return _stored(definitions, made, True)


@route(api, "PUT", "/v2/workflows", needs="workflows:update")
def update_workflows(request: Request) -> Answer:
    """Update workflows: those named in the document, or the one that `identifier` names."""
    identifier = request.query.text("identifier")
    if identifier:
        return update_workflow(request, identifier)
    definitions = services().definitions
    namespace, scope = request.upload_target("workflows")
    condition, checked = request.condition, request.is_checked(services().settings.validation_mode)
    changed = definitions.update_workflows(request.caller, request.text(), namespace, scope, condition, checked)
    return _stored(definitions, changed, False)


@route(api, "PUT", "/v2/workflows/validate", needs="workflows:update")
@route(api, "PUT", "/v2/workflows/{identifier}", needs="workflows:update")
def update_workflow(request: Request, identifier: str = VALIDATE) -> Answer:
    """Update a workflow; it is renamed if the document has another name."""
    definitions = services().definitions
    namespace, scope = request.upload_target("workflows")
    condition, checked = request.condition, request.is_checked(services().settings.validation_mode)
    record = definitions.update_workflow(
        request.caller, identifier, request.text(), namespace, scope, condition, checked
    )
    return tagged(stored(record, definitions.text, new=False), record.id, record.version)


@route(api, "GET", "/v2/workflows/validate", needs="workflows:get")
@route(api, "GET", "/v2/workflows/{identifier}", needs="workflows:get")
def get_workflow(request: Request, identifier: str = VALIDATE) -> Answer:
    """Get a workflow by id, or by name and namespace."""
    definitions = services().definitions
    query = request.query.only({"namespace", "fields"})
    columns = workflow_columns(definitions.text)
    fields = fields_of(query, columns)
    found = definitions.workflow(request.caller, identifier, query.text("namespace"))
    return tagged(columns.one(found, fields), found.id, found.version)


@route(api, "DELETE", "/v2/workflows/validate", needs="workflows:delete", status=204)
@route(api, "DELETE", "/v2/workflows/{identifier}", needs="workflows:delete", status=204, argument="identifier")
def delete_workflow(request: Request, identifier: str = VALIDATE) -> Answer:
    """Delete a workflow; its executions go on."""
    query = request.query.only({"namespace"})
    namespace = query.text("namespace")
    services().definitions.delete_workflow(request.caller, identifier, namespace, request.condition)
    return None


def _stored(definitions: Definitions, records: Sequence[WorkflowRecord], new: bool) -> Answer:
    return {"workflows": [stored(record, definitions.text, new=new) for record in records]}
