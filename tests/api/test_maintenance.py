"""`/maintenance` with its lock, `/info` and `/healthcheck`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.bootstrap import container
from chalicelib.settings.service import Settings
from tests.api.client import Api
from tests.api.fakes import run

ADMIN = {"x_roles": "admin"}
EXECUTION = "11111111-0000-4000-8000-000000000001"


def begin(api: Api) -> None:
    """Maintenance with an execution that does not come to rest."""
    api.runs.add(run(EXECUTION))
    assert api.ok("PUT", "/maintenance", {"status": "PAUSED"}, **ADMIN) == {"status": "PAUSING"}


def test_maintenance_begins_and_ends(api: Api) -> None:
    assert api.ok("GET", "/maintenance") == {"status": "RUNNING"}
    begin(api)
    assert api.ok("GET", "/maintenance") == {"status": "PAUSING"}
    assert api.ok("PUT", "/maintenance", {"status": "RUNNING"}, **ADMIN) == {"status": "RUNNING"}
    assert (
        api.call("POST", "/v2/workflows", "version: '2.0'\nw:\n  tasks: {t: {action: std.noop}}\n").status_code == 201
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"status": "PAUSING"}, "PAUSING is intermediate state. Consider PAUSED, RUNNING as new state"),
        ({"status": "x"}, "Not found x maintenance state. List of states: ['PAUSING', 'PAUSED', 'RUNNING']"),
        ({}, "Not found None maintenance state. List of states: ['PAUSING', 'PAUSED', 'RUNNING']"),
        ({"odd": 1}, "Unknown attribute for argument new_maintenance_status: odd"),
        (None, 'Missing argument: "new_maintenance_status"'),
    ],
)
def test_what_is_refused(api: Api, body: dict[str, object] | None, text: str) -> None:
    assert api.refused("PUT", "/maintenance", body, **ADMIN) == (400, text)


def test_only_admins_begin_maintenance(api: Api) -> None:
    assert api.refused("PUT", "/maintenance", {"status": "PAUSED"})[0] == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v2/workflows", "text"),
        ("POST", "/v2/workflows/validate", "text"),
        ("PUT", f"/v2/executions/{EXECUTION}", {"state": "PAUSED"}),
        ("PUT", f"/v2/executions/{EXECUTION}", "no json"),
        ("DELETE", "/v2/environments/e", None),
        ("POST", "/v2/action_executions", {"name": "std.noop"}),
    ],
)
def test_writes_are_locked(api: Api, method: str, path: str, body: object) -> None:
    begin(api)
    reply = api.call(method, path, body, accept="application/json")
    text = "Current maintenance state: PAUSING. Method is not allowed"
    assert (reply.status_code, reply.headers["Server-Error-Message"]) == (423, text)
    assert reply.json_body == {"code": 423, "title": "Locked", "description": text}


def test_what_lets_executions_come_to_rest_is_admitted(api: Api) -> None:
    begin(api)
    assert api.ok("PUT", f"/v2/executions/{EXECUTION}", {"state": "CANCELLED"})["id"] == EXECUTION
    assert api.refused("PUT", f"/v2/action_executions/{EXECUTION}", {"state": "SUCCESS"})[0] == 404
    assert api.call("POST", "/v2/").status_code == 200
    assert api.ok("GET", "/v2/executions")["executions"]


def test_info_and_healthcheck_are_off(api: Api) -> None:
    assert api.refused("GET", "/info") == (400, "Info endpoint disabled.")
    assert api.refused("GET", "/healthcheck")[0] == 404


def test_info_and_healthcheck_where_they_are_on(api: Api) -> None:
    settings = Settings.from_env({"INFO": '{"region": "here"}', "HEALTHCHECK": "yes"})
    container.use(replace(container.services(), settings=settings))
    assert api.ok("GET", "/info") == {"region": "here"}
    reply = api.call("GET", "/healthcheck")
    assert (reply.status_code, reply.body, reply.headers["Content-Type"]) == (200, b"", "text/plain")
