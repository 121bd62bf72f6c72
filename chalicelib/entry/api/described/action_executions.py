"""Action executions."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.described.operation import (
    FIELDS,
    FLAG,
    JSON_OBJECT,
    TEXT,
    Operation,
    Operations,
    Resource,
    json_body,
    lists,
    parameter,
    shows,
)
from chalicelib.entry.api.views import action_executions as view
from chalicelib.wiring import services

ACTION_EXECUTION = Resource("ActionExecution", "action_executions", lambda: view.columns(services().queries))
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


_REPORT = json_body(
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


def operations() -> Operations:
    """The operations of action executions."""
    of_task = parameter("task_execution_id", "The task execution whose actions are wanted.")
    return {
        "GET /v2/action_executions": lists(ACTION_EXECUTION, of_task, INCLUDE_OUTPUT),
        "POST /v2/action_executions": Operation(ACTION_EXECUTION.one, 201, takes=_RUN, fails=(404,)),
        "GET /v2/action_executions/{action_id}": shows(ACTION_EXECUTION, FIELDS),
        "PUT /v2/action_executions/{action_id}": Operation(
            ACTION_EXECUTION.one, takes=_RESULT, fails=(404,), argument="id"
        ),
        "POST /v2/worker_reports": Operation(_ANSWER, takes=_REPORT),
        "DELETE /v2/action_executions/{action_id}": Operation(status=204, fails=(404,), argument="id"),
    }
