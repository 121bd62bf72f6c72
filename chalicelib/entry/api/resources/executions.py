"""`/v2/executions`: executions of workflows (API rules §8)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.core import ids
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Run
from chalicelib.entry.api.http.filters import equal_to, only_value, selection_of
from chalicelib.entry.api.http.listing import fields_of, listing
from chalicelib.entry.api.http.request import Body, Request, uuid_text
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.entry.api.resources import execution_members as view
from chalicelib.entry.api.resources import tasks
from chalicelib.errors import InvalidRequest
from chalicelib.service.access.caller import Caller
from chalicelib.service.executions.commands import StartRequest
from chalicelib.service.outgoing.tracing import incoming

api = Blueprint(__name__)

MAX_KEY = 255
"""How long an `Idempotency-Key` may be."""

_SWITCHES = frozenset({"include_output", "all_projects", "nulls"})


@route(api, "GET", "/v2/executions", needs="executions:list")
def list_executions(request: Request) -> Answer:
    """List the executions that the caller may see."""
    queries, settings = services().queries, services().settings
    columns = view.execution_columns(queries)
    wanted = listing(request, columns, max_page=settings.max_page, switches=_SWITCHES, any_marker=True)
    caller, project_id = _lister(request)
    owner = only_value(request.query, "task_execution_id")
    if owner is not None:
        found = queries.children_page(caller, uuid_text("task_execution_id", owner), wanted.page)
        return wanted.envelope("executions", wanted.found(found, "WorkflowExecution not found [id={}]"))
    selection = selection_of(request.query, caller.project_id, services().definitions.lasting_name)
    return wanted.envelope("executions", queries.executions(caller, wanted.page, project_id, selection))


@route(api, "POST", "/v2/executions", needs="executions:create", status=201)
def start_execution(request: Request) -> Answer:
    """Start an execution; one that has the id or idempotency key already is returned instead."""
    request.query.only(())
    body = request.json("wf_ex", view.execution_columns(services().queries).names)
    wanted = replace(_start_request(body), trace=incoming(request.headers))
    if wanted.id is None and (keyed := _keyed_id(request)) is not None:
        wanted = replace(wanted, id=keyed, fingerprint=_fingerprint(body))
    return _reply(services().executions.start(request.caller, wanted), view.REPLY_WITHOUT)


@route(api, "GET", "/v2/executions/{execution_id}", needs="executions:get")
def get_execution(request: Request, execution_id: str) -> Answer:
    """Get an execution."""
    queries = services().queries
    columns = view.execution_columns(queries)
    fields = fields_of(request.query.only({"fields"}), columns, strict=True)
    return columns.one(queries.execution(request.caller, execution_id), fields)


@route(api, "PUT", "/v2/executions/{execution_id}", needs="executions:update", argument="id")
def update_execution(request: Request, execution_id: str) -> Answer:
    """Update an execution: its state; or its description, its environment, or both."""
    request.query.only(())
    body = request.json("wf_ex", view.execution_columns(services().queries).names)
    state, description = body.text("state"), body.text("description") or None
    env = _env(body)
    problem = _problem(state, description, env)
    if problem is not None:
        services().queries.execution(request.caller, execution_id)  # an unknown one is worth a 404 first
        raise InvalidRequest(problem)
    executions = services().executions
    if state:
        run = executions.change_state(request.caller, execution_id, state, body.text("state_info"), env)
        return _reply(run, view.REPLY_WITHOUT)
    run = executions.describe(request.caller, execution_id, description, env)
    return _reply(run, view.ENV_REPLY_WITHOUT if env else view.DESCRIPTION_REPLY_WITHOUT)


@route(api, "DELETE", "/v2/executions/{execution_id}", needs="executions:delete", status=204, argument="id")
def delete_execution(request: Request, execution_id: str) -> Answer:
    """Delete an execution that has ended, or any with `force`."""
    force = request.query.only({"force"}).flag("force")
    services().executions.delete(request.caller, execution_id, force)
    return None


@route(api, "GET", "/v2/executions/{execution_id}/tasks", needs="tasks:list")
def list_tasks(request: Request, execution_id: str) -> Answer:
    """List the task executions of an execution."""
    queries, wanted = services().queries, uuid_text("workflow_execution_id", execution_id)
    return tasks.page_of(request, lambda: queries.tasks_of(queries.execution(request.caller, wanted)))


def _keyed_id(request: Request) -> str | None:
    """The id that the project's `Idempotency-Key` stands for; `None` without one. Raises `InvalidRequest`."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY:
        raise InvalidRequest(f"Idempotency-Key must have 1 to {MAX_KEY} characters, not {len(key)}")
    project_id = request.caller.project_id
    return ids.derived_uuid("idempotency-key", len(project_id), project_id, key)


def _fingerprint(body: Body) -> str:
    """Equal for equal bodies, in whatever order their members come."""
    return hashlib.sha256(json.dumps(body.members, sort_keys=True).encode()).hexdigest()[:32]


def _lister(request: Request) -> tuple[Caller, str | None]:
    """Who lists, and the one project that is asked for, if it is one; asking for it is asking for others'."""
    given = request.query.text("project_id")
    if not given:
        return request.lister("executions"), None
    request.require("executions:list:all_projects")
    return request.caller.seeing_all(), equal_to(given)


def _start_request(body: Body) -> StartRequest:
    return StartRequest(
        workflow=body.text("workflow_id") or body.text("workflow_name"),
        namespace=body.text("workflow_namespace") or "",
        input=body.object("input") or {},
        params=body.object("params") or {},
        description=body.text("description") if "description" in body.members else "",
        id=body.text("id"),
        source_execution_id=body.text("source_execution_id"),
    )


def _env(body: Body) -> JsonDict | None:
    """The environment of an update, which may be text itself; an empty one counts as none."""
    params = body.object("params") or {}
    return Body("params", params).object("env") or None


def _problem(state: str | None, description: str | None, env: JsonDict | None) -> str | None:
    if not (state or description or env):
        return "The property state, description, or env is not provided for update."
    if state and description:
        return "The property description must be updated separately from state."
    if state and env and state != "RUNNING":
        return "The property env can only be updated when workflow execution is not running or on resume from pause."
    return None


def _reply(run: Run, without: frozenset[str]) -> Answer:
    return view.execution_columns(services().queries).without(without).one(run)
