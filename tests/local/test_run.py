"""`python -m local` as a process: starting, stopping, being killed, sharing an endpoint."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import pytest
import requests

from local.emulator import ROOT
from tests.local.conftest import FAKE
from tests.local.process import LocalRun, local_run

pytestmark = pytest.mark.xdist_group("local")
PATIENCE = 30.0


def emulator_of(run: LocalRun) -> tuple[int, Path]:
    """The emulator's process id and its data folder."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(run.process.pid)], capture_output=True, text=True)
    pid = int(found.stdout)
    variables = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    [folder] = [value.removeprefix("TMPDIR=") for value in variables if value.startswith("TMPDIR=")]
    return pid, Path(folder)


def eventually(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def get(url: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url)


def calls(run: LocalRun) -> list[str]:
    return [call["function"] for call in get(f"{run.url}/calls").json()]


@pytest.mark.parametrize("end", [LocalRun.interrupt, LocalRun.kill])
def test_no_child_and_no_data_is_left_behind(end: object) -> None:
    assert callable(end)
    with local_run(**FAKE) as run:
        pid, folder = emulator_of(run)
        assert folder.exists()
        status = end(run)
    assert status in (0, None)
    eventually(lambda: not Path(f"/proc/{pid}").exists())
    assert not folder.exists()


def test_several_runs_do_not_collide() -> None:
    with local_run(**FAKE) as one, local_run(**FAKE) as two:
        assert one.endpoint != two.endpoint
        assert one.url != two.url
        assert get(f"{one.url}/calls").status_code == get(f"{two.url}/calls").status_code == 200


def test_embedded_emulator_never_sees_real_credentials() -> None:
    with local_run(**FAKE, AWS_ACCESS_KEY_ID="real", AWS_PROFILE="mine") as run:
        seen = get(f"{run.url}/environment").json()
    assert seen["AWS_ACCESS_KEY_ID"] == "local"
    assert "AWS_PROFILE" not in seen


@pytest.mark.parametrize(
    ("given", "roles"), [({}, "admin"), ({"ANONYMOUS_ROLES": "member"}, "member"), ({"ANONYMOUS_ROLES": ""}, "")]
)
def test_on_a_laptop_the_caller_is_an_admin_unless_told_otherwise(given: dict[str, str], roles: str) -> None:
    with local_run(**FAKE, **given) as run:
        seen = get(f"{run.url}/environment").json()
    assert seen["ANONYMOUS_ROLES"] == roles
    assert seen["ALLOW_ACTION_EXECUTION_DELETION"] == "true"


def test_processes_share_an_endpoint_and_its_state_outlives_them(emulator_url: str) -> None:
    shared = {**FAKE, "AWS_ENDPOINT_URL": emulator_url, "STACK_PREFIX": f"s{uuid.uuid4().hex[:10]}"}
    with local_run(**shared, ROLES="api") as api:
        message = [["g", "d", {"n": 1}]]
        assert requests.post(f"{api.url}/send/events", json=message).status_code == 204
        assert calls(api) == []
    with local_run(**shared, ROLES="api,step") as both:
        eventually(lambda: calls(both) == ["step"])


def test_message_in_work_when_its_process_was_killed_is_taken_up_by_the_next(emulator_url: str) -> None:
    shared = {**FAKE, "AWS_ENDPOINT_URL": emulator_url, "STACK_PREFIX": f"s{uuid.uuid4().hex[:10]}"}
    with local_run(**shared, ROLES="api,step") as first:
        assert requests.post(f"{first.url}/send/events", json=[["g", "d", {"sleep": 60}]]).status_code == 204
        eventually(lambda: calls(first) == ["step"])
        first.kill()
    with local_run(**shared, ROLES="api,step") as second:
        eventually(lambda: calls(second) == ["step"])
        second.kill()


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"ROLES": "cook"}, "ROLES must be"),
        ({"PORT": "x"}, "PORT must be"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "Could not connect"),
    ],
)
def test_what_cannot_work_is_said_in_one_line(variables: dict[str, str], complaint: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={**os.environ, **FAKE, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert complaint in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_port_in_use_is_said_in_one_line(fake_run: LocalRun) -> None:
    port = fake_run.url.rpartition(":")[2].removesuffix("/v2")
    ended = subprocess.run(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={**os.environ, **FAKE, "PORT": port},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "in use" in ended.stderr
