"""`/v2/workflows/{id}/members`: who offers, who accepts, who sees it."""

from __future__ import annotations

import pytest

from tests.api.client import Api
from tests.api.tenants import Tenants

NOWHERE = "11111111-1111-1111-1111-111111111111"
ONE = {"member_id": "red"}


def test_an_offer_and_its_answer(tenants: Tenants) -> None:
    workflow = tenants.workflow("blue", "w")
    path = f"/v2/workflows/{workflow}/members"
    made = tenants.ok("blue", "POST", path, ONE)
    offered = {
        "resource_id": workflow,
        "resource_type": "workflow",
        "project_id": "blue",
        "member_id": "red",
        "status": "pending",
        "created_at": "2026-11-23 04:07:16",
    }
    assert made == {"id": made["id"], **offered}
    shown = {**made, "updated_at": None}
    assert tenants.ok("blue", "GET", path) == tenants.ok("red", "GET", path) == {"members": [shown]}
    tenants.api.clock.tick()
    answered = tenants.ok("red", "PUT", f"{path}/red", {"status": "accepted"})
    assert answered == {**made, "status": "accepted", "updated_at": "2026-11-23 04:07:17"}
    assert tenants.ok("blue", "GET", f"{path}/red") == tenants.ok("red", "GET", f"{path}/red") == answered


@pytest.mark.parametrize(
    ("badge", "method", "body", "status"),
    [
        ("blue", "GET", None, 200),
        ("red", "GET", None, 200),
        ("green", "GET", None, 404),
        ("root:admin", "GET", None, 404),
        ("blue", "PUT", {"status": "accepted"}, 404),
        ("green", "PUT", {"status": "accepted"}, 404),
        ("root:admin", "PUT", {"status": "accepted"}, 404),
        ("red", "PUT", {"status": "rejected"}, 200),
        ("red", "PUT", {"status": "pending"}, 200),
        ("red", "PUT", {"status": "maybe"}, 400),
        ("red", "PUT", {}, 400),
        ("red", "PUT", {"project_id": "red", "status": "accepted"}, 400),
        ("red", "DELETE", None, 404),
        ("green", "DELETE", None, 404),
        ("root:admin", "DELETE", None, 404),
        ("blue", "DELETE", None, 204),
    ],
)
def test_who_may_do_what_with_a_share(tenants: Tenants, badge: str, method: str, body: object, status: int) -> None:
    workflow = tenants.workflow("blue", "w")
    tenants.share("blue", workflow, "red", "pending")
    assert tenants.status(badge, method, f"/v2/workflows/{workflow}/members/red", body) == status


@pytest.mark.parametrize("badge", ["green", "root:admin", "forgotten"])
def test_others_see_no_members(tenants: Tenants, badge: str) -> None:
    workflow = tenants.workflow("blue", "w")
    tenants.share("blue", workflow, "red")
    assert tenants.ok(badge, "GET", f"/v2/workflows/{workflow}/members") == {"members": []}


def test_a_member_sees_its_own_share_only(tenants: Tenants) -> None:
    workflow = tenants.workflow("blue", "w")
    for member in ("red", "green"):
        tenants.share("blue", workflow, member)
    found = tenants.ok("red", "GET", f"/v2/workflows/{workflow}/members")["members"]
    assert [share["member_id"] for share in found] == ["red"]
    assert tenants.status("red", "GET", f"/v2/workflows/{workflow}/members/green") == 404


@pytest.mark.parametrize(
    ("badge", "scope", "body", "status"),
    [
        ("blue", "private", {}, 400),
        ("blue", "private", {"member_id": ""}, 400),
        ("blue", "private", {"member_id": "r" * 256}, 400),
        ("blue", "private", {"member_id": "\ud800"}, 400),
        ("blue", "private", {"member_id": 7}, 400),
        ("blue:admin", "public", ONE, 400),
        ("green", "private", ONE, 404),
    ],
)
def test_what_cannot_be_offered(tenants: Tenants, badge: str, scope: str, body: object, status: int) -> None:
    workflow = tenants.workflow("blue:admin", "w", scope)
    assert tenants.status(badge, "POST", f"/v2/workflows/{workflow}/members", body) == status
    assert tenants.ok("blue", "GET", f"/v2/workflows/{workflow}/members") == {"members": []}


def test_the_id_has_to_be_one_and_to_be_there(tenants: Tenants) -> None:
    tenants.workflow("blue", "w")
    assert tenants.status("blue", "POST", "/v2/workflows/w/members", ONE) == 400
    assert tenants.status("blue", "GET", "/v2/workflows/w/members") == 400
    assert tenants.status("blue", "POST", f"/v2/workflows/{NOWHERE}/members", ONE) == 404
    assert tenants.ok("blue", "GET", f"/v2/workflows/{NOWHERE}/members") == {"members": []}


def test_an_offer_is_made_once(tenants: Tenants) -> None:
    workflow = tenants.workflow("blue", "w")
    tenants.share("blue", workflow, "red")
    status, text = tenants.refused("blue", "POST", f"/v2/workflows/{workflow}/members", ONE)
    assert (status, "Duplicate entry for ResourceMember" in text) == (409, True)
    assert tenants.ok("red", "GET", f"/v2/workflows/{workflow}")["name"] == "w", "what was accepted stays so"


