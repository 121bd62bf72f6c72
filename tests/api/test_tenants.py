"""Executions, task and action executions are seen by their project and by admins; and how callers are refused."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any, cast

import pytest

from chalicelib.bootstrap import container
from chalicelib.core import ids
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.service.access.authorization import Policy
from tests.api.client import Api
from tests.api.fakes import run, task
from tests.api.tenants import Tenants

EXECUTIONS = {
    project: f"11111111-0000-4000-8000-00000000000{number}"
    for number, project in enumerate(("blue", "red", "loose-blue"))
}
PART = ids.partition(EXECUTIONS["blue"])
TASK, ACTION = ids.task_id(PART, TaskKey(0, 0)), ids.action_id(PART, ActionKey(TaskKey(0, 0), 1))


@pytest.fixture
def started(tenants: Tenants) -> Tenants:
    """A run with a task in each of three projects, each a second after the other."""
    tenants.workflow("blue", "w")
    ref = tenants.api.definitions.find_workflow("blue", "w", "").ref
    for project, identifier in EXECUTIONS.items():
        made = run(identifier, project_id=project, created_at=tenants.api.clock.now(), definition=ref)
        tenants.api.runs.add(made, task())
        tenants.api.clock.tick()
    return tenants


@pytest.mark.parametrize(
    "path",
    [
        f"/v2/executions/{EXECUTIONS['blue']}",
        f"/v2/executions/{EXECUTIONS['blue']}/tasks",
        f"/v2/tasks/{TASK}",
        f"/v2/action_executions/{ACTION}",
        f"/v2/tasks/{TASK}/action_executions/{ACTION}",
        f"/v2/executions?marker={EXECUTIONS['blue']}",
    ],
)
def test_what_another_project_runs_is_not_there(started: Tenants, path: str) -> None:
    assert started.status("blue", "GET", path) == started.status("root:admin", "GET", path) == 200
    assert started.status("red", "GET", path) == 404
    assert started.status("red:member", "GET", path + ("&" if "?" in path else "?") + "fields=id") == 404


@pytest.mark.parametrize(
    ("path", "collection"),
    [
        (f"/v2/tasks/{TASK}/action_executions", "action_executions"),
        (f"/v2/tasks/{TASK}/workflow_executions", "executions"),
        (f"/v2/action_executions?task_execution_id={TASK}", "action_executions"),
        (f"/v2/executions?root_execution_id={EXECUTIONS['blue']}", "executions"),
        (f"/v2/tasks?workflow_execution_id={EXECUTIONS['blue']}", "tasks"),
    ],
)
def test_lists_below_what_is_hidden_are_empty(started: Tenants, path: str, collection: str) -> None:
    assert started.ok("red", "GET", path) == {collection: []}


def shown(tenants: Tenants, badge: str, path: str) -> list[str]:
    found = tenants.ok(badge, "GET", path)
    (items,) = (value for key, value in found.items() if key != "next")
    return [item["project_id"] for item in items]


@pytest.mark.parametrize("resource", ["executions", "tasks", "action_executions"])
def test_lists_show_ones_own_and_admins_everything(started: Tenants, resource: str) -> None:
    for project in EXECUTIONS:
        assert shown(started, project, f"/v2/{resource}") == [project]
    assert sorted(shown(started, "root:admin", f"/v2/{resource}")) == sorted(EXECUTIONS)
    assert shown(started, "root", f"/v2/{resource}") == []


@pytest.mark.parametrize(
    ("query", "projects"),
    [
        ("", ["blue", "red", "loose-blue"]),
        ("?all_projects=true", ["blue", "red", "loose-blue"]),
        ("?sort_keys=created_at&sort_dirs=desc", ["loose-blue", "red", "blue"]),
        ("?sort_keys=state", ["blue", "red", "loose-blue"]),
        ("?project_id=red", ["red"]),
        ("?project_id=eq:red", ["red"]),
        ("?project_id=neq:red", ["blue", "loose-blue"]),
        ("?project_id=in:red,blue", ["blue", "red"]),
        ("?project_id=nobody", []),
        (f"?marker={EXECUTIONS['blue']}", ["red", "loose-blue"]),
    ],
)
def test_what_admins_list(started: Tenants, query: str, projects: list[str]) -> None:
    assert shown(started, "root:admin", f"/v2/executions{query}") == projects


def test_pages_of_admins_go_through_all_projects(started: Tenants) -> None:
    path, found = "/v2/executions?limit=1", []
    while path:
        page = started.ok("root:admin", "GET", path)
        found += [item["project_id"] for item in page["executions"]]
        path = page.get("next", "").removeprefix("http://api.example")
    assert found == ["blue", "red", "loose-blue"]


def test_too_many_projects_have_to_be_chosen_from(tenants: Tenants) -> None:
    for number in range(101):
        tenants.api.runs.add(run(f"e{number}", project_id=f"p{number}"))
    status, text = tenants.refused("root:admin", "GET", "/v2/executions")
    assert (status, "project_id" in text) == (400, True)
    assert shown(tenants, "root:admin", "/v2/executions?project_id=p7") == ["p7"]


def test_actions_that_run_alone_are_kept_apart(tenants: Tenants) -> None:
    body = {"name": "std.echo", "input": {"output": 1}, "params": {"save_result": True}}
    made = tenants.ok("blue", "POST", "/v2/action_executions", body)["id"]
    path = f"/v2/action_executions/{made}"
    assert tenants.ok("blue", "GET", path)["project_id"] == "blue"
    for method, change in (("GET", None), ("PUT", {"state": "SUCCESS", "output": {}}), ("DELETE", None)):
        assert tenants.status("red", method, path, change) == 404
    assert shown(tenants, "red", "/v2/action_executions") == []
    assert shown(tenants, "root:admin", "/v2/action_executions") == ["blue"]


# --- who is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("badge", ["", "forged"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/workflows"),
        ("POST", "/v2/workflows/validate"),
        ("DELETE", "/v2/executions/e"),
        ("GET", "/v2/tasks/t"),
    ],
)
def test_who_is_not_known_gets_a_page(tenants: Tenants, badge: str, method: str, path: str) -> None:
    reply = tenants.call(badge, method, path, x_roles="admin", x_project_id="blue")
    assert reply.status_code == 401
    text = reply.headers["Server-Error-Message"]
    assert text == reply.headers["WWW-Authenticate"]
    assert reply.headers["Content-Type"].startswith("text/html")
    assert text in reply.body.decode()
    asked = tenants.call(badge, method, path, accept="application/json")
    assert asked.json_body == {"code": 401, "title": "Unauthorized", "description": text}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 200), ("GET", "/v2/", 200), ("GET", "/v2", 302)])
def test_the_roots_are_open(tenants: Tenants, method: str, path: str, status: int) -> None:
    assert tenants.status("", method, path) == status


def test_headers_that_claim_something_count_for_nothing(tenants: Tenants) -> None:
    tenants.workflow("blue", "w")
    claims = {"x_project_id": "blue", "x_roles": "admin", "x_target_project_id": "blue", "x_user_id": "root"}
    assert tenants.call("red", "GET", "/v2/workflows", **claims).json_body == {"workflows": []}
    assert tenants.call("red", "GET", "/v2/workflows?all_projects=1", **claims).status_code == 403


def test_a_token_is_in_no_reply_and_no_log(tenants: Tenants, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "chalicelib")
    badge = "secret-badge:member"
    for method, path, body in (("GET", "/v2/workflows/x", None), ("POST", "/v2/executions", {"workflow_name": 1})):
        reply = tenants.call(badge, method, path, body)
        assert reply.status_code in (400, 404)
        assert badge not in json.dumps([reply.body.decode(), dict(reply.headers)])
    assert badge not in caplog.text


def test_a_policy_of_the_deployment_holds_for_every_route(tenants: Tenants) -> None:
    only_editors = {"workflows:create": "role:editor", "executions:list:all_projects": "role:auditor"}
    container.use(replace(cast(Any, container.services()), policy=Policy(only_editors)))
    assert tenants.status("blue", "POST", "/v2/workflows", "version: '2.0'") == 403
    tenants.workflow("blue:editor", "w")
    tenants.api.runs.add(run(EXECUTIONS["blue"], project_id="blue"))
    assert shown(tenants, "red:auditor", "/v2/executions?all_projects=1") == ["blue"]
    assert shown(tenants, "red:auditor", "/v2/executions") == []


def test_where_nobody_is_checked_tokens_are_not_looked_at(api: Api) -> None:
    assert api.ok("GET", "/v2/workflows", x_auth_token="anything") == {"workflows": []}
