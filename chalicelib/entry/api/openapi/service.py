"""OpenAPI: the service itself, administration and signals."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.openapi.operation import (
    ALL_PROJECTS,
    FIELDS,
    FLAG,
    NAMESPACE,
    SCOPES,
    STORE,
    TEXT,
    Operation,
    Operations,
    Resource,
    json_body,
    lists,
    parameter,
    shows,
    yaml_body,
)
from chalicelib.entry.api.resources import code_sources, dynamic_actions
from chalicelib.service.signals import ENDS, LONGEST

_ROOT: JsonDict = {"type": "object", "required": ["uri"], "properties": {"uri": TEXT}}


_VERSIONS: JsonDict = {
    "type": "object",
    "required": ["versions"],
    "properties": {"versions": {"type": "array", "items": {"type": "object"}}},
}


_MODE: JsonDict = {"type": "object", "required": ["status"], "properties": {"status": TEXT}}


def service_operations() -> Operations:
    """The operations of the service as a whole."""
    return {
        "GET /": Operation(_VERSIONS),
        "GET /v2": Operation(_ROOT, fails=(302,)),
        "POST /v2": Operation(_ROOT),
        "GET /v2/openapi.json": Operation({"type": "object"}),
        "GET /info": Operation({"type": "object"}),
        "GET /healthcheck": Operation(TEXT, kind="text/plain", fails=(404,)),
        "GET /maintenance": Operation(_MODE),
        "PUT /maintenance": Operation(_MODE, takes=json_body(("status",), status={"enum": ["PAUSED", "RUNNING"]})),
        "GET /docs": Operation(TEXT, kind="text/html"),
    }


SOURCE = Resource("CodeSource", "code_sources", lambda: code_sources.code_source_columns(str))


DYNAMIC = Resource("DynamicAction", "dynamic_actions", lambda: dynamic_actions.COLUMNS)


_CODE = yaml_body("Python.", "from mistral_lib import actions\n")


_DYNAMIC = json_body(
    ("name",),
    id=TEXT,
    name=TEXT,
    class_name=TEXT,
    code_source_id=TEXT,
    code_source_name=TEXT,
    namespace=TEXT,
    scope=SCOPES,
)


def admin_operations() -> Operations:
    """The operations of both."""
    named = parameter("name", "The name of the code source.", required=True)
    gone = Operation(None, 204, (NAMESPACE,), fails=(404,), argument="identifier")
    return {
        "GET /v2/code_sources": lists(SOURCE, ALL_PROJECTS),
        "POST /v2/code_sources": Operation(SOURCE.one, 201, (named, *STORE), _CODE, fails=(409,)),
        "GET /v2/code_sources/{identifier}": shows(SOURCE, NAMESPACE, FIELDS),
        "PUT /v2/code_sources/{identifier}": Operation(
            SOURCE.one, 200, STORE, _CODE, fails=(404, 409), argument="identifier"
        ),
        "DELETE /v2/code_sources/{identifier}": gone,
        "GET /v2/dynamic_actions": lists(DYNAMIC, ALL_PROJECTS),
        "POST /v2/dynamic_actions": Operation(DYNAMIC.one, 201, takes=_DYNAMIC, fails=(404, 409)),
        "PUT /v2/dynamic_actions": Operation(DYNAMIC.one, takes=_DYNAMIC, fails=(404, 409)),
        "GET /v2/dynamic_actions/{identifier}": shows(DYNAMIC, NAMESPACE, FIELDS),
        "DELETE /v2/dynamic_actions/{identifier}": gone,
    }


_ONE: JsonDict = {"type": "object", "properties": {"execution_id": TEXT, "action_execution_id": TEXT, "since": TEXT}}


_WAITING: JsonDict = {
    "type": "object",
    "required": ["waiting"],
    "properties": {"waiting": {"type": "array", "items": _ONE}},
}


_COMPLETED: JsonDict = {
    "type": "object",
    "required": ["completed"],
    "properties": {"completed": {"type": "array", "items": TEXT, "description": "Ids of action executions."}},
}


_MADE: JsonDict = {"type": "object", "required": ["url", "expires_at"], "properties": {"url": TEXT, "expires_at": TEXT}}


_LINK: JsonDict = {
    "type": "object",
    "required": ["text", "expires_at"],
    "properties": {
        "text": TEXT,
        "expires_at": TEXT,
        "used_at": {"type": ["string", "null"]},
        "answer": {"type": ["object", "null"]},
    },
}


_STATE = parameter("state", "In which state they end; `SUCCESS` unless given.", {"enum": [*ENDS]})


_RESULT: JsonDict = {"required": False, "content": {"application/json": {"schema": {"description": "The result."}}}}


_QUESTION = json_body((), text=TEXT, expires={"type": "integer", "minimum": 1, "maximum": LONGEST})


_ANSWER = json_body(("approved",), approved=FLAG, comment=TEXT)


def signal_operations() -> Operations:
    """The operations of both."""
    return {
        "GET /v2/signals/{key}": Operation(_WAITING),
        "POST /v2/signals/{key}": Operation(_COMPLETED, query=(_STATE,), takes=_RESULT, fails=(404,)),
        "POST /v2/signals/{key}/links": Operation(_MADE, 201, takes=_QUESTION),
        "GET /v2/links/{token}": Operation(_LINK, fails=(404,)),
        "POST /v2/links/{token}": Operation(_LINK, takes=_ANSWER, fails=(404, 409)),
    }
