"""OpenAPI: executions, tasks and action executions."""

from __future__ import annotations

from chalicelib.bootstrap.container import services
from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.openapi.operation import (
    ALL_PROJECTS,
    FIELDS,
    FLAG,
    JSON_OBJECT,
    TEXT,
    Operation,
    Operations,
    Resource,
    header,
    json_body,
    lists,
    parameter,
    shows,
)
from chalicelib.entry.api.resources import action_executions as view
from chalicelib.entry.api.resources import execution_members, tasks
from chalicelib.service.executions.bulk import Change

ACTION_EXECUTION = Resource(
    "ActionExecution", "action_executions", lambda: view.action_execution_columns(services().queries)
)


INCLUDE_OUTPUT = parameter("include_output", "Whether the list shows outputs.", FLAG)


_RUN = json_body(
    ("name",),
    name={**TEXT, "description": "The action to run."},
    input=JSON_OBJECT,
    params={**JSON_OBJECT, "description": "`run_sync`, `save_result`, `timeout` in seconds, `target`."},
    description=TEXT,
)


_RESULT = json_body(
    ("state",), state={"enum": ["SUCCESS", "ERROR", "CANCELLED", "PAUSED", "RUNNING"]}, output=JSON_OBJECT
)


_ACTION_REPORT = json_body(
    ("format", "report", "action_execution_id", "token"),
    format={"enum": [1]},
    report={"enum": ["claim", "heartbeat", "release", "result"]},
    action_execution_id=TEXT,
    token={**TEXT, "description": "The reply token that came with the order."},
    attempt={**TEXT, "description": "What the worker calls this try; of a claim and a heartbeat."},
    progress={"type": "object", "properties": {"percent": {"type": "number"}, "message": TEXT}},
    state={"enum": ["SUCCESS", "ERROR", "CANCELLED"]},
    result={"description": "What came out of it: any JSON."},
)


_ANSWER: JsonDict = {
    "type": "object",
    "required": ["answer"],
    "properties": {
        "answer": {"enum": ["run", "taken", "lost", "gone", "heard", "kept", "late"]},
        "state": {"type": ["string", "null"], "description": "The state of the action execution; null: it is gone."},
        "retry_after": {"type": "integer", "description": "Of `taken`: seconds until a claim may succeed."},
    },
}


def action_execution_operations() -> Operations:
    """The operations of action executions."""
    of_task = parameter("task_execution_id", "The task execution whose actions are wanted.")
    return {
        "GET /v2/action_executions": lists(ACTION_EXECUTION, of_task, INCLUDE_OUTPUT),
        "POST /v2/action_executions": Operation(ACTION_EXECUTION.one, 201, takes=_RUN, fails=(404,)),
        "GET /v2/action_executions/{action_id}": shows(ACTION_EXECUTION, FIELDS),
        "PUT /v2/action_executions/{action_id}": Operation(
            ACTION_EXECUTION.one, takes=_RESULT, fails=(404,), argument="id"
        ),
        "POST /v2/worker_reports": Operation(_ANSWER, takes=_ACTION_REPORT),
        "DELETE /v2/action_executions/{action_id}": Operation(status=204, fails=(404,), argument="id"),
    }


EXECUTION = Resource("Execution", "executions", lambda: execution_members.execution_columns(services().queries))


TASK = Resource("Task", "tasks", lambda: tasks.task_columns(services().queries))


_DEPTH = (
    parameter("max_depth", "How far down; below 0 there is no limit.", {"type": "integer", "default": -1}),
    parameter("errors_only", "Whether only what failed is shown.", FLAG),
)


_STATISTICS = parameter("statistics_only", "Whether only the counts are shown.", FLAG)


_REPORT: JsonDict = {"type": "object", "required": ["statistics"]}


_NULLS = parameter("nulls", "Members that must be null, separated by commas.")


_OF_TASK = "task_execution_id root_execution_id project_id input params output"


_START = json_body(
    id={**TEXT, "format": "uuid", "description": "The id of the execution: the same request can be sent again."},
    workflow_id={**TEXT, "description": "The workflow by its id, or by its name."},
    workflow_name={**TEXT, "description": "The workflow by its name."},
    workflow_namespace=TEXT,
    input=JSON_OBJECT,
    params=JSON_OBJECT,
    description=TEXT,
    source_execution_id={
        **TEXT,
        "description": "An execution to start again: its workflow, input and parameters, unless given.",
    },
)


