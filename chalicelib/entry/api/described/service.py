"""What is no resource: the root documents, and the description itself."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.described.operation import TEXT, Operation, Operations, json_body

_ROOT: JsonDict = {"type": "object", "required": ["uri"], "properties": {"uri": TEXT}}
_VERSIONS: JsonDict = {
    "type": "object",
    "required": ["versions"],
    "properties": {"versions": {"type": "array", "items": {"type": "object"}}},
}

_MODE: JsonDict = {"type": "object", "required": ["status"], "properties": {"status": TEXT}}


def operations() -> Operations:
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
