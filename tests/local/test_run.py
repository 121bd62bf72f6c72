"""`python -m local` as a process: starting, stopping, being killed, sharing an endpoint."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import boto3
import pytest
import requests

from local.emulator import ROOT
from tests.local.conftest import FAKE
from tests.local.process import LocalRun, local_run
from tests.workers.rig import ACCOUNT

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
        ({"WORKERS": "a b"}, "WORKERS: The target 'a b' must consist of"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "Could not connect"),
    ],
)
def test_what_cannot_work_is_said_in_one_line(variables: dict[str, str], complaint: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={**os.environ, **FAKE, "PORT": "0", **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert complaint in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("variables", [{}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}])
def test_port_in_use_is_said_before_anything_starts(fake_run: LocalRun, variables: dict[str, str]) -> None:
    """With an endpoint that nobody listens on: what comes later would be said instead."""
    port = fake_run.url.rpartition(":")[2].removesuffix("/v2")
    ended = subprocess.run(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={**os.environ, **FAKE, "PORT": port, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        f"meltemi: port {port} of 127.0.0.1 is in use. Choose another one: make run PORT=8990 (0: any free one)\n"
    )


def test_a_run_without_api_needs_no_port(fake_run: LocalRun) -> None:
    port = fake_run.url.rpartition(":")[2].removesuffix("/v2")
    with local_run(**FAKE, PORT=port, ROLES="step") as run:
        assert "no API in this process" in run.announcement


def test_queues_of_workers_are_made_and_named() -> None:
    with local_run(**FAKE, WORKERS="thumbs") as run:
        assert run.process.stdout
        said = [run.process.stdout.readline().strip() for _ in range(3)]
        sqs = boto3.client("sqs", endpoint_url=run.endpoint, **ACCOUNT)  # type: ignore[call-overload]
        seen = get(f"{run.url}/environment").json()
        assert sqs.get_queue_url(QueueName="worker-thumbs")["QueueUrl"]
    assert said[1].startswith(f"export AWS_ENDPOINT_URL={run.endpoint} AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=")
    assert said[2] == f"meltemi-worker module:worker --queue worker-thumbs --api {run.url} --announce"
    assert (seen["TARGET_QUEUE_PREFIX"], len(seen["RESULTS_KEY"])) == ("worker-", 64)
