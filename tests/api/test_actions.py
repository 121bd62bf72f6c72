"""`/v2/actions` end to end over the real store."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.api.client import Api

UNKNOWN = "99999999-0000-4000-8000-000000000000"
ADMIN = {"x_roles": "admin"}


def text(name: str = "a", extra: str = "") -> str:
    return f"version: '2.0'\n{name}:\n  base: std.noop\n{extra}"


def create(api: Api, name: str = "a", query: str = "", **headers: str) -> Any:
    made = api.ok("POST", f"/v2/actions{query}", text(name), **headers)["actions"][0]
    api.clock.tick()
    return made


def stored(api: Api, query: str = "") -> list[str]:
    """Names of the listed actions that are not built in."""
    return [item["name"] for item in api.ok("GET", f"/v2/actions{query}")["actions"] if item["id"] != item["name"]]


def test_what_is_created_comes_back(api: Api) -> None:
    source = text(extra="  input: [p, q: {a: [1, null]}]\n  tags: [t1]\n  description: d\n")
    reply = api.call("POST", "/v2/actions", source)
    assert reply.status_code == 201
    made = reply.json_body["actions"][0]
    assert made == {
        "id": made["id"],
        "name": "a",
        "is_system": False,
        "input": 'p, q={"a": [1, null]}',
        "description": "d",
        "tags": ["t1"],
        "definition": source,
        "scope": "private",
        "project_id": "<default-project>",
        "created_at": "2026-11-23 04:07:16",
        "namespace": "",
    }
    for path in ("a", "a/", "a/other", "a?namespace=other"):
        assert api.ok("GET", f"/v2/actions/{path}") == {**made, "updated_at": None}


def test_without_input_uploads_say_null_and_reads_say_nothing(api: Api) -> None:
    assert create(api)["input"] is None
    assert api.ok("PUT", "/v2/actions", text())["actions"][0]["input"] is None
    assert api.ok("GET", "/v2/actions/a")["input"] == ""


def test_a_built_in_action(api: Api) -> None:
    shown = api.ok("GET", "/v2/actions/std.echo/")
    assert shown.pop("description").startswith("Gives back")
    assert shown == {
        "id": "std.echo",
        "name": "std.echo",
        "is_system": False,
        "input": "output, delay=0",
        "tags": None,
        "definition": "",
        "scope": None,
        "project_id": None,
        "created_at": "",
        "updated_at": "",
        "namespace": "",
    }


def test_one_that_comes_with_the_service_is_shown_as_public_and_stays(api: Api) -> None:
    shown = api.ok("GET", "/v2/actions?name=std.wait_ssh")["actions"]
    assert shown == [api.ok("GET", "/v2/actions/std.wait_ssh")]
    found = shown[0]
    assert (found["input"], found["description"]) == ("host, username, password", "Simple SSH command.")
    assert (found["scope"], found["is_system"], found["created_at"]) == ("public", False, "")
    assert "base: std.ssh" in found["definition"]
    assert api.call("DELETE", "/v2/actions/std.wait_ssh").status_code == 404


def test_a_stored_action_hides_a_built_in_one(api: Api) -> None:
    made = create(api, "std.echo")
    assert api.ok("GET", "/v2/actions/std.echo")["id"] == made["id"]
    assert api.call("DELETE", "/v2/actions/std.echo").status_code == 204
    assert api.ok("GET", "/v2/actions/std.echo")["id"] == "std.echo"


def test_the_namespace_comes_first(api: Api) -> None:
    one, other = create(api), create(api, query="?namespace=n")
    assert [api.ok("GET", f"/v2/actions/a/{namespace}")["id"] for namespace in ("", "n", "m")] == [
        one["id"],
        other["id"],
        one["id"],
    ]


def test_one_taken_name_stores_nothing(api: Api) -> None:
    create(api)
    both = text("b") + "a: {base: std.noop}\n"
    message = "Duplicate entry for Action ['name', 'namespace', 'project_id']: a, , <default-project>"
    assert api.refused("POST", "/v2/actions", both) == (409, message)
    assert stored(api) == ["a"]


def test_actions_of_one_upload_share_its_text(api: Api) -> None:
    both = text("a") + "b: {base: std.noop}\n"
    assert [made["definition"] for made in api.ok("POST", "/v2/actions", both)["actions"]] == [both, both]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "part"),
    [
        ("GET", "/a", None, 404, "Action not found [name=a, namespace=]"),
        ("GET", "/a/n", None, 404, "Action not found [name=a, namespace=n]"),
        ("GET", "/std.echo?fields=name", None, 400, 'Unknown argument: "fields"'),
        ("GET", "?fields=nothing", None, 400, "Some fields do not exist"),
        ("GET", "?marker=nothing", None, 404, "Action not found [name=nothing]"),
        ("PUT", "", text(), 404, "Action definition not found [action_name=a, namespace=]"),
        ("PUT", "/b", text(), 404, "Action definition not found [action_name=b, namespace=]"),
        ("PUT", "/b", text() + "c: {base: std.noop}\n", 400, "More than one actions are not supported for update"),
        ("POST", "", "version: '2.0'\na: {}", 400, "Invalid DSL"),
        ("POST", "", text("'a b'"), 400, "Name 'a b' must not contain spaces"),
        ("POST", "?namespace=" + "x" * 256, text(), 400, "must not exceed 255 characters"),
        ("POST", "?scope=zzz", text(), 400, "Scope must be one of the following: {'private', 'public'}; actual: zzz"),
        ("POST", "?scope=public", text(), 403, "Operation forbidden"),
        ("DELETE", "/std.echo", None, 404, "Action definition not found [action_name=std.echo, namespace=]"),
        ("DELETE", f"/{UNKNOWN}", None, 404, "Action definition not found"),
        ("DELETE", "", None, 400, 'Missing argument: "identifier"'),
    ],
)
def test_requests_that_are_refused(api: Api, method: str, path: str, body: object, status: int, part: str) -> None:
    refused, message = api.refused(method, f"/v2/actions{path}", body)
    assert refused == status
    assert part in message
    assert stored(api) == []


@pytest.mark.parametrize("place", ["/a", "?identifier=a", "/ID"])
def test_an_update_may_rename(api: Api, place: str) -> None:
    made = create(api)
    changed = api.ok("PUT", f"/v2/actions{place.replace('ID', made['id'])}", text("b"))["actions"]
    assert [(one["id"], one["name"], one["updated_at"]) for one in changed] == [
        (made["id"], "b", "2026-11-23 04:07:17")
    ]
    assert stored(api) == ["b"]


def test_an_update_keeps_the_namespace_and_is_exact_about_it(api: Api) -> None:
    made = create(api, query="?namespace=n")
    assert api.refused("PUT", "/v2/actions", text())[0] == 404
    assert api.refused("DELETE", "/v2/actions/a/m")[0] == 404
    assert api.ok("PUT", f"/v2/actions/{made['id']}", text("b"))["actions"][0]["namespace"] == "n"


@pytest.mark.parametrize("path", ["a/n", "a?namespace=n", "?identifier=a&namespace=n", "ID"])
def test_removal(api: Api, path: str) -> None:
    made = create(api, query="?namespace=n")
    assert api.call("DELETE", f"/v2/actions/{path.replace('ID', made['id'])}").status_code == 204
    assert stored(api, "?namespace=n") == []


def test_a_public_action_is_stored_by_admins(api: Api) -> None:
    assert create(api, query="?scope=public", **ADMIN)["scope"] == "public"


def test_the_list_is_by_name_and_has_both_kinds(api: Api) -> None:
    create(api, "a")
    create(api, "z")
    create(api, "in_n", "?namespace=n")
    names = [item["name"] for item in api.ok("GET", "/v2/actions")["actions"]]
    assert names == sorted(names)
    assert {"a", "z", "std.echo", "std.http"} <= set(names)
    assert stored(api, "?namespace=n") == ["in_n"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?name=has:echo", ["std.echo"]),
        ("?name=in:a,std.fail", ["a", "std.fail"]),
        ("?scope=private", ["a", "b"]),
        ("?tags=t&is_system=", ["b"]),
        ("?created_at=gt:2026-11-23 04:07:16", ["b"]),
        ("?input=seconds=1", ["std.sleep"]),
        ("?definition=has:tags", ["b"]),
        ("?description=has:waits for `sec", ["std.sleep"]),
        ("?is_system=true", []),
    ],
)
def test_filters(api: Api, query: str, expected: list[str]) -> None:
    create(api)
    api.ok("POST", "/v2/actions", text("b", "  tags: [t]\n"))
    assert [item["name"] for item in api.ok("GET", f"/v2/actions{query}")["actions"]] == expected


def test_the_order_by_creation_begins_with_built_in_ones(api: Api) -> None:
    for name in ("y", "x"):
        create(api, name)
    fields = "fields=id,name,is_system,input,description,tags,created_at,updated_at"
    listed = api.ok("GET", f"/v2/actions?sort_keys=created_at&sort_dirs=asc&{fields}")["actions"]
    assert [item["name"] for item in listed[-2:]] == ["y", "x"]
    assert {item["created_at"] for item in listed[:-2]} == {""}
    assert list(listed[0]) == fields.partition("=")[2].split(",")


def test_paging_goes_through_everything_once(api: Api) -> None:
    create(api)
    create(api, "std.echo")
    path, seen = "/v2/actions?limit=3", []
    while path:
        page = api.ok("GET", path)
        seen += [item["id"] for item in page["actions"]]
        link = urlsplit(page.get("next", ""))
        path = f"{link.path}?{link.query}" if link.path else ""
    everything = [item["id"] for item in api.ok("GET", "/v2/actions")["actions"]]
    assert seen == everything
    assert len(set(seen)) == len(seen)


def test_a_marker_may_be_a_name(api: Api) -> None:
    create(api)
    everything = api.ok("GET", "/v2/actions")["actions"]
    assert api.ok("GET", "/v2/actions?marker=a")["actions"] == everything[1:]
