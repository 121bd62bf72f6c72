"""The projects that a workflow is shared with."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.described.operation import TEXT, Operation, Operations, Resource, json_body
from chalicelib.entry.api.views.members import COLUMNS

MEMBER = Resource("Member", "members", lambda: COLUMNS)

_OFFER = json_body(("member_id",), member_id={**TEXT, "description": "The project that is to see the workflow."})
_STATUS: JsonDict = {"enum": ["pending", "accepted", "rejected"]}


def operations() -> Operations:
    """The operations of members."""
    members, one = "/v2/workflows/{identifier}/members", "/v2/workflows/{identifier}/members/{member_id}"
    return {
        f"GET {members}": Operation(MEMBER.several, fails=(404,), resource=MEMBER),
        f"POST {members}": Operation(MEMBER.one, 201, takes=_OFFER, fails=(404, 409)),
        f"GET {one}": Operation(MEMBER.one, fails=(404,)),
        f"PUT {one}": Operation(MEMBER.one, takes=json_body(("status",), status=_STATUS), fails=(404,)),
        f"DELETE {one}": Operation(status=204, fails=(404,)),
    }
