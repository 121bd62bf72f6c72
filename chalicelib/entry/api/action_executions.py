"""`/v2/action_executions`: action executions (api description 10)."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.entry.api.listing import fields_of, listing
from chalicelib.entry.api.request import Request, uuid_text
from chalicelib.entry.api.routing import Answer, route
from chalicelib.entry.api.views import action_executions as view
from chalicelib.errors import Forbidden
from chalicelib.service.queries import ActionOf, TaskOf
from chalicelib.wiring import services

api = Blueprint(__name__)


@route(api, "GET", "/v2/action_executions")
def list_actions(request: Request) -> Answer:
    """A page of the action executions of one task execution, or of the newest executions."""
    given = request.query.text("task_execution_id").removeprefix("eq:")
    return page_of(request, uuid_text("task_execution_id", given) if given else None, flat=True)


@route(api, "GET", "/v2/action_executions/{action_id}")
def get_action(request: Request, action_id: str) -> Answer:
    """One action execution."""
    queries = services().queries
    columns = view.columns(queries)
    fields = fields_of(request.query.only({"fields"}), columns)
    return columns.one(queries.action(request.caller, action_id), fields)


@route(api, "PUT", "/v2/action_executions/{action_id}", argument="id")
def update_action(request: Request, action_id: str) -> Answer:
    """Bring the result of an action execution, pause or resume it."""
    request.query.only(())
    body = request.json("action_ex", view.columns(services().queries).names)
    state, output = body.text("state") or "Unset", body.object("output")
    given = "output" in body.members
    run, task, action = services().executions.complete_action(request.caller, action_id, state, output, given)
    return view.columns(services().queries).one(ActionOf(TaskOf(run, task), action))


@route(api, "DELETE", "/v2/action_executions/{action_id}", status=204, argument="id")
def delete_action(request: Request, action_id: str) -> Answer:
    """Refused: only an action that runs without a task could be removed, and only where that is switched on."""
    request.query.only(())
    services().queries.action(request.caller, action_id)
    raise Forbidden("Only ad-hoc action execution can be deleted.")


def page_of(request: Request, task_id: str | None, flat: bool = False) -> Answer:
    """A page of the action executions of a task execution, or of the newest executions."""
    queries = services().queries
    switches = {"include_output", *({"task_execution_id"} if flat else ())}
    wanted = listing(request, view.columns(queries), max_page=services().settings.max_page, switches=switches)
    found = wanted.cut(queries.actions(request.caller, task_id), lambda row: row.id, "ActionExecution not found [id")
    return wanted.envelope("action_executions", found)
