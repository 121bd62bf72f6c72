"""What is no resource: the root documents, and the description itself."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.described.operation import TEXT, Operation, Operations

_ROOT: JsonDict = {"type": "object", "required": ["uri"], "properties": {"uri": TEXT}}
_VERSIONS: JsonDict = {
    "type": "object",
    "required": ["versions"],
    "properties": {"versions": {"type": "array", "items": {"type": "object"}}},
}


def operations() -> Operations:
    """The operations of the service as a whole."""
    return {
        "GET /": Operation(_VERSIONS),
        "GET /v2": Operation(_ROOT, fails=(302,)),
        "POST /v2": Operation(_ROOT),
        "GET /v2/openapi.json": Operation({"type": "object"}),
        "GET /docs": Operation(TEXT, kind="text/html"),
    }
