"""Each access mode in a local run: real providers over HTTP, the released client, and two projects that do not meet."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from chalicelib.service.definitions.bundled import workflows as bundled_workflows
from ops import tokens
from tests.local.process import LocalRun, local_run
from tests.providers.keystone import Keystone
from tests.providers.openid import AUDIENCE, Keycloak

pytestmark = [pytest.mark.xdist_group("access"), pytest.mark.timeout(300)]

PATIENCE = 30.0
WORKFLOW = "version: '2.0'\n{name}:\n  tasks:\n    t:\n      {does}\n"


@dataclass(frozen=True)
class Client:
    """The released client with the options of one caller."""

    url: str
    options: tuple[str, ...]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What a command does."""
        return subprocess.run(
            [str(Path(sys.executable).parent / "mistral"), "--os-mistral-url", self.url, *self.options, *arguments],
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
        )

    def shown(self, *arguments: str) -> Any:
        """What a command that succeeds shows."""
        ended = self.run(*arguments, "-f", "json")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return json.loads(ended.stdout)

    def names(self, *arguments: str) -> list[str]:
        """The names that a list shows; an empty one is shown as a row of nothing."""
        return [row["Name"] for row in self.shown(*arguments) if row["Name"]]

    def workflows(self) -> list[str]:
        """The names of the workflows that somebody has stored, and the caller sees."""
        return [name for name in self.names("workflow-list") if name not in bundled_workflows.TEXTS]


def made(folder: Path, name: str) -> str:
    """A file with a workflow."""
    path = folder / f"{name}.yaml"
    path.write_text(WORKFLOW.format(name=name, does="action: std.noop"))
    return str(path)


def members_end(owner: Client, member: Client, workflow: str) -> None:
    """The owner looks at who is a member, and takes the share back."""
    (shown,) = owner.shown("member-list", workflow, "workflow")
    assert (shown["Member ID"], shown["Status"]) == ("red", "accepted")
    assert owner.shown("member-get", workflow, "workflow", "-m", "red")["Member ID"] == "red"
    ended = owner.run("member-delete", workflow, "workflow", "red")
    assert ended.returncode == 0, ended.stderr
    assert member.workflows() == []


def saved_action_is_deleted(client: Client) -> None:
    """An action execution that belongs to no task is deleted where the settings allow it."""
    printed = client.run("run-action", "std.noop", "{}", "-s").stdout
    action = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", printed)
    assert action, printed
    deadline = time.monotonic() + PATIENCE
    while client.shown("action-execution-get", action[0])["State"] != "SUCCESS":
        assert time.monotonic() < deadline
    ended = client.run("action-execution-delete", action[0])
    assert ended.returncode == 0, ended.stderr
    assert client.run("action-execution-get", action[0]).returncode != 0


def test_the_client_logs_in_with_keycloak(tmp_path: Path) -> None:
    users = {"ada": ("pw", ["member"]), "root": ("pw", ["admin"])}
    with Keycloak(users).running() as url:
        settings = {
            "AUTH_MODE": "oidc",
            "OIDC_ISSUER": f"{url}/realms/blue,{url}/realms/red",
            "OIDC_AUDIENCE": AUDIENCE,
            "ALLOW_ACTION_EXECUTION_DELETION": "true",
        }
        with local_run(**settings) as running:

            def client(realm: str, user: str) -> Client:
                login = ("--auth-type", "keycloak-oidc", "--os-auth-url", url, "--openid-client-id", "mistral")
                return Client(
                    running.url, (*login, "--os-project-name", realm, "--os-username", user, "--os-password", "pw")
                )

            (created,) = client("blue", "ada").shown("workflow-create", made(tmp_path, "w"))
            assert created["Project ID"] == "blue"
            assert client("red", "ada").workflows() == []
            assert client("red", "root").workflows() == ["w"]
            assert client("blue", "ada").run("workflow-create", made(tmp_path, "p"), "--public").returncode != 0
            member = client("blue", "ada").shown("member-create", created["ID"], "workflow", "red")
            assert member["Status"] == "pending"
            accepted = client("red", "ada").run(
                "member-update", created["ID"], "workflow", "-m", "red", "-s", "accepted"
            )
            assert accepted.returncode == 0, accepted.stderr
            assert client("red", "ada").workflows() == ["w"]
            assert client("red", "ada").shown("execution-create", "w")["Workflow name"] == "w"
            assert not any(row["ID"] for row in client("blue", "ada").shown("execution-list"))
            members_end(client("blue", "ada"), client("red", "ada"), created["ID"])
            saved_action_is_deleted(client("blue", "ada"))
            without = Client(running.url, ()).run("workflow-list")
            assert without.returncode != 0
            assert "token" in without.stderr


