"""A stage as `make deploy` makes it, on an emulator that looks at roles and policies as AWS does."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from infra import bytecode, template
from local.emulator import ROOT

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

NAME = "e2e"
PROJECT = "demo"
WORKER_QUEUES = "e2e-worker-{project}-"


def machine() -> str:
    """What functions have to be packaged for: the emulator runs them where it runs itself."""
    return "x86_64" if platform.machine() in ("x86_64", "AMD64") else "arm64"


def package(folder: Path) -> Path:
    """What `make package` writes, for this machine."""
    folder.mkdir()
    for cache in (ROOT / "chalicelib").rglob("__pycache__"):
        shutil.rmtree(cache, ignore_errors=True)
    (folder / "merged.yaml").write_text(template.text(template.merged()))
    merging = ("--merge-template", str(folder / "merged.yaml"))
    _run({}, str(Path(sys.executable).parent / "chalice"), "package", "--stage", machine(), *merging, str(folder))
    bytecode.add(folder / "deployment.zip")
    return folder


def newer(package: Path, folder: Path) -> Path:
    """The package of a later version of the code."""
    shutil.copytree(package, folder)
    with zipfile.ZipFile(folder / "deployment.zip", "a") as bundle:
        bundle.writestr("chalicelib/newer.py", "")
    return folder


@dataclass(frozen=True)
class Stage:
    """A stage of the service at an endpoint that stands for AWS."""

    endpoint: str
    api: str
    """The address of its API, without a slash at the end."""
    token: str

    @property
    def client_url(self) -> str:
        """The address for a client that knows of no tokens but passwords."""
        return self.api.replace("://", f"://token:{self.token}@")

    @property
    def sqs(self) -> SQSClient:
        """To look into its queues."""
        return boto3.client("sqs", endpoint_url=self.endpoint)

    def queue(self, name: str) -> str:
        """The URL of one of its queues."""
        return self.sqs.get_queue_url(QueueName=f"meltemi-{NAME}-{name}")["QueueUrl"]

    def redeliver_after(self, seconds: int) -> None:
        """Have messages come back sooner: unlike AWS, the emulator kills functions when their code is exchanged."""
        for name in ("events.fifo", "actions", "timers"):
            self.sqs.set_queue_attributes(QueueUrl=self.queue(name), Attributes={"VisibilityTimeout": str(seconds)})


@contextmanager
def working(stage: Stage, worker: str, target: str) -> Iterator[None]:
    """A process that works on a queue made for it."""
    queue = WORKER_QUEUES.replace("{project}", PROJECT) + target
    stage.sqs.create_queue(QueueName=queue, Attributes={"VisibilityTimeout": "60"})
    command = (sys.executable, "-m", "meltemi_worker", worker, "--queue", queue, "--api", stage.api, "--announce")
    env = {"PYTHONPATH": "worker/src", "AWS_ENDPOINT_URL": stage.endpoint, "MELTEMI_TOKEN": stage.token}
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def deploy(endpoint: str, package: Path, *parameters: str) -> str:
    """The command; what it prints."""
    where = ("--stage", NAME, "--package", str(package), "--every", "0.2")
    return _infra(endpoint, "deploy", *where, "RequireTls=false", *parameters)


def deployed(endpoint: str, package: Path) -> Stage:
    """A new stage with its first token."""
    workers = (f"TargetQueuePrefix={WORKER_QUEUES}", "ResultsKey=a key of reply tokens that only tests know")
    printed = deploy(endpoint, package, *workers)
    found = re.search(r"https://(\w+)\.execute-api\.[^/]+/(\w+)/v2", printed)
    assert found, printed
    one_at_a_time(endpoint)
    making = ("ops.tokens", "--stage", NAME, "create", "--project", PROJECT, "--role", "admin")
    token = _run({"AWS_ENDPOINT_URL": endpoint}, sys.executable, "-m", *making).split()[-1]
    return Stage(endpoint, f"{endpoint}/restapis/{found[1]}/{found[2]}/_user_request_/v2", token)


def one_at_a_time(endpoint: str) -> None:
    """The emulator would begin five copies of a function side by side, on a machine that has two cores."""
    client = boto3.client("lambda", endpoint_url=endpoint)
    for function in ("timers", "execute", "listen", "notify", "tick"):
        client.put_function_concurrency(FunctionName=f"meltemi-{NAME}-{function}", ReservedConcurrentExecutions=1)


def destroy(endpoint: str, confirm: str) -> subprocess.CompletedProcess[str]:
    """The command, however it ends."""
    words = ("-m", "infra", "destroy", "--stage", NAME, "--confirm", confirm, "--every", "0.2")
    env = {**os.environ, "AWS_ENDPOINT_URL": endpoint}
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True)


def _infra(endpoint: str, *words: str) -> str:
    return _run({"AWS_ENDPOINT_URL": endpoint}, sys.executable, "-m", "infra", *words)


def _run(variables: dict[str, str], *words: str) -> str:
    ended = subprocess.run(words, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True)
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    return ended.stdout
