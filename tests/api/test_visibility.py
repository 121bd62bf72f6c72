"""Who sees and changes what: operation by role by whose the object is. 404 hides what is not visible, 403 what is not
one's own."""

from __future__ import annotations

from itertools import product

import pytest

from chalicelib.service.access.caller import Caller
from tests.api.tenants import Tenants

MINE, ADMIN = "red", "root:admin"
WORKFLOW = "version: '2.0'\nx:\n  tasks:\n    t:\n      action: std.noop\n"
ACTION = "version: '2.0'\nx:\n  base: std.noop\n"
WORKBOOK = "version: '2.0'\nname: x\nworkflows:\n  w:\n    tasks:\n      t:\n        action: std.noop\n"
ENVIRONMENT = {"name": "x", "variables": {"secret": 1}}
BODIES: dict[str, object] = {
    "workflows": WORKFLOW,
    "actions": ACTION,
    "workbooks": WORKBOOK,
    "environments": ENVIRONMENT,
}

OWN, FOREIGN, PUBLIC = "own", "foreign", "public"
SHARED, PENDING, REJECTED = "shared", "pending", "rejected"

# (read, change, delete, in the list) for a caller who is no admin
ORDINARY = {
    OWN: (200, 200, 204, True),
    FOREIGN: (404, 404, 404, False),
    PUBLIC: (200, 403, 403, True),
    SHARED: (200, 403, 403, True),
    PENDING: (404, 404, 404, False),
    REJECTED: (404, 404, 404, False),
}
EVERYTHING = (200, 200, 204, True)
OF_ADMINS = {
    **{(resource, whose): EVERYTHING for resource, whose in product(BODIES, ORDINARY)},
    ("environments", FOREIGN): (404, 404, 404, True),
    ("environments", PUBLIC): (200, 403, 403, True),
}
CASES = [
    (resource, whose, badge, OF_ADMINS[resource, whose] if badge == ADMIN else ORDINARY[whose])
    for resource, whose, badge in product(BODIES, ORDINARY, (MINE, ADMIN))
    if resource == "workflows" or whose in (OWN, FOREIGN, PUBLIC)
]


def stored(tenants: Tenants, resource: str, whose: str, badge: str) -> None:
    """The object `x`, as it is to the bearer of `badge`."""
    project = badge.partition(":")[0]
    owner = f"{project if whose == OWN else 'blue'}:admin"
    scope = "public" if whose == PUBLIC else "private"
    if resource == "environments":
        tenants.ok(owner, "POST", "/v2/environments", {**ENVIRONMENT, "scope": scope})
        return
    made = tenants.ok(owner, "POST", f"/v2/{resource}?scope={scope}", BODIES[resource])
    if whose in (SHARED, PENDING, REJECTED):
        tenants.share(owner, made["workflows"][0]["id"], project, "accepted" if whose == SHARED else whose)


@pytest.mark.parametrize(("resource", "whose", "badge", "expected"), CASES)
def test_definitions(
    tenants: Tenants, resource: str, whose: str, badge: str, expected: tuple[int, int, int, bool]
) -> None:
    stored(tenants, resource, whose, badge)
    read = tenants.status(badge, "GET", f"/v2/{resource}/x")
    listed = "x" in tenants.names(badge, f"/v2/{resource}")
    changed = tenants.status(badge, "PUT", f"/v2/{resource}", BODIES[resource])
    deleted = tenants.status(badge, "DELETE", f"/v2/{resource}/x")
    assert (read, changed, deleted, listed) == expected


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", WORKFLOW), ("DELETE", None)])
def test_what_is_hidden_reads_like_what_is_not_there(tenants: Tenants, method: str, body: object) -> None:
    hidden, missing = tenants.workflow("blue", "x"), "11111111-1111-1111-1111-111111111111"
    texts = [tenants.refused(MINE, method, f"/v2/workflows/{one}", body) for one in (hidden, missing)]
    assert texts[0][0] == 404
    assert texts[0][1].replace(hidden, missing) == texts[1][1]
    by_name = [tenants.refused(MINE, method, f"/v2/workflows/{one}", body) for one in ("x", "y")]
    assert by_name[0][1].replace("=x", "=y") == by_name[1][1]


