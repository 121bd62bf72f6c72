"""The real service killed in the middle of real work, over an endpoint that outlives it."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import pytest
import requests

from tests.local.process import LocalRun, local_run

pytestmark = pytest.mark.xdist_group("local")
EXECUTIONS = 12
PATIENCE = 60.0
WORKFLOW = """
version: '2.0'
survivor:
  input: [n]
  output: {sum: <% $.a + $.b %>}
  tasks:
    first: {action: std.sleep seconds=0.4, on-success: [left, right]}
    left: {action: std.sleep seconds=0.4, publish: {a: <% $.n %>}, on-success: meet}
    right: {action: std.echo output=<% $.n + 1 %>, publish: {b: <% task().result %>}, on-success: meet}
    meet: {join: all, action: std.sleep seconds=0.4, on-success: last}
    last: {action: std.noop}
"""


def started(run: LocalRun, http: requests.Session) -> list[str]:
    http.post(f"{run.url}/workflows", data=WORKFLOW, headers={"Content-Type": "text/plain"}).raise_for_status()
    bodies = ({"workflow_name": "survivor", "input": {"n": n}} for n in range(EXECUTIONS))
    return [http.post(f"{run.url}/executions", json=body).json()["id"] for body in bodies]


def finished(run: LocalRun, http: requests.Session, ids: list[str]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + PATIENCE
    while True:
        found = [http.get(f"{run.url}/executions/{execution_id}").json() for execution_id in ids]
        if all(execution["state"] != "RUNNING" for execution in found):
            return found
        assert time.monotonic() < deadline, [execution["state"] for execution in found]
        threading.Event().wait(0.2)


def test_every_execution_goes_on_after_kill_9(emulator_url: str, http: requests.Session) -> None:
    shared = {"AWS_ENDPOINT_URL": emulator_url, "STACK_PREFIX": f"s{uuid.uuid4().hex[:10]}"}
    with local_run(**shared) as first:
        ids = started(first, http)
        first.kill()
    with local_run(**shared) as second:
        threading.Event().wait(0.7)  # in the middle of something
        second.kill()
    with local_run(**shared, ROLES="api") as api, local_run(**shared, ROLES="step,executor,tick"):
        found = finished(api, http, ids)
        tasks = [http.get(f"{api.url}/executions/{execution_id}/tasks").json()["tasks"] for execution_id in ids]
    assert [execution["output"] for execution in found] == [f'{{"sum": {2 * n + 1}}}' for n in range(EXECUTIONS)]
    assert all(sorted(task["name"] for task in each) == ["first", "last", "left", "meet", "right"] for each in tasks)
