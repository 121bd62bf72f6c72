"""`/v2/workflows/{id}/members`: the projects that a workflow is shared with (API rules §6.3).

What the API shows of a share (API rules §6.3).
"""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.entry.api.http.columns import Column, Columns, Kind
from chalicelib.entry.api.http.request import Request, uuid_text
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.errors import InvalidRequest
from chalicelib.ports.access import Share
from chalicelib.service.definitions.sharing import Sharing

COLUMNS: Columns[Share] = Columns(
    [
        Column("id", lambda share: share.id),
        Column("resource_id", lambda share: share.workflow_id),
        Column("resource_type", lambda share: "workflow"),
        Column("project_id", lambda share: share.project_id),
        Column("member_id", lambda share: share.member_id),
        Column("status", lambda share: share.status),
        Column("created_at", lambda share: share.created_at, Kind.TIME),
        Column("updated_at", lambda share: share.updated_at, Kind.TIME),
    ]
)


api = Blueprint(__name__)


_GIVEN = frozenset({*COLUMNS.names, "status", "member_id"} - {"project_id"})


@route(api, "GET", "/v2/workflows/{identifier}/members", needs="members:list")
def list_members(request: Request, identifier: str) -> Answer:
    """List the members that a workflow is shared with."""
    request.query.only(())
    found = _sharing().members(request.caller, _id(identifier))
    return {"members": [COLUMNS.one(share) for share in found]}


@route(api, "POST", "/v2/workflows/{identifier}/members", needs="members:create", status=201)
def create_member(request: Request, identifier: str) -> Answer:
    """Share a workflow with a project."""
    request.query.only(())
    member_id = request.json("member_info", _GIVEN).text("member_id") or ""
    share = _sharing().offer(request.caller, _id(identifier), member_id)
    return COLUMNS.without({"updated_at"}).one(share)


@route(api, "GET", "/v2/workflows/{identifier}/members/{member_id}", needs="members:get")
def get_member(request: Request, identifier: str, member_id: str) -> Answer:
    """Get a member of a workflow."""
    request.query.only(())
    return COLUMNS.one(_sharing().member(request.caller, _id(identifier), member_id))


@route(api, "PUT", "/v2/workflows/{identifier}/members/{member_id}", needs="members:update")
def update_member(request: Request, identifier: str, member_id: str) -> Answer:
    """Accept or reject a share."""
    request.query.only(())
    status = request.json("member_info", _GIVEN).text("status")
    return COLUMNS.one(_sharing().answer(request.caller, _id(identifier), member_id, status))


@route(api, "DELETE", "/v2/workflows/{identifier}/members/{member_id}", needs="members:delete", status=204)
def delete_member(request: Request, identifier: str, member_id: str) -> Answer:
    """Stop sharing a workflow with a project."""
    request.query.only(())
    _sharing().withdraw(request.caller, _id(identifier), member_id)
    return None


def _sharing() -> Sharing:
    """The service. Raises `InvalidRequest` where callers are not known, as there is nobody to share with."""
    if not services().identities.known:
        raise InvalidRequest("Resource sharing feature can only be supported with authentication enabled.")
    return services().sharing


def _id(identifier: str) -> str:
    return uuid_text("resource_id", identifier)