@pytest.mark.parametrize("resource", BODIES)
def test_a_name_is_unique_in_its_project_only(tenants: Tenants, resource: str) -> None:
    for project, scope in (("blue", "public"), ("red", "private"), ("green", "private")):
        stored_by = f"{project}:admin"
        path = f"/v2/{resource}?scope={scope}" if resource != "environments" else f"/v2/{resource}"
        body = {**ENVIRONMENT, "scope": scope} if resource == "environments" else BODIES[resource]
        tenants.ok(stored_by, "POST", path, body)
        assert tenants.status(stored_by, "POST", path, body) == 409


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v2/workflows?scope=public", WORKFLOW),
        ("PUT", "/v2/workflows?scope=public", WORKFLOW),
        ("PUT", "/v2/workflows/x?scope=public", WORKFLOW),
        ("POST", "/v2/workbooks?scope=public", WORKBOOK),
        ("PUT", "/v2/workbooks?scope=public", WORKBOOK),
        ("POST", "/v2/actions?scope=public", ACTION),
        ("PUT", "/v2/actions?scope=public", ACTION),
        ("POST", "/v2/environments", {**ENVIRONMENT, "scope": "public"}),
        ("PUT", "/v2/environments", {**ENVIRONMENT, "scope": "public"}),
        ("GET", "/v2/workflows?all_projects=true", None),
        ("GET", "/v2/executions?all_projects=true", None),
        ("GET", "/v2/executions?project_id=red", None),
        ("GET", "/v2/executions?project_id=eq:blue", None),
    ],
)
def test_what_only_admins_may(tenants: Tenants, method: str, path: str, body: object) -> None:
    status, text = tenants.refused(MINE, method, path, body)
    assert (status, text.splitlines()[0]) == (403, "Operation forbidden (insufficient permissions)")
    assert text.endswith(" needs the role admin")
    assert tenants.status(ADMIN, method, path, body) in (200, 201, 404)


def test_a_filter_by_project_shows_no_more_than_is_seen_without(tenants: Tenants) -> None:
    for project in ("blue", "red"):
        tenants.workflow(project, f"of-{project}")
    assert tenants.names(MINE, "/v2/workflows?project_id=blue") == []
    assert tenants.names(MINE, "/v2/workflows?project_id=red") == ["of-red"]
    assert tenants.names(ADMIN, "/v2/workflows?project_id=blue") == ["of-blue"]


@pytest.mark.parametrize("project", ["p#q", "p", "p%23q", "é", "..", "public", "p\n", "project#p", "a b", "p" * 255])
@pytest.mark.parametrize("name", ["w#x"])
def test_odd_names_do_not_meet(tenants: Tenants, project: str, name: str) -> None:
    others = ["p#q", "p", "q", "workflow#p"]
    store = tenants.api.definitions
    text = f"version: '2.0'\n'{name}':\n  tasks:\n    t:\n      action: std.noop\n"
    callers = {one: Caller(one) for one in {*others, project}}
    made = {one: store.create_workflows(caller, text, "n#", "private")[0].id for one, caller in callers.items()}
    for one, caller in callers.items():
        assert [record.id for record in store.workflows(caller)] == [made[one]]
        assert store.workflow(caller, name, "n#").id == made[one]


def test_long_names_and_namespaces_are_kept(tenants: Tenants) -> None:
    store, caller = tenants.api.definitions, Caller("p", frozenset({"admin"}))
    for namespace in ("é" * 255, "é" * 254 + "è"):
        text = f"version: '2.0'\n{'é' * 255}:\n  tasks:\n    t:\n      action: std.noop\n"
        made = store.create_workflows(caller, text, namespace, "public")[0]
        assert store.workflow(Caller("q"), "é" * 255, namespace).id == made.id
        assert store.workflow(caller, made.id, "") == made
    assert len(store.workflows(Caller("q"))) == 2
