"""OpenAPI: definitions, and their sharing."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.openapi.operation import (
    ALL_PROJECTS,
    FIELDS,
    IF_MATCH,
    JSON_OBJECT,
    NAMESPACE,
    SCOPES,
    SKIP_VALIDATION,
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
from chalicelib.entry.api.resources import actions, environments, workbooks, workflows
from chalicelib.entry.api.resources.members import COLUMNS

_CHANGE = (*STORE, IF_MATCH)


_CREATE_ANY, _CHANGE_ANY = (*STORE, SKIP_VALIDATION), (*_CHANGE, SKIP_VALIDATION)


_REMOVE = (NAMESPACE, IF_MATCH)


def _nothing(ref: str) -> JsonDict | None:
    """The document shows no rows, so nobody asks for texts."""
    return None


WORKBOOK = Resource("Workbook", "workbooks", lambda: workbooks.workbook_columns(str))


_INTERFACE: JsonDict = {"type": ["string", "object", "null"], "description": "Text in reads, an object in uploads."}


WORKFLOW = Resource("Workflow", "workflows", lambda: workflows.workflow_columns(str), {"interface": _INTERFACE})


ACTION = Resource("Action", "actions", lambda: actions.action_columns(str))


ENVIRONMENT = Resource("Environment", "environments", lambda: environments.environment_columns(_nothing))


_WORKFLOWS = yaml_body(
    "Workflows in YAML.", "version: '2.0'\nhello:\n  tasks:\n    greet:\n      action: std.echo output='hello'\n"
)


_WORKBOOK = yaml_body("A workbook in YAML.", "version: '2.0'\nname: book\nworkflows: {}\n")


_ACTIONS = yaml_body("Ad-hoc actions in YAML.", "version: '2.0'\ngreet:\n  base: std.echo output='hello'\n")


_VERDICT: JsonDict = {
    "type": "object",
    "required": ["valid"],
    "properties": {"valid": {"type": "boolean"}, "error": {"type": "string"}},
}


_ENVIRONMENT = json_body(("name",), name=TEXT, description=TEXT, variables=JSON_OBJECT, scope=SCOPES)


def definition_operations() -> Operations:
    """The operations of all of them."""
    return {**_workbooks(), **_workflows(), **_actions(), **_environments()}


def _workbooks() -> Operations:
    return {
        "GET /v2/workbooks": lists(WORKBOOK),
        "POST /v2/workbooks": Operation(WORKBOOK.one, 201, _CREATE_ANY, _WORKBOOK, fails=(409,)),
        "PUT /v2/workbooks": Operation(WORKBOOK.one, 200, _CHANGE_ANY, _WORKBOOK, fails=(404, 409, 412)),
        "POST /v2/workbooks/validate": Operation(_VERDICT, takes=_WORKBOOK),
        "GET /v2/workbooks/validate": shows(WORKBOOK, NAMESPACE, FIELDS),
        "GET /v2/workbooks/{name}": shows(WORKBOOK, NAMESPACE, FIELDS),
        "DELETE /v2/workbooks/validate": Operation(None, 204, _REMOVE, fails=(404, 412)),
        "DELETE /v2/workbooks/{name}": Operation(None, 204, _REMOVE, fails=(404, 412), argument="name"),
    }


def _workflows() -> Operations:
    one = parameter("identifier", "A workflow by id or name, if only that one is to change.")
    change = Operation(WORKFLOW.one, 200, _CHANGE_ANY, _WORKFLOWS, fails=(404, 409, 412))
    either: JsonDict = {"anyOf": [WORKFLOW.several, WORKFLOW.one]}
    return {
        "GET /v2/workflows": lists(WORKFLOW, ALL_PROJECTS),
        "POST /v2/workflows": Operation(WORKFLOW.several, 201, _CREATE_ANY, _WORKFLOWS, fails=(409,)),
        "PUT /v2/workflows": Operation(either, 200, (*_CHANGE_ANY, one), _WORKFLOWS, fails=(404, 409, 412)),
        "POST /v2/workflows/validate": Operation(_VERDICT, takes=_WORKFLOWS),
        "GET /v2/workflows/validate": shows(WORKFLOW, NAMESPACE, FIELDS),
        "GET /v2/workflows/{identifier}": shows(WORKFLOW, NAMESPACE, FIELDS),
        "PUT /v2/workflows/validate": change,
        "PUT /v2/workflows/{identifier}": change,
        "DELETE /v2/workflows/validate": Operation(None, 204, _REMOVE, fails=(404, 412)),
        "DELETE /v2/workflows/{identifier}": Operation(None, 204, _REMOVE, fails=(404, 412), argument="identifier"),
    }


def _actions() -> Operations:
    one = parameter("identifier", "An action by id or name, if only that one is to change.")
    change = Operation(ACTION.several, 200, _CHANGE, _ACTIONS, fails=(404, 409, 412))
    gone = Operation(None, 204, _REMOVE, fails=(404, 412))
    return {
        "GET /v2/actions": lists(ACTION),
        "POST /v2/actions": Operation(ACTION.several, 201, STORE, _ACTIONS, fails=(409,)),
        "PUT /v2/actions": Operation(ACTION.several, 200, (*_CHANGE, one), _ACTIONS, fails=(404, 409, 412)),
        "POST /v2/actions/validate": Operation(_VERDICT, takes=_ACTIONS),
        "GET /v2/actions/validate": shows(ACTION, NAMESPACE),
        "GET /v2/actions/{identifier}": shows(ACTION, NAMESPACE),
        "PUT /v2/actions/validate": change,
        "PUT /v2/actions/{identifier}": change,
        "DELETE /v2/actions/validate": gone,
        "DELETE /v2/actions/{identifier}": Operation(None, 204, _REMOVE, fails=(404, 412), argument="identifier"),
        "GET /v2/actions/{identifier}/{namespace}": shows(ACTION, NAMESPACE),
        "DELETE /v2/actions/{identifier}/{namespace}": gone,
    }


def _environments() -> Operations:
    return {
        "GET /v2/environments": lists(ENVIRONMENT),
        "POST /v2/environments": Operation(ENVIRONMENT.one, 201, takes=_ENVIRONMENT, fails=(409,)),
        "PUT /v2/environments": Operation(
            ENVIRONMENT.one, query=(IF_MATCH,), takes=_ENVIRONMENT, fails=(404, 409, 412)
        ),
        "GET /v2/environments/{name}": shows(ENVIRONMENT, FIELDS),
        "DELETE /v2/environments/{name}": Operation(None, 204, (IF_MATCH,), fails=(404, 412), argument="name"),
    }


MEMBER = Resource("Member", "members", lambda: COLUMNS)


_OFFER = json_body(("member_id",), member_id={**TEXT, "description": "The project that is to see the workflow."})


_STATUS: JsonDict = {"enum": ["pending", "accepted", "rejected"]}


def sharing_operations() -> Operations:
    """The operations of members."""
    members, one = "/v2/workflows/{identifier}/members", "/v2/workflows/{identifier}/members/{member_id}"
    return {
        f"GET {members}": Operation(MEMBER.several, fails=(404,), resource=MEMBER),
        f"POST {members}": Operation(MEMBER.one, 201, takes=_OFFER, fails=(404, 409)),
        f"GET {one}": Operation(MEMBER.one, fails=(404,)),
        f"PUT {one}": Operation(MEMBER.one, takes=json_body(("status",), status=_STATUS), fails=(404,)),
        f"DELETE {one}": Operation(status=204, fails=(404,)),
    }
