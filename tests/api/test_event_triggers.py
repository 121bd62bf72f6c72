"""`/v2/event_triggers` end to end over the real store."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api

WORKFLOW = "version: '2.0'\nw:\n  input: [a]\n  tasks: {t: {action: std.noop}}\nv:\n  tasks: {t: {action: std.noop}}\n"
UNKNOWN = "99999999-0000-4000-8000-000000000000"
ADMIN = {"x_roles": "admin"}


@pytest.fixture(autouse=True)
def workflow_ids(api: Api) -> list[str]:
    """Ids of the workflows that the triggers start."""
    return [made["id"] for made in api.ok("POST", "/v2/workflows", WORKFLOW)["workflows"]]


@pytest.fixture
def body(workflow_ids: list[str]) -> dict[str, object]:
    """What a trigger is created with."""
    where = {"exchange": "x", "topic": "t", "event": "e, 1"}
    return {**where, "workflow_id": workflow_ids[0], "workflow_input": {"a": 1}}


def create(api: Api, body: dict[str, object], **given: object) -> Any:
    made = api.ok("POST", "/v2/event_triggers", {**body, **given})
    api.clock.tick()
    return made


def test_what_is_created_comes_back(api: Api, body: dict[str, object]) -> None:
    reply = api.call("POST", "/v2/event_triggers", body)
    assert reply.status_code == 201
    made = reply.json_body
    assert made == {
        **body,
        "id": made["id"],
        "created_at": "2026-11-23 04:07:16",
        "updated_at": None,
        "project_id": "<default-project>",
        "name": "",
        "workflow_input": '{"a": 1}',
        "workflow_params": "{}",
        "pattern": None,
        "last_error": None,
        "scope": "private",
    }
    assert api.ok("GET", f"/v2/event_triggers/{made['id']}") == made
    assert api.ok("GET", "/v2/event_triggers") == {"event_triggers": [made]}
    assert api.ok("GET", f"/v2/event_triggers/{made['id']}?fields=event") == {"id": made["id"], "event": "e, 1"}


def test_a_trigger_at_a_bus_that_is_not_there_says_so_until_something_comes_over_it(
    api: Api, body: dict[str, object]
) -> None:
    made = create(api, body, exchange="none")
    expected = (
        "There is no event bus 'none' in this account and region, so no event comes until it is made and has a rule"
    )
    assert made["last_error"] == expected
    changed = api.ok("PUT", f"/v2/event_triggers/{made['id']}", {"name": "n"})
    assert (changed["name"], changed["last_error"]) == ("n", expected)


@pytest.mark.parametrize(
    ("given", "status", "text"),
    [
        ({"event": ""}, 400, "must be provided for creating event trigger."),
        ({"topic": None}, 400, "must be provided for creating event trigger."),
        ({"workflow_id": "w"}, 400, "Expected a uuid but received w."),
        ({"workflow_id": UNKNOWN}, 404, f"Workflow not found [workflow_id={UNKNOWN}]"),
        ({"workflow_input": {}}, 400, "Invalid input [name=w, class=DirectWorkflowSpec, missing=['a']]"),
        ({"id": "x"}, 400, "Cannot set read only field."),
        ({"created_at": "x"}, 400, "Cannot set read only field."),
        ({"scope": "public"}, 403, "Operation forbidden (insufficient permissions)"),
        ({"event": "e" * 81}, 400, "must not exceed 80 characters each"),
        ({"last_error": "x"}, 400, "Cannot set read only field."),
        ({"pattern": []}, 400, "the JSON object must be str, bytes or bytearray, not list"),
        ({"pattern": {"detail": {"cpu": 5}}}, 400, "pattern.detail.cpu must be a list of what is meant"),
        ({"name": "n" * 201}, 400, "must not exceed 200 characters"),
    ],
)
def test_what_is_refused(api: Api, body: dict[str, object], given: dict[str, object], status: int, text: str) -> None:
    found = api.refused("POST", "/v2/event_triggers", {**body, **given})
    assert found[0] == status
    assert text in found[1]
    assert api.ok("GET", "/v2/event_triggers") == {"event_triggers": []}


def test_two_cannot_wait_for_the_same(api: Api, body: dict[str, object], workflow_ids: list[str]) -> None:
    create(api, body)
    assert api.refused("POST", "/v2/event_triggers", {**body, "name": "other"})[0] == 409
    create(api, body, event="e", topic="t, 1")
    create(api, body, workflow_id=workflow_ids[1], workflow_input={})


def test_a_change_is_partial_and_the_input_is_not_checked_again(api: Api, body: dict[str, object]) -> None:
    path = f"/v2/event_triggers/{create(api, body, workflow_params={'env': {}})['id']}"
    assert api.ok("PUT", path, {})["updated_at"] is None
    changed = api.ok("PUT", path, {"name": "n", "workflow_input": {"odd": 1}, "topic": None})
    assert (changed["name"], changed["workflow_input"]) == ("n", '{"odd": 1}')
    assert (changed["workflow_params"], changed["topic"]) == ('{"env": {}}', "t")
    assert changed["updated_at"] == "2026-11-23 04:07:17"
    assert api.ok("PUT", path, {"scope": "public"}, **ADMIN)["scope"] == "public"


def test_another_workflow(api: Api, body: dict[str, object], workflow_ids: list[str]) -> None:
    path = f"/v2/event_triggers/{create(api, body)['id']}"
    assert api.ok("PUT", path, {"workflow_id": workflow_ids[1]})["workflow_id"] == workflow_ids[1]
    assert api.call("DELETE", "/v2/workflows/w").status_code == 204
    assert api.refused("DELETE", "/v2/workflows/v")[0] == 400


@pytest.mark.parametrize(
    ("given", "status"),
    [({"event": "f"}, 400), ({"event": ""}, 400), ({"workflow_id": UNKNOWN}, 404), ({"scope": "odd"}, 400)],
)
def test_changes_that_are_refused(api: Api, body: dict[str, object], given: dict[str, object], status: int) -> None:
    assert api.refused("PUT", f"/v2/event_triggers/{create(api, body)['id']}", given)[0] == status


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(("identifier", "status"), [("nope", 400), (UNKNOWN, 404)])
def test_only_ids_are_understood(api: Api, method: str, identifier: str, status: int) -> None:
    given: dict[str, object] | None = {} if method == "PUT" else None
    assert api.refused(method, f"/v2/event_triggers/{identifier}", given)[0] == status


@pytest.mark.parametrize(("query", "count"), [("?event=has:1", 1), ("?limit=1&marker=%s", 0), ("?name=x", 0)])
def test_lists(api: Api, body: dict[str, object], query: str, count: int) -> None:
    made = create(api, body)
    found = api.ok("GET", "/v2/event_triggers" + query.replace("%s", made["id"]))["event_triggers"]
    assert len(found) == count


def test_a_pattern_says_which_events_are_meant(api: Api, body: dict[str, object]) -> None:
    path = f"/v2/event_triggers/{create(api, body, pattern={'detail': {'a': [1]}})['id']}"
    assert api.ok("PUT", path, {"name": "n"})["pattern"] == '{"detail": {"a": [1]}}'
    assert api.ok("PUT", path, {"pattern": {"source": [{"prefix": "a"}]}})["pattern"] == '{"source": [{"prefix": "a"}]}'
    assert api.refused("PUT", path, {"pattern": {"a": 1}})[0] == 400
    assert api.ok("PUT", path, {"pattern": {}})["pattern"] is None


def test_removal_frees_the_workflow(api: Api, body: dict[str, object]) -> None:
    made = create(api, body)
    text = "Can't delete workflow that has event triggers associated. [workflow_identifier=w, namespace=], "
    assert api.refused("DELETE", "/v2/workflows/w") == (400, f"{text}[event_trigger_id(s)={made['id']}]")
    assert api.call("DELETE", f"/v2/event_triggers/{made['id']}").status_code == 204
    assert api.call("DELETE", "/v2/workflows/w").status_code == 204
