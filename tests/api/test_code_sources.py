"""`/v2/code_sources` and `/v2/dynamic_actions` end to end over the real store."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api

ADMIN = {"x_roles": "admin"}
UNKNOWN = "99999999-0000-4000-8000-000000000000"
FORBIDDEN = "Operation forbidden (insufficient permissions)"
VERBS = {"POST": "create", "PUT": "update", "DELETE": "delete"}


def refused(api: Api, method: str, path: str, body: object, operation: str) -> None:
    """The operation is not for everybody, and the refusal says for whom it is."""
    expected = f"{FORBIDDEN}\n{operation} needs the role admin"
    assert api.refused(method, f"/v2/{path}", body) == (403, expected)


def source(api: Api, name: str = "s", text: str = "x = 1\n", query: str = "") -> Any:
    made = api.ok("POST", f"/v2/code_sources?name={name}{query}", text, **ADMIN)
    api.clock.tick()
    return made


def action(api: Api, name: str = "d", **given: object) -> Any:
    body = {"name": name, "class_name": "C", "code_source_name": "s", **given}
    return api.ok("POST", "/v2/dynamic_actions", body, **ADMIN)


def test_a_code_source_comes_back(api: Api) -> None:
    reply = api.call("POST", "/v2/code_sources?name=a%20s&namespace=n&odd=1", "ż = 1\n", **ADMIN)
    assert reply.status_code == 201
    made = reply.json_body
    assert made == {
        "id": made["id"],
        "name": "a s",
        "namespace": "n",
        "content": "ż = 1\n",
        "version": 1,
        "project_id": "<default-project>",
        "scope": "private",
        "created_at": "2026-11-23 04:07:16",
    }
    shown = {**made, "updated_at": None}
    assert api.ok("GET", "/v2/code_sources/a%20s?namespace=n", **ADMIN) == shown
    assert api.ok("GET", f"/v2/code_sources/{made['id']}", **ADMIN) == shown
    assert api.ok("GET", "/v2/code_sources", **ADMIN) == {"code_sources": [shown]}


@pytest.mark.parametrize("size", [0, 1024 * 1024])
def test_texts_of_any_size_up_to_a_megabyte(api: Api, size: int) -> None:
    text = "".join(f"{number:x}" for number in range(250_000))[:size]
    source(api, text=text)
    assert api.ok("GET", "/v2/code_sources/s", **ADMIN)["content"] == text


@pytest.mark.parametrize("path", ["/s?scope=public", "?identifier=s&scope=public"])
def test_every_upload_counts(api: Api, path: str) -> None:
    source(api)
    for number in (2, 3):
        changed = api.ok("PUT", f"/v2/code_sources{path}", "x = 2\n", **ADMIN)
        assert (changed["version"], changed["content"], changed["scope"]) == (number, "x = 2\n", "public")
    assert changed["updated_at"] == "2026-11-23 04:07:17"


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("POST", "", 400, 'Missing argument: "name"'),
        ("POST", "?name=s", 409, "Duplicate entry for CodeSource ['name', 'namespace', 'project_id']: s, , <default"),
        ("POST", "?name=t&scope=odd", 400, "Value should be one of: private, public"),
        ("PUT", "", 400, 'Missing argument: "identifier"'),
        ("PUT", "/t?namespace=n", 404, "Code Source not found [name=t,namespace=n]"),
        ("DELETE", "/t", 404, "Code Source not found [name=t,namespace=]"),
        ("GET", "?fields=odd", 400, "Some fields do not exist"),
        ("GET", "?marker=00000000-0000-0000-0000-000000000000", 404, "Code Source not found [name=00000000-"),
    ],
)
def test_refusals(api: Api, method: str, path: str, status: int, text: str) -> None:
    source(api)
    found = api.refused(method, f"/v2/code_sources{path}", "x", **ADMIN)
    assert found[0] == status
    assert text in found[1]


def test_a_text_that_is_too_large(api: Api) -> None:
    assert api.refused("POST", "/v2/code_sources?name=s", "x" * (1024 * 1024 + 1), **ADMIN)[0] == 400


@pytest.mark.parametrize("collection", ["code_sources", "dynamic_actions"])
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "/s"), ("DELETE", "/s")])
def test_only_admins(api: Api, collection: str, method: str, path: str) -> None:
    source(api, query="&scope=public")
    action(api, "s", scope="public")
    verb = VERBS.get(method, "get" if path else "list")
    refused(api, method, f"{collection}{path}", None, f"{collection}:{verb}")


def test_only_admins_store_any(api: Api) -> None:
    refused(api, "POST", "code_sources?name=s", "x", "code_sources:create")
    refused(api, "PUT", "code_sources/s", "x", "code_sources:update")
    given = {"name": "d", "class_name": "C", "code_source_name": "s"}
    refused(api, "POST", "dynamic_actions", given, "dynamic_actions:create")
    refused(api, "PUT", "dynamic_actions", given, "dynamic_actions:update")


def test_a_dynamic_action_comes_back(api: Api) -> None:
    code = source(api)
    made = action(api)
    assert made == {
        "id": made["id"],
        "name": "d",
        "namespace": "",
        "code_source_id": code["id"],
        "code_source_name": "s",
        "class_name": "C",
        "project_id": "<default-project>",
        "scope": "private",
        "created_at": "2026-11-23 04:07:17",
    }
    shown = {**made, "updated_at": None}
    assert api.ok("GET", "/v2/dynamic_actions/d", **ADMIN) == shown
    assert api.ok("GET", "/v2/dynamic_actions?name=d&all_projects=True", **ADMIN) == {"dynamic_actions": [shown]}
    assert api.ok("GET", f"/v2/dynamic_actions/{made['id']}?fields=name", **ADMIN) == {"id": made["id"], "name": "d"}


@pytest.mark.parametrize(
    ("given", "status", "text"),
    [
        ({"code_source_name": None}, 400, "Either 'code_source_id' or 'code_source_name' must be provided."),
        ({"code_source_name": "t"}, 404, "Code Source not found [name=t,namespace=]"),
        ({"namespace": "n"}, 404, "Code Source not found [name=s,namespace=n]"),
        ({"class_name": None}, 400, "The 'class_name' of the dynamic action is not provided."),
        ({"name": None}, 400, "The 'name' of the dynamic action is not provided."),
        ({"scope": "odd"}, 400, "Value should be one of: private, public"),
        ({"odd": 1}, 400, "Unknown attribute for argument dyn_action: odd"),
        ({"name": "taken"}, 409, "Duplicate entry for dynamic action definition [name=taken, namespace=, project_id="),
    ],
)
def test_dynamic_actions_that_are_refused(api: Api, given: dict[str, object], status: int, text: str) -> None:
    source(api)
    action(api, "taken")
    body = {"name": "d", "class_name": "C", "code_source_name": "s", **given}
    found = api.refused("POST", "/v2/dynamic_actions", body, **ADMIN)
    assert found[0] == status
    assert text in found[1]


def test_a_change_of_a_dynamic_action(api: Api) -> None:
    source(api)
    other = source(api, "t")
    made = action(api)
    assert api.ok("PUT", "/v2/dynamic_actions", {"name": "d"}, **ADMIN) == {**made, "updated_at": None}
    changed = api.ok("PUT", "/v2/dynamic_actions", {"id": made["id"], "name": "e", "class_name": "D"}, **ADMIN)
    assert (changed["name"], changed["class_name"], changed["code_source_name"]) == ("d", "D", "s")
    given = {"name": "d", "code_source_id": other["id"], "scope": "public"}
    changed = api.ok("PUT", "/v2/dynamic_actions", given, **ADMIN)
    assert (changed["class_name"], changed["code_source_name"], changed["scope"]) == ("D", "t", "public")


@pytest.mark.parametrize(
    ("given", "status", "text"),
    [
        ({"class_name": "D"}, 400, "Either 'name' or 'id' must be provided."),
        ({"name": "e"}, 404, "Dynamic Action not found [name=e,namespace=]"),
        ({"name": "d", "code_source_name": "t"}, 404, "Code Source not found [name=t,namespace=]"),
    ],
)
def test_changes_that_are_refused(api: Api, given: dict[str, object], status: int, text: str) -> None:
    source(api)
    action(api)
    assert api.refused("PUT", "/v2/dynamic_actions", given, **ADMIN) == (status, text)


def test_actions_show_dynamic_ones_between_stored_and_built_in(api: Api) -> None:
    source(api)
    action(api, "std.echo")
    shown = api.ok("GET", "/v2/actions/std.echo")
    members = ("id", "is_system", "tags", "definition", "project_id", "created_at", "updated_at")
    assert [shown[name] for name in members] == ["std.echo", False, None, "", "<default-project>", "", ""]
    assert len(api.ok("GET", "/v2/actions?name=std.echo")["actions"]) == 2
    api.ok("POST", "/v2/actions", "version: '2.0'\nstd.echo:\n  base: std.noop\n")
    assert api.ok("GET", "/v2/actions/std.echo")["definition"]


def test_a_code_source_takes_its_dynamic_actions_along(api: Api) -> None:
    source(api)
    source(api, "t")
    action(api)
    action(api, "e", code_source_name="t")
    assert api.call("DELETE", "/v2/code_sources/s", **ADMIN).status_code == 204
    assert [one["name"] for one in api.ok("GET", "/v2/dynamic_actions", **ADMIN)["dynamic_actions"]] == ["e"]
    assert api.call("DELETE", "/v2/dynamic_actions/e", **ADMIN).status_code == 204
    assert api.ok("GET", "/v2/dynamic_actions", **ADMIN) == {"dynamic_actions": []}


CODE = """
from mistral_lib import actions

