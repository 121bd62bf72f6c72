"""`/v2/action_executions`: action executions (API rules §10).

Members of an action execution, of a task or on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.core import ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.states import TERMINAL
from chalicelib.entry.api.http.columns import STATES, Column, Columns, Kind, Shown, timestamp
from chalicelib.entry.api.http.listing import fields_of, listing
from chalicelib.entry.api.http.request import Body, Request, uuid_text
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.errors import Forbidden, InvalidRequest
from chalicelib.ports.standalone_actions import LooseAction
from chalicelib.service.actions.standalone import RunRequest
from chalicelib.service.executions.paging import cut
from chalicelib.service.executions.queries import Queries
from chalicelib.service.runs.action_status import ActionOf, AnyAction, TaskOf

Row: TypeAlias = AnyAction


def action_execution_columns(queries: Queries) -> Columns[Row]:
    """The members; large values are read through `queries`."""
    return Columns(
        [
            Column("id", lambda row: row.id),
            Column("workflow_name", _of_task(lambda owner: owner.run.start.workflow_name), filtered=True),
            Column("workflow_namespace", _namespace),
            Column("task_name", _of_task(lambda owner: owner.task.name), filtered=True),
            Column("task_execution_id", _of_task(lambda owner: owner.id)),
            Column("state", lambda row: row.action.state.value, filtered=True, choices=STATES),
            Column("state_info", lambda row: row.action.state_info, filtered=True),
            Column("tags", lambda row: None, Kind.TAGS, filtered=True),
            Column("name", lambda row: row.action.name, filtered=True),
            Column("description", lambda row: "" if isinstance(row, ActionOf) else row.description, filtered=True),
            Column("project_id", _project),
            Column("accepted", lambda row: row.action.accepted if row.id else None, Kind.FLAG, filtered=True),
            Column("input", lambda row: queries.load(row.action.input), Kind.JSON, filtered=True),
            Column("output", lambda row: output(row, queries), Kind.JSON, Shown.ON_DEMAND, filtered=True),
            Column("created_at", _created, Kind.TIME, filtered=True, rank=_creation),
            Column("updated_at", _updated, Kind.TIME, filtered=True),
            Column("progress", lambda row: progress(row, queries), Kind.JSON, Shown.ALONE_IF_ANY),
            Column("params", lambda row: None, shown=Shown.NEVER),
        ]
    )


def output(row: Row, queries: Queries) -> JsonDict | None:
    """The result in its envelope; `None` while there is none."""
    return {"result": queries.load(row.action.output)} if row.action.state in TERMINAL else None


def progress(row: Row, queries: Queries) -> JsonDict | None:
    """How far the external worker is that has it, and when it was heard of."""
    watch = queries.watch(row.id) if row.id else None
    if watch is None:
        return None
    return {"percent": watch.percent, "message": watch.note, "last_heartbeat": timestamp(watch.heard_at)}


def _of_task(get: Callable[[TaskOf], object]) -> Callable[[Row], object]:
    return lambda row: get(row.owner) if isinstance(row, ActionOf) else None


def _namespace(row: Row) -> object:
    return row.owner.run.start.workflow_namespace if isinstance(row, ActionOf) else row.namespace


def _project(row: Row) -> object:
    if isinstance(row, ActionOf):
        return row.owner.run.start.project_id
    return row.project_id if row.id else None


def _created(row: Row) -> object:
    return row.action.created_at if row.id else None


def _updated(row: Row) -> object:
    """Those on their own are not updated until something happens to them."""
    untouched = isinstance(row, LooseAction) and row.action.updated_at == row.action.created_at
    return None if untouched else row.action.updated_at


def _creation(row: Row) -> object:
    """The actions of one step share a moment; they were created in an order all the same."""
    order = row.owner.task.order if isinstance(row, ActionOf) else 0
    return row.action.created_at, order, row.action.key.number


api = Blueprint(__name__)


@route(api, "GET", "/v2/action_executions", needs="action_executions:list")
def list_actions(request: Request) -> Answer:
    """List action executions: of one task execution, or of the newest executions."""
    given = request.query.text("task_execution_id").removeprefix("eq:")
    return page_of(request, uuid_text("task_execution_id", given) if given else None, flat=True)


@route(api, "POST", "/v2/action_executions", needs="action_executions:create", status=201)
def run_action(request: Request) -> Answer:
    """Run a standalone action. A failure of the action is reported in the reply like any other result."""
    request.query.only(())
    columns = action_execution_columns(services().queries)
    body = request.json("action_ex", columns.names)
    ran = services().loose.run(request.caller, _run_request(body))
    return columns.without({"task_name"}).one(ran)


@route(api, "GET", "/v2/action_executions/{action_id}", needs="action_executions:get")
def get_action(request: Request, action_id: str) -> Answer:
    """Get an action execution."""
    queries = services().queries
    columns = action_execution_columns(queries)
    fields = fields_of(request.query.only({"fields"}), columns)
    if _is_loose(action_id):
        return columns.one(services().loose.one(request.caller, action_id), fields)
    return columns.one(queries.action(request.caller, action_id), fields)


@route(api, "PUT", "/v2/action_executions/{action_id}", needs="action_executions:update", argument="id")
def update_action(request: Request, action_id: str) -> Answer:
    """Complete, pause or resume an action execution."""
    request.query.only(())
    body = request.json("action_ex", action_execution_columns(services().queries).names)
    state, output = body.text("state") or "Unset", body.object("output")
    given = "output" in body.members
    columns = action_execution_columns(services().queries)
    if _is_loose(action_id):
        return columns.one(services().loose.complete(request.caller, action_id, state, output, given))
    run, task, action = services().executions.complete_action(request.caller, action_id, state, output, given)
    return columns.one(ActionOf(TaskOf(run, task), action))


@route(api, "DELETE", "/v2/action_executions/{action_id}", needs="action_executions:delete", status=204, argument="id")
def delete_action(request: Request, action_id: str) -> Answer:
    """Delete a standalone action execution that has ended, where the settings allow it."""
    request.query.only(())
    if not services().settings.allow_action_execution_deletion:
        raise Forbidden("Action execution deletion is not allowed.")
    if not _is_loose(action_id):
        services().queries.action(request.caller, action_id)
        raise Forbidden("Only ad-hoc action execution can be deleted.")
    services().loose.delete(request.caller, action_id)
    return None


def page_of(request: Request, task_id: str | None, flat: bool = False) -> Answer:
    """A page of the action executions of a task execution, or of the newest executions."""
    queries = services().queries
    switches = {"include_output", *({"task_execution_id"} if flat else ())}
    wanted = listing(
        request, action_execution_columns(queries), max_page=services().settings.max_page, switches=switches
    )
    if task_id is None:
        rows: list[Row] = [*queries.actions(request.caller), *services().loose.newest(request.caller)]
        found = cut(rows, wanted.page, lambda row: str(row.id))
    else:
        found = queries.actions_page(request.caller, task_id, wanted.page)
    return wanted.envelope("action_executions", wanted.found(found, "ActionExecution not found [id={}]"))


def _is_loose(action_id: str) -> bool:
    """Whether this cannot be the id of an action execution of a task."""
    return ids.parse(action_id) is None


def _run_request(body: Body) -> RunRequest:
    params = body.object("params") or {}
    return RunRequest(
        name=body.text("name"),
        namespace=body.text("workflow_namespace") or "",
        input=body.object("input") or {},
        description=body.text("description"),
        run_sync=bool(params.get("run_sync")),
        save_result=bool(params.get("save_result")),
        timeout=_seconds(params.get("timeout")),
        target=_target(params.get("target")),
    )


def _target(target: Json) -> str | None:
    if target is not None and not isinstance(target, str):
        raise InvalidRequest(f"The target of an action must be a text, not '{target}'")
    return target or None


def _seconds(timeout: Json) -> float:
    """A time limit; none is 0."""
    try:
        seconds = float(str(timeout or 0))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise InvalidRequest(f"The timeout of an action must be a number of seconds, not '{timeout}'")
    return seconds
