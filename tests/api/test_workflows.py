"""`/v2/workflows` end to end over the real store."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api

UNKNOWN = "99999999-0000-4000-8000-000000000000"
ADMIN = {"x_roles": "member, admin"}


def text(name: str = "w", action: str = "std.noop", extra: str = "") -> str:
    return f"version: '2.0'\n{name}:\n  tags: [t1, T2]\n{extra}  tasks:\n    t: {{action: {action}}}\n"


def create(api: Api, name: str = "w", query: str = "", **headers: str) -> Any:
    made = api.ok("POST", f"/v2/workflows{query}", text(name), **headers)["workflows"][0]
    api.clock.tick()
    return made


def names(listed: Any) -> list[str]:
    return [item["name"] for item in listed["workflows"]]


def test_what_is_created_comes_back(api: Api) -> None:
    source = text(extra="  input: [a, b: {k: 1}, c: null, d: 1.5]\n  output: {x: 1, y: <% $.a %>}\n")
    reply = api.call("POST", "/v2/workflows", source)
    assert reply.status_code == 201
    made = reply.json_body["workflows"][0]
    interface = {"input": ["a", {"b": {"k": 1}}, {"c": None}, {"d": 1.5}], "output": ["x", "y"]}
    common = {
        "id": made["id"],
        "name": "w",
        "namespace": "",
        "input": 'a, b="{\'k\': 1}", c="None", d="1.5"',
        "interface": interface,
        "definition": source,
        "checksum": made["checksum"],
        "version": made["version"],
        "tags": ["t1", "T2"],
        "scope": "private",
        "project_id": "<default-project>",
        "created_at": "2026-11-23 04:07:16",
    }
    assert made == common
    shown = api.ok("GET", "/v2/workflows/w")
    as_text = '{"input": ["a", {"b": {"k": 1}}, {"c": null}, {"d": 1.5}], "output": ["x", "y"]}'
    assert shown == {**common, "interface": as_text, "updated_at": None}
    assert list(shown) == [*list(common), "updated_at"]
    assert api.ok("GET", f"/v2/workflows/{made['id']}") == shown
    assert api.ok("GET", f"/v2/workflows/{made['id'].replace('-', '')}?namespace=other") == shown
    assert api.ok("GET", "/v2/workflows/") == {"workflows": [shown]}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-yaml", "application/json", "", "application/octet-stream"]
)
def test_text_is_taken_under_any_type(api: Api, content_type: str) -> None:
    reply = api.call("POST", "/v2/workflows?bogus=1&skip_validation=", text("ż"), content_type=content_type)
    assert reply.status_code == 201
    assert api.ok("GET", "/v2/workflows/%C5%BC")["name"] == "ż"


def test_several_at_once_get_texts_of_their_own(api: Api) -> None:
    made = api.ok("POST", "/v2/workflows", text("b") + text("a").partition("\n")[2])["workflows"]
    assert names({"workflows": made}) == ["b", "a"]
    assert "a:" not in made[0]["definition"]


def test_one_taken_name_stores_nothing(api: Api) -> None:
    create(api, "w")
    both = text("v") + text("w").partition("\n")[2]
    message = "Duplicate entry for WorkflowDefinition ['name', 'namespace', 'project_id']: w, , <default-project>"
    assert api.refused("POST", "/v2/workflows", both) == (409, message)
    assert names(api.ok("GET", "/v2/workflows")) == ["w"]


def test_a_namespace_is_part_of_the_name(api: Api) -> None:
    one, other = create(api), create(api, query="?namespace=n")
    assert api.ok("GET", "/v2/workflows/w")["id"] == one["id"]
    assert api.ok("GET", "/v2/workflows/w?namespace=n")["id"] == other["id"]
    assert api.refused("GET", "/v2/workflows/w?namespace=none") == (
        404,
        "Workflow not found [workflow_identifier=w, namespace=none]",
    )
    assert names(api.ok("GET", "/v2/workflows?namespace=n&fields=name")) == ["w"]


@pytest.mark.parametrize(
    ("query", "body", "status", "part"),
    [
        ("?scope=public", text(), 403, "Operation forbidden"),
        ("?scope=weird", text(), 400, "Scope must be one of the following: {'private', 'public'}; actual: weird"),
        ("", "version: '2.0'", 400, "At least one item must be in the list"),
        ("", "", 400, "'version' is a required property"),
        ("", "a: [", 400, "Definition could not be parsed"),
        ("", text("'a b'"), 400, "Name 'a b' must not contain spaces"),
        ("", text("x" * 256), 400, "must not exceed 255 characters"),
        ("?namespace=" + "x" * 256, text(), 400, "must not exceed 255 characters"),
    ],
)
def test_uploads_that_are_refused(api: Api, query: str, body: str, status: int, part: str) -> None:
    refused, message = api.refused("POST", f"/v2/workflows{query}", body)
    assert refused == status
    assert part in message
    assert api.ok("GET", "/v2/workflows") == {"workflows": []}


def test_an_update_makes_a_new_version(api: Api) -> None:
    made = create(api)
    changed = api.ok("PUT", "/v2/workflows", text(action="std.echo output=1"))["workflows"][0]
    assert changed["id"] == made["id"]
    assert changed["interface"] == {"input": [], "output": []}
    assert (made["created_at"], changed["updated_at"]) == (changed["created_at"], "2026-11-23 04:07:17")
    assert "std.echo" in api.ok("GET", "/v2/workflows/w")["definition"]
    assert len(made["version"]) == len(changed["version"]) == 12
    assert made["version"] != changed["version"]
    assert names(api.ok("GET", f"/v2/workflows?version={changed['version']}")) == ["w"]
    assert names(api.ok("GET", f"/v2/workflows?version={made['version']}")) == []
    assert api.ok("PUT", "/v2/workflows", text())["workflows"][0]["version"] == made["version"]


def test_an_update_that_changes_nothing_is_no_update(api: Api) -> None:
    create(api)
    assert api.ok("PUT", "/v2/workflows", text())["workflows"][0]["updated_at"] is None


@pytest.mark.parametrize("path", ["/v2/workflows/{id}", "/v2/workflows/w?namespace=n", "/v2/workflows?identifier={id}"])
def test_an_update_by_identifier_may_rename_but_does_not_move(api: Api, path: str) -> None:
    made = create(api, query="?namespace=n")
    changed = api.ok("PUT", path.format(id=made["id"]), text("v"))
    assert (changed["id"], changed["name"], changed["namespace"]) == (made["id"], "v", "n")
    assert api.refused("GET", "/v2/workflows/w?namespace=n")[0] == 404
    assert api.ok("GET", "/v2/workflows/v?namespace=n")["id"] == made["id"]


def test_an_update_takes_the_scope_of_the_request(api: Api) -> None:
    create(api, query="?scope=public", **ADMIN)
    assert api.ok("PUT", "/v2/workflows", text())["workflows"][0]["scope"] == "private"


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/v2/workflows", text("u"), 404, "Workflow not found [workflow_identifier=u, namespace=]"),
        (
            "/v2/workflows",
            text() + text("u").partition("\n")[2],
            404,
            "Workflow not found [workflow_identifier=u, namespace=]",
        ),
        (f"/v2/workflows/{UNKNOWN}", text(), 404, f"Workflow not found [workflow_identifier={UNKNOWN}, namespace=]"),
        (
            "/v2/workflows/w",
            text() + text("u").partition("\n")[2],
            400,
            "More than one workflows are not supported for update with identifier. [identifier: w]",
        ),
        (
            "/v2/workflows/w",
            text("v"),
            409,
            "Duplicate entry for WorkflowDefinition ['name', 'namespace', 'project_id']: v, , <default-project>",
        ),
    ],
)
def test_updates_that_are_refused(api: Api, path: str, body: str, status: int, message: str) -> None:
    made = [create(api), create(api, "v")]
    assert api.refused("PUT", path, body) == (status, message)
    assert {w["checksum"] for w in api.ok("GET", "/v2/workflows")["workflows"]} == {w["checksum"] for w in made}


@pytest.mark.parametrize(
    "path", ["/v2/workflows/w", "/v2/workflows/{id}", "/v2/workflows?identifier=w", "/v2/workflows/w/"]
)
def test_delete(api: Api, path: str) -> None:
    made = create(api)
    reply = api.call("DELETE", path.format(id=made["id"]))
    assert (reply.status_code, reply.body) == (204, b"")
    assert api.refused("DELETE", "/v2/workflows/w") == (404, "Workflow not found [workflow_identifier=w, namespace=]")
    assert create(api)["id"] != made["id"]


def test_delete_needs_an_identifier(api: Api) -> None:
    assert api.refused("DELETE", "/v2/workflows") == (400, 'Missing argument: "identifier"')


@pytest.mark.parametrize(("body", "valid"), [(text(), True), (text("'a b'"), True), ("a: [", False), ("", False)])
def test_validate_stores_nothing(api: Api, body: str, valid: bool) -> None:
    verdict = api.ok("POST", "/v2/workflows/validate", body)
    assert verdict["valid"] is valid
    assert ("error" in verdict) is not valid
    assert api.ok("GET", "/v2/workflows") == {"workflows": []}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["one", "two", "three"]),
        ("name=one", ["one"]),
        ("name=eq:one", ["one"]),
        ("name=neq:one", ["two", "three"]),
        ("name=in:one,two", ["one", "two"]),
        ("name=nin:one,two", ["three"]),
        ("name=has:t%25e", ["three"]),
        ("name=has:_w", ["two"]),
        ("name=has:T", ["two", "three"]),
        ("name=gt:three", ["two"]),
        ("name=lte:three", ["one", "three"]),
        ("name=xx:one", []),
        ("name=one&name=two", ["two"]),
        ("tags=t1", ["one", "two", "three"]),
        ("tags=t2,T1", ["one", "two", "three"]),
        ("tags=t1,t3", []),
        ("scope=public", []),
        ("definition=has:three:", ["three"]),
        ("created_at=gte:2026-11-23T04:07:17", ["two", "three"]),
        ("created_at=2026-11-23 04:07:16", ["one"]),
        ("created_at=lt:2026-11-23", []),
        ("updated_at=neq:2026", []),
        ("project_id=<default-project>", ["one", "two", "three"]),
        ("input=neq:x", ["one", "two", "three"]),
        ("sort_keys=name", ["one", "three", "two"]),
        ("sort_keys=name&sort_dirs=desc", ["two", "three", "one"]),
        ("sort_keys=scope,name&sort_dirs=asc,desc", ["two", "three", "one"]),
        ("sort_keys=updated_at,created_at&sort_dirs=desc", ["one", "two", "three"]),
        ("sort_dirs=desc", ["three", "two", "one"]),
        ("limit=2", ["one", "two"]),
        ("limit=5000", ["one", "two", "three"]),
    ],
)
def test_lists(api: Api, query: str, expected: list[str]) -> None:
    for name in ("one", "two", "three"):
        create(api, name)
    path = f"/v2/workflows?{query}".replace(" ", "%20").replace("<", "%3C").replace(">", "%3E")
    assert names(api.ok("GET", path)) == expected


def test_an_unknown_marker_is_not_found(api: Api) -> None:
    assert api.refused("GET", f"/v2/workflows?marker={UNKNOWN}") == (404, f"Workflow not found [workflow_id={UNKNOWN}]")


@pytest.mark.parametrize(
    ("fields", "members"),
    [("name", ["id", "name"]), ("NAME,,id, name", ["id", "name"]), ("input,interface", ["id", "input", "interface"])],
)
def test_fields(api: Api, fields: str, members: list[str]) -> None:
    create(api)
    query = f"?fields={fields.replace(' ', '%20')}"
    assert list(api.ok("GET", f"/v2/workflows/w{query}")) == members
    assert list(api.ok("GET", f"/v2/workflows{query}")["workflows"][0]) == members


def test_one_workflow_has_nothing_under_an_unknown_name(api: Api) -> None:
    made = create(api)
    assert api.ok("GET", "/v2/workflows/w?fields=bogus") == {"id": made["id"]}
    assert api.refused("GET", "/v2/workflows?fields=bogus")[0] == 400


def test_only_admins_ask_for_all_projects(api: Api) -> None:
    create(api)
    assert api.refused("GET", "/v2/workflows?all_projects=true")[0] == 403
    assert names(api.ok("GET", "/v2/workflows?all_projects=true", **ADMIN)) == ["w"]
    assert names(api.ok("GET", "/v2/workflows?all_projects=")) == ["w"]
