"""`/v2/cron_triggers` end to end over the real store."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api

ADMIN = {"x_roles": "admin"}
WORKFLOW = "version: '2.0'\nw:\n  input: [a, b: 1]\n  tasks: {t: {action: std.noop}}\n"
YEARLY = "0 0 1 1 *"


@pytest.fixture(autouse=True)
def workflow(api: Api) -> Any:
    """The workflow that the triggers start."""
    return api.ok("POST", "/v2/workflows", WORKFLOW)["workflows"][0]


def body(**given: object) -> dict[str, object]:
    found = {"name": "c", "workflow_name": "w", "pattern": YEARLY, "workflow_input": {"a": 1}, **given}
    return {name: value for name, value in found.items() if value is not None}


def create(api: Api, name: str = "c", **given: Any) -> Any:
    made = api.ok("POST", "/v2/cron_triggers", body(name=name, **given))
    api.clock.tick()
    return made


def names(api: Api, query: str = "") -> list[str]:
    return [item["name"] for item in api.ok("GET", f"/v2/cron_triggers{query}")["cron_triggers"]]


def test_what_is_created_comes_back(api: Api, workflow: Any) -> None:
    reply = api.call("POST", "/v2/cron_triggers", body(workflow_params='{"env": {"x": "ż"}}'))
    assert reply.status_code == 201
    made = reply.json_body
    assert made == {
        "id": made["id"],
        "name": "c",
        "workflow_name": "w",
        "workflow_id": workflow["id"],
        "workflow_input": '{"a": 1}',
        "workflow_params": '{"env": {"x": "ż"}}',
        "project_id": "<default-project>",
        "scope": "private",
        "pattern": YEARLY,
        "remaining_executions": None,
        "first_execution_time": None,
        "next_execution_time": "2027-01-01 00:00:00",
        "timezone": None,
        "overlap": "allow",
        "catch_up": None,
        "jitter": 0,
        "paused": False,
        "last_error": None,
        "created_at": "2026-11-23 04:07:16",
    }
    shown = {**made, "updated_at": None}
    assert api.ok("GET", "/v2/cron_triggers/c") == api.ok("GET", f"/v2/cron_triggers/{made['id']}") == shown
    assert api.ok("GET", "/v2/cron_triggers") == {"cron_triggers": [shown]}
    assert api.ok("GET", "/v2/cron_triggers/c?fields=pattern") == {"id": made["id"], "pattern": YEARLY}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"pattern": "@daily"}, (None, None, "2026-11-24 00:00:00")),
        ({"pattern": "0 0 * * * 30"}, (None, None, "2026-11-24 00:00:30")),
        ({"remaining_executions": "3"}, (3, None, "2027-01-01 00:00:00")),
        (
            {"pattern": None, "first_execution_time": "2026-11-24 00:00"},
            (1, "2026-11-24 00:00:00", "2026-11-24 00:00:00"),
        ),
        (
            {"first_execution_time": "2026-11-24 00:00", "remaining_executions": 2},
            (2, "2026-11-24 00:00:00", "2026-11-24 00:00:00"),
        ),
    ],
)
def test_when_it_fires(api: Api, given: dict[str, Any], shown: tuple[object, ...]) -> None:
    made = create(api, **given)
    members = ("remaining_executions", "first_execution_time", "next_execution_time")
    assert tuple(made[name] for name in members) == shown
    assert made["pattern"] == given.get("pattern", YEARLY) or made["pattern"] == "0 0 30 2 0"


@pytest.mark.parametrize(
    ("given", "status", "text"),
    [
        ({"pattern": None}, 400, "Pattern or first_execution_time must be specified."),
        ({"pattern": "bad"}, 400, "The specified pattern is not valid: bad"),
        ({"pattern": "0 0 30 2 *"}, 400, "The specified pattern never comes true: 0 0 30 2 *"),
        ({"workflow_name": "no"}, 404, "Workflow not found [workflow_identifier=no, namespace=]"),
        ({"workflow_name": None}, 404, "Workflow not found [workflow_identifier=, namespace=]"),
        ({"workflow_input": {}}, 400, "Invalid input [name=w, class=DirectWorkflowSpec, missing=['a']]"),
        ({"first_execution_time": "2030-01-01"}, 400, "does not match format '%Y-%m-%d %H:%M'"),
        ({"first_execution_time": "2026-11-23 04:08"}, 400, "must be at least 1 minute in the future."),
        (
            {"pattern": None, "first_execution_time": "2030-01-01 00:00", "remaining_executions": 2},
            400,
            "Pattern must be provided if count is superior to 1.",
        ),
        ({"remaining_executions": 0}, 400, "Value should be greater or equal to 1"),
        ({"remaining_executions": "x"}, 400, "unable to convert to int."),
        ({"remaining_executions": 1.5}, 400, "unable to convert to int."),
        ({"name": None}, 400, "The name of the cron trigger is not provided."),
        ({"name": ""}, 400, "must have 1 to 200 characters"),
        ({"scope": "odd"}, 400, "Value should be one of: private, public"),
        ({"scope": "public"}, 403, "Operation forbidden (insufficient permissions)"),
        ({"project_id": "p"}, 400, "Cannot set read only field."),
        ({"odd": 1}, 400, "Unknown attribute for argument cron_trigger: odd"),
    ],
)
def test_what_is_refused(api: Api, given: dict[str, object], status: int, text: str) -> None:
    found = api.refused("POST", "/v2/cron_triggers", body(**given))
    assert found[0] == status
    assert text in found[1]
    assert names(api) == []


def test_a_name_is_taken(api: Api) -> None:
    create(api)
    found = api.refused("POST", "/v2/cron_triggers", body(workflow_input={"a": 2}))
    assert found == (409, "Duplicate entry for cron trigger ['name', 'project_id']: c, <default-project>")


def test_what_starts_the_same_at_the_same_times_is_refused(api: Api) -> None:
    when: dict[str, Any] = {"first_execution_time": "2030-01-01 00:00", "remaining_executions": 3}
    create(api, **when)
    assert api.refused("POST", "/v2/cron_triggers", body(name="d", **when))[0] == 409
    create(api, "e", **{**when, "remaining_executions": 4})
    api.call("DELETE", "/v2/cron_triggers/c")
    create(api, "d", **when)
    assert names(api) == ["e", "d"]


def test_without_both_a_first_time_and_a_number_they_may_be_the_same(api: Api) -> None:
    create(api)
    create(api, "d")
    assert names(api) == ["c", "d"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?remaining_executions=3", ["d"]),
        ("?workflow_name=has:W", ["c", "d"]),
        ("?pattern=neq:@daily", ["c"]),
        ('?workflow_input={"a":2}', ["d"]),
        ("?next_execution_time=lt:2026-12-01", ["d"]),
        ("?scope=public", []),
        ("?limit=1&sort_dirs=desc", ["d"]),
        ("?project_id=q", []),
    ],
)
def test_lists(api: Api, query: str, found: list[str]) -> None:
    create(api)
    create(api, "d", pattern="@daily", remaining_executions=3, workflow_input={"a": 2})
    assert names(api, query) == found


@pytest.mark.parametrize(("headers", "status"), [({}, 403), (ADMIN, 200)])
def test_all_projects_are_for_admins(api: Api, headers: dict[str, str], status: int) -> None:
    assert api.call("GET", "/v2/cron_triggers?all_projects=true", **headers).status_code == status


@pytest.mark.parametrize("path", ["/c", "?identifier=c"])
def test_removal(api: Api, path: str) -> None:
    create(api)
    assert api.call("DELETE", f"/v2/cron_triggers{path}").status_code == 204
    assert names(api) == []
    assert api.refused("DELETE", "/v2/cron_triggers/c") == (404, "Cron trigger not found [identifier=c]")


def test_a_workflow_stays_while_a_trigger_starts_it(api: Api) -> None:
    made = create(api)
    text = "Can't delete workflow that has cron triggers associated. [workflow_identifier=w, namespace=], "
    assert api.refused("DELETE", "/v2/workflows/w") == (400, f"{text}[cron_trigger_id(s)={made['id']}]")
    api.call("DELETE", "/v2/cron_triggers/c")
    assert api.call("DELETE", "/v2/workflows/w").status_code == 204
