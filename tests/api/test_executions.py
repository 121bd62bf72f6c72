"""`/v2/executions`: parsing, what the use cases are asked for, views and lists."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.core.model import Source, SourceKind
from chalicelib.core.states import ERROR, PAUSED, RUNNING, SUCCESS
from chalicelib.core.values import Blob
from chalicelib.service.executions.commands import StartRequest
from tests.api.client import Api
from tests.api.fakes import NOW, run, task

ONE, TWO, THREE = (f"11111111-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
ADMIN = {"x_roles": "admin"}


def shown(**changes: Any) -> dict[str, Any]:
    return {
        "id": ONE,
        "workflow_id": "22222222-0000-4000-8000-000000000001",
        "workflow_name": "w",
        "workflow_namespace": "",
        "workflow_version": "0123456789ab",
        "description": "",
        "tags": [],
        "params": '{"env": {"k": 1}, "namespace": ""}',
        "task_execution_id": None,
        "root_execution_id": None,
        "state": "RUNNING",
        "state_info": None,
        "input": '{"a": "żółć"}',
        "output": "{}",
        "created_at": "2026-11-23 04:07:16",
        "updated_at": "2026-11-23 04:07:16",
        "project_id": "<default-project>",
        **changes,
    }


def without(members: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in names}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"description": "later"}, {"description": "later"}),
        ({"env": {"k": 2}}, {"params": '{"env": {"k": 2}, "namespace": ""}'}),
        ({"state": SUCCESS, "output": {"r": None}}, {"state": "SUCCESS", "output": '{"r": null}'}),
        ({"input": Blob("h", 99)}, {"input": '{"large": "h"}'}),
        ({"globals": {"g": Source(SourceKind.INLINE, value=[1])}}, {"published_global": '{"g": [1]}'}),
    ],
)
def test_one(api: Api, changes: dict[str, Any], expected: dict[str, Any]) -> None:
    api.runs.add(run(**changes))
    found = api.ok("GET", f"/v2/executions/{ONE}")
    assert found == shown(**{"published_global": "{}", **expected})
    assert list(found) == [*shown(), "published_global"]


@pytest.mark.parametrize(
    ("fields", "members"),
    [
        ("state,params", ["id", "params", "state"]),
        ("published_global", ["id", "published_global"]),
        ("source_execution_id", ["id"]),
    ],
)
def test_fields_of_one(api: Api, fields: str, members: list[str]) -> None:
    api.runs.add(run())
    assert list(api.ok("GET", f"/v2/executions/{ONE}?fields={fields}")) == members


def test_an_id_may_be_any_text(api: Api) -> None:
    api.runs.add(run("my run/1"))
    assert api.ok("GET", "/v2/executions/my%20run%2F1")["id"] == "my run/1"


@pytest.mark.parametrize("project_id", ["<default-project>", "other"])
def test_what_is_not_there_or_not_visible_is_not_found(api: Api, project_id: str) -> None:
    api.runs.add(run(project_id=project_id))
    missing = ONE if project_id == "other" else "nope"
    assert api.refused("GET", f"/v2/executions/{missing}") == (404, f"WorkflowExecution not found [id={missing}]")


def test_admins_see_every_project_by_id(api: Api) -> None:
    api.runs.add(run(project_id="other"))
    assert api.ok("GET", f"/v2/executions/{ONE}", **ADMIN)["project_id"] == "other"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"workflow_name": "w"}, StartRequest("w")),
        ({"workflow_name": "w", "workflow_id": "i"}, StartRequest("i")),
        ({"workflow_name": "w", "workflow_namespace": "n"}, StartRequest("w", "n")),
        ({"workflow_name": "w", "input": {"a": 1}, "params": '{"b": 2}'}, StartRequest("w", "", {"a": 1}, {"b": 2})),
        ({"workflow_name": "w", "input": None, "params": "null"}, StartRequest("w")),
        ({"workflow_name": "w", "description": None}, StartRequest("w", description=None)),
        ({"id": "x", "description": "d"}, StartRequest(None, description="d", id="x")),
        ({"source_execution_id": "s"}, StartRequest(None, source_execution_id="s")),
        ({"workflow_name": "w", "tags": ["q"], "state": "ERROR", "created_at": 5}, StartRequest("w")),
        ({}, StartRequest(None)),
    ],
)
def test_start(api: Api, body: object, expected: StartRequest) -> None:
    api.runs.add(run())
    reply = api.call("POST", "/v2/executions", body)
    assert (reply.status_code, reply.json_body) == (201, shown())
    assert api.executions.asked == [("start", expected)]


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"state": "PAUSED"}, ("state", ONE, "PAUSED", None, None)),
        ({"state": "PAUSED", "params": {"env": {}}}, ("state", ONE, "PAUSED", None, None)),
        ({"state": "ERROR", "state_info": "why", "description": ""}, ("state", ONE, "ERROR", "why", None)),
        ({"state": "RUNNING", "params": {"env": {"a": 1}}}, ("state", ONE, "RUNNING", None, {"a": 1})),
        ({"state": "RUNNING", "params": '{"env": "{\\"a\\": 1}"}'}, ("state", ONE, "RUNNING", None, {"a": 1})),
    ],
)
@pytest.mark.parametrize("path", [f"/v2/executions/{ONE}", f"/v2/executions?id={ONE}"])
def test_state_changes(api: Api, path: str, body: object, asked: tuple[object, ...]) -> None:
    api.runs.add(run())
    assert api.ok("PUT", path, body) == shown()
    assert api.executions.asked == [asked]


@pytest.mark.parametrize(
    ("body", "asked", "left_out"),
    [
        ({"description": "d"}, ("describe", ONE, "d", None), ("input", "output", "params")),
        ({"params": {"env": {"a": 1}}}, ("describe", ONE, None, {"a": 1}), ("input", "output")),
        ({"description": "d", "params": {"env": {"a": 1}}}, ("describe", ONE, "d", {"a": 1}), ("input", "output")),
    ],
)
def test_descriptions_and_environments(
    api: Api, body: object, asked: tuple[object, ...], left_out: tuple[str, ...]
) -> None:
    api.runs.add(run())
    assert api.ok("PUT", f"/v2/executions/{ONE}", body) == without(shown(), *left_out)
    assert api.executions.asked == [asked]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "The property state, description, or env is not provided for update."),
        (
            {"description": "", "params": {"env": {}}},
            "The property state, description, or env is not provided for update.",
        ),
        ({"state": "PAUSED", "description": "d"}, "The property description must be updated separately from state."),
        (
            {"state": "PAUSED", "params": {"env": {"a": 1}}},
            "The property env can only be updated when workflow execution is not running or on resume from pause.",
        ),
        ({"params": {"env": "[1]"}}, "JsonType field value must be a dictionary [actual=[1]]"),
    ],
)
def test_updates_that_are_refused(api: Api, body: object, text: str) -> None:
    api.runs.add(run())
    assert api.refused("PUT", f"/v2/executions/{ONE}", body) == (400, text)
    assert api.executions.asked == []


def test_an_empty_update_of_nothing_is_404(api: Api) -> None:
    assert api.refused("PUT", "/v2/executions/nope", {}) == (404, "WorkflowExecution not found [id=nope]")


@pytest.mark.parametrize(
    ("query", "force"), [("", False), ("?force=True", True), ("?force=", False), ("?force=false", False)]
)
def test_delete(api: Api, query: str, force: bool) -> None:
    api.runs.add(run())
    assert api.call("DELETE", f"/v2/executions/{ONE}{query}").status_code == 204
    assert api.executions.asked == [("delete", ONE, force)]


def fill(api: Api) -> None:
    later, last = NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)
    api.runs.add(run(TWO, created_at=later, state=ERROR, tags=("a", "B"), state_info="bad", workflow_name="v"))
    api.runs.add(run(ONE, output={"x": 1}, state=PAUSED))
    api.runs.add(run(THREE, created_at=last, root_execution_id=ONE, description="sub", state=RUNNING))
    api.runs.add(run("foreign", project_id="other"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [ONE, TWO, THREE]),
        ("sort_keys=created_at&sort_dirs=desc", [THREE, TWO, ONE]),
        ("sort_keys=state", [TWO, ONE, THREE]),
        ("sort_keys=root_execution_id,id&sort_dirs=desc,desc", [THREE, TWO, ONE]),
        ("state=ERROR", [TWO]),
        ("state=in:ERROR,PAUSED", [ONE, TWO]),
        ("state=IDLE", []),
        ("workflow_name=v", [TWO]),
        ("workflow_id=22222222000040008000000000000001", [ONE, TWO, THREE]),
        ("workflow_id=neq:22222222-0000-4000-8000-000000000001", []),
        ("tags=A,b", [TWO]),
        ("nulls=root_execution_id", [ONE, TWO]),
        ("nulls=root_execution_id,state_info", [ONE]),
        (f"root_execution_id={ONE}", [THREE]),
        ('output={"x":1}', [ONE]),
        ("description=", [ONE, TWO]),
        ("created_at=gt:2026-11-23 04:07:16", [TWO, THREE]),
        (f"marker={ONE}", [TWO, THREE]),
        (f"marker={TWO}&sort_dirs=desc", [ONE]),
        (f"marker={TWO}&sort_keys=state", [ONE, THREE]),
        (f"marker={ONE}&state=RUNNING", [THREE]),
    ],
)
def test_lists(api: Api, query: str, expected: list[str]) -> None:
    fill(api)
    found = api.ok("GET", f"/v2/executions?fields=id&{query.replace(' ', '%20')}")
    assert found == {"executions": [{"id": execution_id} for execution_id in expected]}


def test_items_of_lists(api: Api) -> None:
    api.runs.add(run())
    assert api.ok("GET", "/v2/executions") == {"executions": [without(shown(), "output")]}
    assert api.ok("GET", "/v2/executions?include_output=true") == {"executions": [shown()]}
    asked = api.ok("GET", "/v2/executions?fields=output,published_global,state")
    assert asked == {"executions": [{"id": ONE, "state": "RUNNING", "output": "{}"}]}


def test_pages_read_no_more_than_they_show(api: Api) -> None:
    fill(api)
    path, seen = "/v2/executions?limit=1&sort_dirs=desc&sort_keys=created_at", []
    while path:
        page = api.ok("GET", path)
        seen += [item["id"] for item in page["executions"]]
        path = "?".join(urlsplit(page["next"])[2:4]) if "next" in page else ""
    assert seen == [THREE, TWO, ONE]
    assert api.runs.pages == [1, 1, 1, 1]


@pytest.mark.parametrize("query", ["?all_projects=1", "?project_id=other"])
def test_only_admins_ask_for_other_projects(api: Api, query: str) -> None:
    fill(api)
    expected = "Operation forbidden (insufficient permissions)\nexecutions:list:all_projects needs the role admin"
    assert api.refused("GET", f"/v2/executions{query}") == (403, expected)


def test_admins_list_a_project(api: Api) -> None:
    fill(api)
    found = api.ok("GET", "/v2/executions?project_id=other&fields=id", **ADMIN)
    assert found == {"executions": [{"id": "foreign"}]}


@pytest.mark.parametrize("sort_keys", ["created_at", "state"])
def test_an_unknown_marker_is_not_found(api: Api, sort_keys: str) -> None:
    refused = api.refused("GET", f"/v2/executions?marker=nope&sort_keys={sort_keys}")
    assert refused == (404, "WorkflowExecution not found [id=nope]")


def test_a_large_environment_is_read(api: Api) -> None:
    api.runs.add(run(env=Blob("e", 9), params=Blob("p", 9)))
    params = json.loads(api.ok("GET", f"/v2/executions/{ONE}")["params"])
    assert params == {"large": "p", "env": {"large": "e"}}


def test_tasks_of_an_execution(api: Api) -> None:
    kept = api.runs.add(run(), task(0), task(1))
    api.runs.add(dataclasses.replace(kept, start=dataclasses.replace(kept.start, id=TWO)), task(2))
    assert [item["name"] for item in api.ok("GET", f"/v2/executions/{ONE}/tasks")["tasks"]] == ["t0", "t1"]
    assert api.refused("GET", f"/v2/executions/{THREE}/tasks") == (404, f"WorkflowExecution not found [id={THREE}]")
    assert api.refused("GET", f"/v2/executions/{ONE}/tasks?workflow_execution_id={ONE}")[0] == 400