def test_a_member_may_not_share_on(tenants: Tenants) -> None:
    workflow = tenants.workflow("blue", "w")
    tenants.share("blue", workflow, "red")
    assert tenants.status("red", "POST", f"/v2/workflows/{workflow}/members", {"member_id": "green"}) == 403


def test_what_an_admin_shares_belongs_to_the_owner(tenants: Tenants) -> None:
    workflow = tenants.workflow("blue", "w")
    tenants.ok("root:admin", "POST", f"/v2/workflows/{workflow}/members", ONE)
    assert tenants.ok("blue", "GET", f"/v2/workflows/{workflow}/members/red")["project_id"] == "blue"
    assert tenants.status("blue", "DELETE", f"/v2/workflows/{workflow}/members/red") == 204


def visible(tenants: Tenants, workflow: str) -> tuple[int, int, list[str]]:
    """What `red` gets by id, by name, and in its list."""
    return (
        tenants.status("red", "GET", f"/v2/workflows/{workflow}"),
        tenants.status("red", "GET", "/v2/workflows/w"),
        tenants.names("red", "/v2/workflows"),
    )


NOTHING: list[str] = []
SHOWN, HIDDEN = (200, 200, ["w"]), (404, 404, NOTHING)


def test_a_workflow_is_seen_while_it_is_accepted(tenants: Tenants) -> None:
    workflow = tenants.workflow("blue", "w")
    path = f"/v2/workflows/{workflow}/members"
    tenants.share("blue", workflow, "red", "pending")
    assert visible(tenants, workflow) == HIDDEN
    for status, seen in (("accepted", SHOWN), ("rejected", HIDDEN), ("accepted", SHOWN), ("pending", HIDDEN)):
        tenants.ok("red", "PUT", f"{path}/red", {"status": status})
        assert visible(tenants, workflow) == seen, status
    tenants.ok("red", "PUT", f"{path}/red", {"status": "accepted"})
    assert tenants.status("blue", "DELETE", f"{path}/red") == 204
    assert visible(tenants, workflow) == HIDDEN


def test_a_shared_workflow_is_read_only(tenants: Tenants) -> None:
    workflow = tenants.workflow("blue", "w")
    tenants.share("blue", workflow, "red")
    text = "version: '2.0'\nw:\n  tasks:\n    t:\n      action: std.fail\n"
    for method, path, body in (
        ("PUT", f"/v2/workflows/{workflow}", text),
        ("PUT", "/v2/workflows", text),
        ("DELETE", f"/v2/workflows/{workflow}", None),
        ("DELETE", "/v2/workflows/w", None),
    ):
        assert tenants.refused("red", method, path, body)[0] == 403
    assert "std.noop" in tenants.ok("blue", "GET", f"/v2/workflows/{workflow}")["definition"]


def test_ones_own_workflow_comes_before_a_shared_one(tenants: Tenants) -> None:
    theirs = tenants.workflow("blue", "w")
    tenants.share("blue", theirs, "red")
    mine = tenants.workflow("red", "w")
    assert tenants.ok("red", "GET", "/v2/workflows/w")["id"] == mine
    assert tenants.names("red", "/v2/workflows") == ["w", "w"]
    assert tenants.status("red", "DELETE", "/v2/workflows/w") == 204
    assert tenants.ok("red", "GET", "/v2/workflows/w")["id"] == theirs


def test_namespaces_of_shared_workflows_are_kept_apart(tenants: Tenants) -> None:
    tenants.share("blue", tenants.workflow("blue", "w", namespace="n"), "red")
    assert tenants.status("red", "GET", "/v2/workflows/w") == 404
    assert tenants.status("red", "GET", "/v2/workflows/w?namespace=n") == 200


def test_a_renamed_workflow_is_found_by_its_new_name(tenants: Tenants) -> None:
    workflow = tenants.workflow("blue", "w")
    tenants.share("blue", workflow, "red")
    text = "version: '2.0'\nv:\n  tasks:\n    t:\n      action: std.noop\n"
    tenants.ok("blue", "PUT", f"/v2/workflows/{workflow}", text)
    assert tenants.status("red", "GET", "/v2/workflows/w") == 404
    assert tenants.status("red", "GET", "/v2/workflows/v") == 200


def test_the_shares_of_a_workflow_go_with_it(tenants: Tenants) -> None:
    workflow = tenants.workflow("blue", "w")
    for member in ("red", "green"):
        tenants.share("blue", workflow, member)
    assert tenants.status("blue", "DELETE", f"/v2/workflows/{workflow}") == 204
    for badge in ("blue", "red", "green"):
        assert tenants.ok(badge, "GET", f"/v2/workflows/{workflow}/members") == {"members": []}
    assert visible(tenants, workflow) == HIDDEN


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "members", None),
        ("POST", "members", ONE),
        ("GET", "members/red", None),
        ("PUT", "members/red", {"status": "accepted"}),
        ("DELETE", "members/red", None),
    ],
)
def test_without_authentication_there_is_nobody_to_share_with(api: Api, method: str, path: str, body: object) -> None:
    status, text = api.refused(method, f"/v2/workflows/{NOWHERE}/{path}", body, x_roles="admin")
    assert (status, text) == (400, "Resource sharing feature can only be supported with authentication enabled.")
