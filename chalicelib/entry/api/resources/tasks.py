"""`/v2/tasks`: task executions (API rules §9).

Members of a task execution.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.core import ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.states import ERROR, SKIPPED, SUCCESS
from chalicelib.core.values import Value
from chalicelib.core.with_items import Items
from chalicelib.entry.api.http.columns import STATES, Column, Columns, Kind, Shown
from chalicelib.entry.api.http.listing import fields_of, listing
from chalicelib.entry.api.http.request import Body, Request, uuid_text
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.entry.api.resources import action_executions
from chalicelib.entry.api.resources import execution_members as execution_view
from chalicelib.errors import InvalidRequest
from chalicelib.service.executions.queries import Queries
from chalicelib.service.runs.action_status import TaskOf


def task_columns(queries: Queries) -> Columns[TaskOf]:
    """The members; results and large values are read through `queries`."""
    return Columns(
        [
            Column("id", lambda row: row.id),
            Column("name", lambda row: row.task.name, filtered=True),
            Column("type", lambda row: row.task.kind),
            Column("workflow_name", lambda row: row.run.start.workflow_name, filtered=True),
            Column("workflow_namespace", lambda row: row.run.start.workflow_namespace),
            Column("workflow_id", lambda row: row.run.start.workflow_id, Kind.UUID, filtered=True),
            Column("workflow_execution_id", lambda row: row.run.start.id),
            Column("tags", lambda row: row.task.tags, Kind.TAGS, filtered=True),
            Column("state", lambda row: row.task.state.value, filtered=True, choices=STATES),
            Column("state_info", lambda row: row.task.state_info, filtered=True),
            Column("project_id", lambda row: row.run.start.project_id),
            Column("runtime_context", runtime_context, Kind.JSON),
            Column("result", queries.result, Kind.RESULT, Shown.ALONE),
            Column("published", lambda row: _published(row, queries), Kind.JSON, filtered=True),
            Column("published_global", lambda row: _published_global(row, queries), Kind.JSON, Shown.ALONE_IF_ANY),
            Column("processed", lambda row: row.task.processed, Kind.FLAG, filtered=True),
            Column("created_at", lambda row: row.task.created_at, Kind.TIME, filtered=True, rank=_creation),
            Column("updated_at", lambda row: row.task.updated_at, Kind.TIME, filtered=True),
            Column("started_at", lambda row: row.task.started_at, Kind.TIME),
            Column("finished_at", lambda row: row.task.finished_at, Kind.TIME),
            Column("reset", lambda row: None, shown=Shown.NEVER),
            Column("env", lambda row: None, shown=Shown.NEVER),
        ]
    )


def runtime_context(row: TaskOf) -> JsonDict:
    """What policies remember, and which task executions led here."""
    triggers: list[Json] = [
        {"task_id": ids.task_id(row.part, key), "event": event} for key, event in row.task.triggered_by
    ]
    return {**_items(row.task.items), **row.task.runtime, **({"triggered_by": triggers} if triggers else {})}


def _items(items: Items | None) -> JsonDict:
    if items is None:
        return {}
    limit: JsonDict = {"concurrency": items.concurrency} if items.concurrency else {}
    return {**limit, "with_items": {"capacity": items.capacity, "count": items.count}}


def _creation(row: TaskOf) -> object:
    """The tasks of one step share a moment; they were created in an order all the same."""
    return row.task.created_at, row.task.order


def _published(row: TaskOf, queries: Queries) -> JsonDict | None:
    """Empty if the task published nothing; `None` if it published for everybody only (language rules §4.6)."""
    return _values(row.task.published, queries) or (None if row.task.published_global else {})


def _published_global(row: TaskOf, queries: Queries) -> JsonDict | None:
    """`None` unless the task has ended and published something for everybody."""
    return _values(row.task.published_global, queries) if row.task.state in (SUCCESS, ERROR) else None


def _values(published: Mapping[str, Value] | None, queries: Queries) -> JsonDict | None:
    return {name: queries.load(value) for name, value in published.items()} if published else None


api = Blueprint(__name__)


_NO_FILTERS = frozenset({"task_execution_id", "root_execution_id", "project_id"})


_NO_MEMBERS = frozenset({"input", "params", "output"})


@route(api, "GET", "/v2/tasks", needs="tasks:list")
def list_tasks(request: Request) -> Answer:
    """List task executions: of one execution, or of the newest executions."""
    queries, given = services().queries, request.query.text("workflow_execution_id").removeprefix("eq:")
    wanted = uuid_text("workflow_execution_id", given) if given else None
    return page_of(request, lambda: queries.tasks(request.caller, wanted), {"workflow_execution_id"})


@route(api, "GET", "/v2/tasks/{task_id}", needs="tasks:get")
def get_task(request: Request, task_id: str) -> Answer:
    """Get a task execution with its result."""
    queries = services().queries
    columns = task_columns(queries)
    fields = fields_of(request.query.only({"fields"}), columns, strict=True)
    return columns.one(queries.task(request.caller, task_id), fields)


@route(api, "PUT", "/v2/tasks/{task_id}", needs="tasks:update", argument="id")
def update_task(request: Request, task_id: str) -> Answer:
    """Rerun or skip a failed task."""
    request.query.only(())
    body = request.json("task", task_columns(services().queries).names)
    env, skip, reset = body.object("env"), body.text("state") == SKIPPED, body.flag("reset")
    queries = services().queries
    found = queries.task(request.caller, task_id)
    problem = _problem(found, body, queries.has_items(found))
    if problem is not None:
        raise InvalidRequest(problem)
    services().executions.rerun_task(request.caller, task_id, skip, env, reset is not False)
    return task_columns(queries).without({"published_global"}).one(queries.task(request.caller, task_id))


@route(api, "GET", "/v2/tasks/{task_id}/action_executions", needs="action_executions:list")
def list_actions(request: Request, task_id: str) -> Answer:
    """List the action executions of a task execution."""
    return action_executions.page_of(request, uuid_text("task_execution_id", task_id))


@route(api, "GET", "/v2/tasks/{task_id}/action_executions/{action_id}", needs="action_executions:get")
def get_action(request: Request, task_id: str, action_id: str) -> Answer:
    """Get an action execution of a task; that it belongs to the task is not checked."""
    return action_executions.get_action(request, action_id)


@route(api, "GET", "/v2/tasks/{task_id}/workflow_executions", needs="executions:list")
def list_executions(request: Request, task_id: str) -> Answer:
    """List the direct sub-executions of a task execution."""
    queries = services().queries
    columns = execution_view.execution_columns(queries).without(_NO_MEMBERS).unfiltered(_NO_FILTERS)
    wanted = listing(request, columns, max_page=services().settings.max_page, any_marker=True)
    found = queries.children_page(request.caller, uuid_text("task_execution_id", task_id), wanted.page)
    return wanted.envelope("executions", wanted.found(found, "WorkflowExecution not found [id={}]"))


def page_of(request: Request, rows: Callable[[], list[TaskOf]], switches: Collection[str] = ()) -> Answer:
    """A page of the task executions that `rows` reads."""
    columns = task_columns(services().queries)
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
