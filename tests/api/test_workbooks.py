"""`/v2/workbooks` end to end over the real store."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api

ADMIN = {"x_roles": "admin"}
TAIL = """\
tags: [t]
actions:
  sh:
    # says nothing
    base: std.noop
workflows:
  main:
    input: [a]
    tasks:
      t: {action: sh}
"""


def text(name: str = "wb", tail: str = TAIL) -> str:
    return f"version: '2.0'\nname: {name}\n{tail}"


def create(api: Api, name: str = "wb", query: str = "", **headers: str) -> Any:
    made = api.ok("POST", f"/v2/workbooks{query}", text(name), **headers)
    api.clock.tick()
    return made


def names(api: Api, path: str) -> list[str]:
    (items,) = (value for name, value in api.ok("GET", path).items() if name != "next")
    return [item["name"] for item in items]


def test_what_is_created_comes_back(api: Api) -> None:
    reply = api.call("POST", "/v2/workbooks", text())
    assert reply.status_code == 201
    made = reply.json_body
    assert made == {
        "id": made["id"],
        "name": "wb",
        "namespace": "",
        "definition": text(),
        "tags": ["t"],
        "scope": "private",
        "project_id": "<default-project>",
        "created_at": "2026-11-23 04:07:16",
    }
    shown = {**made, "updated_at": None}
    assert api.ok("GET", "/v2/workbooks/wb") == shown
    assert api.ok("GET", "/v2/workbooks") == {"workbooks": [shown]}
    assert api.ok("GET", "/v2/workbooks/wb?fields=tags") == {"id": made["id"], "tags": ["t"]}


def test_its_members_are_definitions(api: Api) -> None:
    create(api, query="?namespace=n")
    workflow = api.ok("GET", "/v2/workflows/wb.main?namespace=n")
    assert (workflow["name"], workflow["namespace"], workflow["checksum"]) == ("wb.main", "n", None)
    assert workflow["definition"] == "main:\n  input: [a]\n  tasks:\n    t: {action: sh}\n"
    assert workflow["interface"] == '{"input": ["a"], "output": []}'
    action = api.ok("GET", "/v2/actions/wb.sh/n")
    assert (action["name"], action["namespace"], action["tags"]) == ("wb.sh", "n", [])
    assert action["definition"] == "sh:\n  # says nothing\n  base: std.noop\n"


def test_an_execution_knows_the_workbook_it_came_from(api: Api) -> None:
    create(api)
    record = api.definitions.find_workflow("<default-project>", "wb.main", "")
    assert record.facts["workbook"] == api.definitions.spec(record.ref).body["workbook"] == "wb"


def test_an_update_changes_what_changed_and_leaves_what_is_gone(api: Api) -> None:
    made = create(api)
    changed = api.ok("PUT", "/v2/workbooks", text(tail=TAIL.partition("workflows")[0] + "  more: {base: std.fail}\n"))
    assert (changed["id"], changed["updated_at"]) == (made["id"], "2026-11-23 04:07:17")
    assert names(api, "/v2/workflows") == ["wb.main"]
    assert names(api, "/v2/actions?name=has:wb.") == ["wb.more", "wb.sh"]
    assert api.ok("GET", "/v2/actions/wb.sh")["updated_at"] is None


def test_an_equal_text_changes_nothing(api: Api) -> None:
    create(api)
    assert api.ok("PUT", "/v2/workbooks", text())["updated_at"] is None
    assert api.ok("GET", "/v2/workflows/wb.main")["updated_at"] is None


def test_the_scope_is_that_of_the_members(api: Api) -> None:
    create(api, query="?scope=public", **ADMIN)
    assert api.ok("GET", "/v2/workflows/wb.main")["scope"] == "public"
    api.ok("PUT", "/v2/workbooks", text(), **ADMIN)
    assert api.ok("GET", "/v2/actions/wb.sh")["scope"] == api.ok("GET", "/v2/workbooks/wb")["scope"] == "private"


def test_a_removed_workbook_leaves_its_members_and_may_come_back(api: Api) -> None:
    create(api)
    before = api.ok("GET", "/v2/workflows/wb.main")
    assert api.call("DELETE", "/v2/workbooks/wb").status_code == 204
    assert names(api, "/v2/workbooks") == []
    assert names(api, "/v2/workflows") == ["wb.main"]
    create(api)
    assert api.ok("GET", "/v2/workflows/wb.main") == before


def test_an_empty_workbook_is_one(api: Api) -> None:
    assert api.ok("POST", "/v2/workbooks", text(tail=""))["tags"] == []


def test_many_members_are_stored(api: Api) -> None:
    """More than one transaction holds."""
    members = "".join(f"  m{number}: {{base: std.noop}}\n" for number in range(60))
    api.ok("POST", "/v2/workbooks", text(tail="actions:\n" + members))
    assert len(names(api, "/v2/actions?name=has:wb.")) == 60
    assert names(api, "/v2/workbooks") == ["wb"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "part"),
    [
        (
            "POST",
            "",
            text(),
            409,
            "Duplicate entry for WorkbookDefinition ['name', 'namespace', 'project_id']: wb, , <",
        ),
        ("POST", "", text("a b"), 400, "Name 'a b' must not contain spaces"),
        ("POST", "", text("x" * 252), 400, "must not exceed 255 characters"),
        ("POST", "", "version: '2.0'\nworkflows: {}", 400, "Invalid DSL"),
        ("POST", "", text("v", "workflows: {w: {tasks: {t: {on-success: ghost}}}}\n"), 400, "Task 'ghost' not found."),
        ("POST", "?scope=zzz", text("v"), 400, "Scope must be one of"),
        ("POST", "?scope=public", text("v"), 403, "Operation forbidden"),
        ("PUT", "", text("v"), 404, "Workbook not found [name=v, namespace=]"),
        ("PUT", "?namespace=n", text(), 404, "Workbook not found [name=wb, namespace=n]"),
        ("GET", "/wb?namespace=n", None, 404, "Workbook not found [name=wb, namespace=n]"),
        ("GET", "/ID", None, 404, "Workbook not found"),
        ("GET", "/wb?fields=nothing", None, 400, "Field 'nothing' does not exist."),
        ("GET", "?fields=nothing", None, 400, "Some fields do not exist"),
        ("GET", "/wb?bogus=1", None, 400, 'Unknown argument: "bogus"'),
        ("DELETE", "/ID", None, 404, "Workbook not found"),
        ("DELETE", "/v?namespace=n", None, 404, "Workbook not found [workbook_name=v, namespace=n]"),
        ("DELETE", "", None, 400, 'Missing argument: "name"'),
    ],
)
def test_requests_that_are_refused(api: Api, method: str, path: str, body: object, status: int, part: str) -> None:
    made = create(api)
    refused, message = api.refused(method, f"/v2/workbooks{path.replace('ID', made['id'])}", body)
    assert refused == status
    assert part in message
    assert names(api, "/v2/workbooks") == ["wb"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["a", "b", "c"]),
        ("?sort_keys=name&sort_dirs=desc", ["c", "b", "a"]),
        ("?name=neq:b", ["a", "c"]),
        ("?namespace=n", ["c"]),
        ("?tags=t&definition=has:b", ["a", "b", "c"]),
        ("?limit=1", ["a"]),
    ],
)
def test_lists(api: Api, query: str, expected: list[str]) -> None:
    for name, target in (("a", ""), ("b", ""), ("c", "?namespace=n")):
        create(api, name, target)
    assert names(api, f"/v2/workbooks{query}") == expected


def test_a_workflow_that_was_renamed_stays_known_as_such_when_it_becomes_a_member(api: Api) -> None:
    """Executions are found by the name under which they were started: one name is not enough to find them then."""
    (before,) = api.ok("POST", "/v2/workflows", "version: '2.0'\nw:\n  tasks:\n    t: {action: std.noop}\n")[
        "workflows"
    ]
    api.ok("PUT", f"/v2/workflows/{before['id']}", "version: '2.0'\nwb.main:\n  tasks:\n    t: {action: std.noop}\n")
    assert api.definitions.lasting_name(before["id"]) is None
    create(api)
    assert api.ok("GET", "/v2/workflows/wb.main")["id"] == before["id"]
    assert api.definitions.lasting_name(before["id"]) is None
