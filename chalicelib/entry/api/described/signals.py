"""Signals, and the links by which people send them."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.described.operation import FLAG, TEXT, Operation, Operations, json_body, parameter
from chalicelib.service.signal_links import LONGEST
from chalicelib.service.signals import ENDS

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


def operations() -> Operations:
    """The operations of both."""
    return {
        "GET /v2/signals/{key}": Operation(_WAITING),
        "POST /v2/signals/{key}": Operation(_COMPLETED, query=(_STATE,), takes=_RESULT, fails=(404,)),
        "POST /v2/signals/{key}/links": Operation(_MADE, 201, takes=_QUESTION),
        "GET /v2/links/{token}": Operation(_LINK, fails=(404,)),
        "POST /v2/links/{token}": Operation(_LINK, takes=_ANSWER, fails=(404, 409)),
    }