_KEY = header(
    "Idempotency-Key",
    "The same key starts one execution, however often it is sent; `id` in the body goes before it.",
    {"type": "string", "minLength": 1, "maxLength": 255},
)


_UPDATE = json_body(
    state={"enum": ["RUNNING", "PAUSED", "SUCCESS", "ERROR", "CANCELLED"]},
    state_info=TEXT,
    description=TEXT,
    params=JSON_OBJECT,
)


_TASK_UPDATE = json_body(
    ("state",),
    state={"enum": ["RUNNING", "SKIPPED"]},
    reset={**FLAG, "description": "Whether all items run again, or only those that failed."},
    env=JSON_OBJECT,
    name=TEXT,
    workflow_name=TEXT,
)


_BULK = json_body(
    ("action", "filter"),
    action={"enum": [str(change) for change in Change]},
    filter={
        "type": "object",
        "description": "Filters as lists take them, by member; at least one.",
        "minProperties": 1,
        "additionalProperties": TEXT,
        "examples": [{"state": "ERROR", "created_at": "gt:2026-11-23 00:00:00"}],
    },
    dry_run={**FLAG, "description": "Whether only to tell what would be done."},
    limit={"type": "integer", "minimum": 1, "maximum": 500, "description": "How many to change; 100 unless given."},
    cursor={**TEXT, "description": "Where an earlier reply said to go on."},
    force={**FLAG, "description": "Whether to delete executions that are not over, too."},
    reset={**FLAG, "description": "Whether rerun does all items of a task again, not only those that failed."},
    state_info={**TEXT, "description": "Why they are cancelled."},
)


_OUTCOME: JsonDict = {
    "type": "object",
    "required": ["action", "dry_run", "seen", "passed_over", "done", "failed"],
    "properties": {
        "action": TEXT,
        "dry_run": FLAG,
        "seen": {"type": "integer", "description": "Executions that were looked at."},
        "passed_over": {"type": "integer", "description": "Those in states in which there is nothing to do."},
        "done": {"type": "array", "items": TEXT, "description": "Ids of those that were changed."},
        "failed": {"type": "array", "items": {"type": "object"}, "description": "`id` and `error` of those not."},
        "cursor": {"type": "string", "description": "Where to go on; not there when all were visited."},
    },
}


def execution_operations() -> Operations:
    """The operations of both."""
    of_task = lists(EXECUTION, fails=(404,), without=_OF_TASK)
    tree = Operation(EXECUTION.several, query=(*_DEPTH, INCLUDE_OUTPUT), fails=(404,))
    return {
        "GET /v2/executions": lists(EXECUTION, INCLUDE_OUTPUT, ALL_PROJECTS, _NULLS),
        "POST /v2/executions": Operation(EXECUTION.one, 201, query=(_KEY,), takes=_START, fails=(404, 422)),
        "POST /v2/executions/bulk": Operation(_OUTCOME, takes=_BULK),
        "GET /v2/executions/{execution_id}": shows(EXECUTION, FIELDS),
        "PUT /v2/executions/{execution_id}": Operation(EXECUTION.one, takes=_UPDATE, fails=(404,), argument="id"),
        "DELETE /v2/executions/{execution_id}": Operation(
            status=204,
            query=(parameter("force", "Whether one that is not over may be deleted, too.", FLAG),),
            fails=(404,),
            argument="id",
        ),
        "GET /v2/executions/{execution_id}/tasks": lists(TASK),
        "GET /v2/executions/{execution_id}/report": Operation(_REPORT, query=(*_DEPTH, _STATISTICS), fails=(404,)),
        "GET /v2/executions/{execution_id}/executions": tree,
        "GET /v2/tasks/{task_id}/executions": tree,
        "GET /v2/tasks": lists(TASK, parameter("workflow_execution_id", "The execution whose tasks are wanted.")),
        "GET /v2/tasks/{task_id}": shows(TASK, FIELDS),
        "PUT /v2/tasks/{task_id}": Operation(TASK.one, takes=_TASK_UPDATE, fails=(404,), argument="id"),
        "GET /v2/tasks/{task_id}/action_executions": lists(ACTION_EXECUTION, INCLUDE_OUTPUT),
        "GET /v2/tasks/{task_id}/action_executions/{action_id}": shows(ACTION_EXECUTION, FIELDS),
        "GET /v2/tasks/{task_id}/workflow_executions": of_task,
    }