def test_the_client_logs_in_with_keystone(tmp_path: Path) -> None:
    keystone = Keystone({"ada": ("pw", "blue", ["member"]), "bob": ("pw", "red", ["member"])})
    with keystone.running() as url, local_run(AUTH_MODE="keystone", KEYSTONE_URL=url) as running:

        def client(user: str, project: str) -> Client:
            login = ("--os-auth-url", url, "--os-username", user, "--os-password", "pw", "--os-project-name", project)
            return Client(
                running.url, (*login, "--os-user-domain-name", "Default", "--os-project-domain-name", "Default")
            )

        (created,) = client("ada", "blue").shown("workflow-create", made(tmp_path, "w"))
        assert created["Project ID"] == "blue"
        assert client("bob", "red").workflows() == []
        asked, token = keystone.asked, next(iter(keystone.tokens))
        headers = {"X-Auth-Token": token}
        replies = [requests.get(f"{running.url}/workflows", headers=headers, timeout=30) for _ in range(3)]
        assert [reply.status_code for reply in replies] == [200, 200, 200]
        assert keystone.asked <= asked + 1, "Keystone is not asked again about a token that it knew a moment ago"
        assert requests.get(f"{running.url}/workflows", headers={"X-Auth-Token": "x"}, timeout=30).status_code == 401


# --- two projects with API tokens -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Project:
    """A project's way to the API."""

    url: str
    token: str

    def call(self, method: str, path: str, body: object = None) -> requests.Response:
        """Send text as text, anything else as JSON."""
        data = body if isinstance(body, str) else json.dumps(body)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        headers = {"X-Auth-Token": self.token, "Content-Type": kind}
        return requests.request(method, self.url + path, data=data, headers=headers, timeout=30)

    def ok(self, method: str, path: str, body: object = None) -> Any:
        """The decoded reply, which has to be a success."""
        reply = self.call(method, path, body)
        assert reply.status_code < 300, reply.text
        return reply.json()

    def begun(self, execution: str) -> list[Any]:
        """The tasks of an execution, once there are some."""
        found: list[Any] = []
        while not found:
            found = self.ok("GET", f"/executions/{execution}/tasks")["tasks"]
        return found

    def workflow(self, name: str, does: str = "action: std.noop") -> str:
        """Store a workflow; its id."""
        identifier: str = self.ok("POST", "/workflows", WORKFLOW.format(name=name, does=does))["workflows"][0]["id"]
        return identifier

    def ended(self, workflow: str, **given: object) -> Any:
        """An execution that was started and is over."""
        started = self.ok("POST", "/executions", {"workflow_name": workflow, **given})
        deadline = time.monotonic() + PATIENCE
        while started["state"] == "RUNNING" and time.monotonic() < deadline:
            threading.Event().wait(0.1)
            started = self.ok("GET", f"/executions/{started['id']}")
        return started


@pytest.fixture(scope="module")
def running() -> Iterator[LocalRun]:
    with local_run(AUTH_MODE="token") as service:
        yield service


@pytest.fixture(scope="module")
def blue(running: LocalRun) -> Project:
    return project(running, "blue")


@pytest.fixture(scope="module")
def red(running: LocalRun) -> Project:
    return project(running, "red")