class C(actions.Action):
    def __init__(self, x, y=2):
        self.sum = x + y

    def run(self, context):
        return self.sum

class Later(C):
    def is_sync(self):
        return False
"""


def test_the_input_of_a_dynamic_action_is_read_off_its_class(api: Api) -> None:
    source(api, text=CODE)
    for name, class_name in (("d", "C"), ("e", "Later"), ("f", "Nobody")):
        action(api, name, class_name=class_name)
    assert [api.ok("GET", f"/v2/actions/{name}")["input"] for name in "def"] == ["x, y=2", "x, y=2", "**kwargs"]


def test_a_dynamic_action_runs(api: Api) -> None:
    source(api, text=CODE)
    action(api)
    action(api, "e", class_name="Later")
    assert api.ok("POST", "/v2/action_executions", {"name": "d", "input": {"x": 1}})["output"] == '{"result": 3}'
    for given, text in (({}, "missing=['x']"), ({"x": 1, "z": 1}, "unexpected=['z']")):
        expected = (400, f"Invalid input [name=d, class=s.C, {text}]")
        assert api.refused("POST", "/v2/action_executions", {"name": "d", "input": given}) == expected
    refused = api.refused("POST", "/v2/action_executions", {"name": "e", "input": {"x": 1}})
    assert refused == (400, "Action does not support synchronous execution.")


def test_a_saved_one_runs_the_code_of_its_time_and_may_be_completed_later(api: Api) -> None:
    source(api, text=CODE)
    action(api, "e", class_name="Later")
    body = {"name": "e", "input": {"x": 1}, "params": {"save_result": True}}
    made = api.ok("POST", "/v2/action_executions", body)
    api.ok("PUT", "/v2/code_sources?identifier=s", "x = 1", **ADMIN)
    api.loose.deliver()
    assert api.ok("GET", f"/v2/action_executions/{made['id']}")["state"] == "RUNNING"
    done = api.ok("PUT", f"/v2/action_executions/{made['id']}", {"state": "SUCCESS", "output": {"n": 5}})
    assert (done["state"], done["output"]) == ("SUCCESS", '{"result": {"n": 5}}')
