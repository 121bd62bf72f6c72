"""`/v2/action_executions`: action executions (API rules §10)."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.core import ids
from chalicelib.core.jsontext import Json
from chalicelib.entry.api.listing import fields_of, listing
from chalicelib.entry.api.request import Body, Request, uuid_text
from chalicelib.entry.api.routing import Answer, route
from chalicelib.entry.api.views import action_executions as view
from chalicelib.errors import Forbidden, InvalidRequest
from chalicelib.service.loose import RunRequest
from chalicelib.service.paging import cut
from chalicelib.service.rows import ActionOf, TaskOf
from chalicelib.wiring import services

api = Blueprint(__name__)


@route(api, "GET", "/v2/action_executions", needs="action_executions:list")
def list_actions(request: Request) -> Answer:
    """A page of the action executions of one task execution, or of the newest executions."""
    given = request.query.text("task_execution_id").removeprefix("eq:")
    return page_of(request, uuid_text("task_execution_id", given) if given else None, flat=True)


@route(api, "POST", "/v2/action_executions", needs="action_executions:create", status=201)
def run_action(request: Request) -> Answer:
    """Run an action by itself, now or before long. A failure of the action is an answer like any other."""
    request.query.only(())
    columns = view.columns(services().queries)
    body = request.json("action_ex", columns.names)
    ran = services().loose.run(request.caller, _run_request(body))
    return columns.without({"task_name"}).one(ran)


@route(api, "GET", "/v2/action_executions/{action_id}", needs="action_executions:get")
def get_action(request: Request, action_id: str) -> Answer:
    """One action execution."""
    queries = services().queries
    columns = view.columns(queries)
    fields = fields_of(request.query.only({"fields"}), columns)
    if _is_loose(action_id):
        return columns.one(services().loose.one(request.caller, action_id), fields)
    return columns.one(queries.action(request.caller, action_id), fields)


@route(api, "PUT", "/v2/action_executions/{action_id}", needs="action_executions:update", argument="id")
def update_action(request: Request, action_id: str) -> Answer:
    """Bring the result of an action execution, pause or resume it."""
    request.query.only(())
    body = request.json("action_ex", view.columns(services().queries).names)
    state, output = body.text("state") or "Unset", body.object("output")
    given = "output" in body.members
    columns = view.columns(services().queries)
    if _is_loose(action_id):
        return columns.one(services().loose.complete(request.caller, action_id, state, output, given))
    run, task, action = services().executions.complete_action(request.caller, action_id, state, output, given)
    return columns.one(ActionOf(TaskOf(run, task), action))


@route(api, "DELETE", "/v2/action_executions/{action_id}", needs="action_executions:delete", status=204, argument="id")
def delete_action(request: Request, action_id: str) -> Answer:
    """Remove an action execution that belongs to no task and is over, where that is switched on."""
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
    wanted = listing(request, view.columns(queries), max_page=services().settings.max_page, switches=switches)
    if task_id is None:
        rows: list[view.Row] = [*queries.actions(request.caller), *services().loose.newest(request.caller)]
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