def project(running: LocalRun, name: str) -> Project:
    """A project with a token that the command made."""
    out = io.StringIO()
    env = {"AWS_ENDPOINT_URL": running.endpoint}
    assert tokens.main(["create", "--project", name, "--role", "member"], env, out, sys.stderr) == 0
    return Project(running.url, out.getvalue().splitlines()[-1])


def test_what_a_project_runs_is_hidden_from_others_and_cannot_be_touched(blue: Project, red: Project) -> None:
    blue.workflow("waits", "action: std.async_noop")
    execution = blue.ok("POST", "/executions", {"workflow_name": "waits"})["id"]
    (task,) = blue.begun(execution)
    (action,) = blue.ok("GET", f"/tasks/{task['id']}/action_executions")["action_executions"]
    for method, path, body in (
        ("GET", f"/executions/{execution}", None),
        ("PUT", f"/executions/{execution}", {"state": "CANCELLED"}),
        ("PUT", f"/executions/{execution}", {"description": "mine now"}),
        ("DELETE", f"/executions/{execution}?force=true", None),
        ("POST", "/executions", {"id": execution, "workflow_name": "waits"}),
        ("POST", "/executions", {"source_execution_id": execution}),
        ("POST", "/executions", {"workflow_name": "waits"}),
        ("GET", f"/tasks/{task['id']}", None),
        ("PUT", f"/tasks/{task['id']}", {"state": "RUNNING", "reset": True}),
        ("GET", f"/action_executions/{action['id']}", None),
        ("PUT", f"/action_executions/{action['id']}", {"state": "SUCCESS", "output": {}}),
    ):
        assert red.call(method, path, body).status_code == 404, (method, path)
    for collection in ("executions", "tasks", "action_executions"):
        assert red.ok("GET", f"/{collection}") == {collection: []}
    assert blue.ok("GET", f"/executions/{execution}")["state"] == "RUNNING"


def test_expressions_see_the_project_only(blue: Project, red: Project) -> None:
    blue.workflow("secret", "action: std.echo output=hidden")
    theirs = blue.ended("secret")["id"]
    red.workflow(
        "looks",
        "{action: std.noop, publish: {all: <% executions() %>, one: <% executions(id => '%s').len() %>,"
        " tasks: <%% tasks('%s').len() %%>}}".replace("%%", "%").replace("%s", theirs),
    )
    ended = red.ended("looks")
    assert ended["state"] == "SUCCESS", ended["state_info"]
    (task,) = [one for one in red.ok("GET", "/tasks")["tasks"] if one["workflow_name"] == "looks"]
    published = json.loads(red.ok("GET", f"/tasks/{task['id']}")["published"])
    assert theirs not in str(published["all"])
    assert (published["one"], published["tasks"]) == (0, 0)


def test_a_shared_workflow_can_be_started_alone_and_within_another(blue: Project, red: Project) -> None:
    shared = blue.workflow("lent")
    red.workflow("borrows", "workflow: lent")
    assert red.ended("borrows")["state"] == "ERROR"
    blue.ok("POST", f"/workflows/{shared}/members", {"member_id": "red"})
    assert red.call("POST", "/executions", {"workflow_name": "lent"}).status_code == 404
    red.ok("PUT", f"/workflows/{shared}/members/red", {"status": "accepted"})
    ran = red.ended("lent")
    assert (ran["state"], ran["project_id"], ran["workflow_id"]) == ("SUCCESS", "red", shared)
    assert red.ok("POST", "/executions", {"workflow_id": shared})["project_id"] == "red"
    assert red.ended("borrows")["state"] == "SUCCESS"
    red.ok("PUT", f"/workflows/{shared}/members/red", {"status": "rejected"})
    assert red.ended("borrows")["state"] == "ERROR"


def test_an_environment_of_another_project_cannot_be_named(blue: Project, red: Project) -> None:
    blue.ok("POST", "/environments", {"name": "keys", "variables": {"secret": 1}})
    red.workflow("plain")
    reply = red.call("POST", "/executions", {"workflow_name": "plain", "params": {"env": "keys"}})
    assert reply.status_code == 400
