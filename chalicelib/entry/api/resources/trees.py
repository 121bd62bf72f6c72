"""Reports and sub-executions: an execution with all that it started (API rules §8.8, §8.9)."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.http.request import Query, Request, uuid_text
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.entry.api.resources import execution_members
from chalicelib.service.executions.trees import RunNode, counted

api = Blueprint(__name__)

_DEPTH = frozenset({"errors_only", "max_depth"})


@route(api, "GET", "/v2/executions/{execution_id}/report", needs="executions:get")
def report(request: Request, execution_id: str) -> Answer:
    """Get the report of an execution: its state, its tasks, and all sub-executions."""
    query = request.query.only({*_DEPTH, "statistics_only"})
    known = uuid_text("workflow_execution_id", execution_id)
    depth = _depth(query)
    levels = None if depth is None else depth + 1
    trees = services().trees
    node = trees.of_execution(request.caller, known, levels, query.flag("errors_only"))
    found: JsonDict = {
        "statistics": execution_members.statistics(counted(node), trees.estimate(request.caller, node.run))
    }
    if query.flag("statistics_only"):
        return found
    return {**found, "root_workflow_execution": execution_members.execution(node, services().queries)}


@route(api, "GET", "/v2/executions/{execution_id}/executions", needs="executions:get")
def list_of_execution(request: Request, execution_id: str) -> Answer:
    """List an execution and all its sub-executions, depth first."""
    query, known = request.query.only({*_DEPTH, "include_output"}), uuid_text("id", execution_id)
    node = services().trees.of_execution(request.caller, known, _depth(query), query.flag("errors_only"))
    return _listed(query, [node])


@route(api, "GET", "/v2/tasks/{task_id}/executions", needs="executions:get")
def list_of_task(request: Request, task_id: str) -> Answer:
    """List all sub-executions of a task execution, depth first."""
    query, known = request.query.only({*_DEPTH, "include_output"}), uuid_text("id", task_id)
    node = services().trees.of_task(request.caller, known, _depth(query), query.flag("errors_only"))
    return _listed(query, list(node.children))


def _depth(query: Query) -> int | None:
    """How far down, from 0; `None`: as far as there is something."""
    depth = query.whole("max_depth")
    return None if depth is None or depth < 0 else depth


def _listed(query: Query, nodes: list[RunNode]) -> Answer:
    columns = execution_members.execution_columns(services().queries)
    extra = ("output",) if query.flag("include_output") else ()
    return {"executions": [columns.listed(run, None, extra) for node in nodes for run in node.runs()]}
