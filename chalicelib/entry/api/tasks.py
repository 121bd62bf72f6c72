"""`/v2/tasks`: task executions (API rules §9)."""

from __future__ import annotations

from collections.abc import Callable, Collection

from chalice.app import Blueprint

from chalicelib.core.states import SKIPPED
from chalicelib.entry.api import action_executions
from chalicelib.entry.api.listing import fields_of, listing
from chalicelib.entry.api.request import Body, Request, uuid_text
from chalicelib.entry.api.routing import Answer, route
from chalicelib.entry.api.views import executions as execution_view
from chalicelib.entry.api.views import tasks as view
from chalicelib.errors import InvalidRequest
from chalicelib.service.rows import TaskOf
from chalicelib.wiring import services

api = Blueprint(__name__)

_NO_FILTERS = frozenset({"task_execution_id", "root_execution_id", "project_id"})
_NO_MEMBERS = frozenset({"input", "params", "output"})


@route(api, "GET", "/v2/tasks", needs="tasks:list")
def list_tasks(request: Request) -> Answer:
    """A page of the task executions of one execution, or of the newest ones."""
    queries, given = services().queries, request.query.text("workflow_execution_id").removeprefix("eq:")
    wanted = uuid_text("workflow_execution_id", given) if given else None
    return page_of(request, lambda: queries.tasks(request.caller, wanted), {"workflow_execution_id"})


@route(api, "GET", "/v2/tasks/{task_id}", needs="tasks:get")
def get_task(request: Request, task_id: str) -> Answer:
    """One task execution with its result."""
    queries = services().queries
    columns = view.columns(queries)
    fields = fields_of(request.query.only({"fields"}), columns, strict=True)
    return columns.one(queries.task(request.caller, task_id), fields)


@route(api, "PUT", "/v2/tasks/{task_id}", needs="tasks:update", argument="id")
def update_task(request: Request, task_id: str) -> Answer:
    """Run a failed task again, or skip it."""
    request.query.only(())
    body = request.json("task", view.columns(services().queries).names)
    env, skip, reset = body.object("env"), body.text("state") == SKIPPED, body.flag("reset")
    queries = services().queries
    found = queries.task(request.caller, task_id)
    problem = _problem(found, body, queries.has_items(found))
    if problem is not None:
        raise InvalidRequest(problem)
    services().executions.rerun_task(request.caller, task_id, skip, env, reset is not False)
    return view.columns(queries).without({"published_global"}).one(queries.task(request.caller, task_id))


@route(api, "GET", "/v2/tasks/{task_id}/action_executions", needs="action_executions:list")
def list_actions(request: Request, task_id: str) -> Answer:
    """A page of the action executions of a task execution."""
    return action_executions.page_of(request, uuid_text("task_execution_id", task_id))


@route(api, "GET", "/v2/tasks/{task_id}/action_executions/{action_id}", needs="action_executions:get")
def get_action(request: Request, task_id: str, action_id: str) -> Answer:
    """One action execution; that it belongs to the task is not checked."""
    return action_executions.get_action(request, action_id)


@route(api, "GET", "/v2/tasks/{task_id}/workflow_executions", needs="executions:list")
def list_executions(request: Request, task_id: str) -> Answer:
    """A page of the sub-executions of a task execution."""
    queries = services().queries
    columns = execution_view.columns(queries).without(_NO_MEMBERS).unfiltered(_NO_FILTERS)
    wanted = listing(request, columns, max_page=services().settings.max_page, any_marker=True)
    found = queries.children_page(request.caller, uuid_text("task_execution_id", task_id), wanted.page)
    return wanted.envelope("executions", wanted.found(found, "WorkflowExecution not found [id={}]"))


def page_of(request: Request, rows: Callable[[], list[TaskOf]], switches: Collection[str] = ()) -> Answer:
    """A page of the task executions that `rows` reads."""
    columns = view.columns(services().queries)
    wanted = listing(request, columns, max_page=services().settings.max_page, switches=switches)
    return wanted.envelope("tasks", wanted.cut(rows(), lambda row: row.id, "Task execution not found [id={}]"))


def _problem(found: TaskOf, body: Body, has_items: bool) -> str | None:
    """What is wrong with an update, in the order in which Mistral looks at it (9.1)."""
    state, name, workflow = body.text("state"), body.text("name"), body.text("workflow_name")
    reset = body.flag("reset")
    if name and name != found.task.name:
        return "Task name does not match."
    if workflow and workflow != found.run.start.workflow_name:
        return "Workflow name does not match."
    if state not in ("RUNNING", "SKIPPED"):
        return "Invalid task state. Only updating task to RUNNING or SKIPPED is supported."
    if found.task.state != "ERROR":
        return "The current task execution must be in ERROR for rerun. Only updating task to rerun is supported."
    if state == "RUNNING" and reset is None:
        return "Reset field is mandatory to rerun task."
    if state == "RUNNING" and not reset and not has_items:
        return "Only with-items task has the option to not reset."
    return None
