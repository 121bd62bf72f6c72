"""Code sources and dynamic actions, which are for admins."""

from __future__ import annotations

from chalicelib.entry.api.described.operation import (
    ALL_PROJECTS,
    FIELDS,
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
from chalicelib.entry.api.views import code_sources, dynamic_actions

SOURCE = Resource("CodeSource", "code_sources", lambda: code_sources.columns(str))
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


def operations() -> Operations:
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
