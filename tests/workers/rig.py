"""A real local run with queues for workers, and workers as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import requests

from local.emulator import ROOT
from tests.local.process import LocalRun

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

T = TypeVar("T")
PATIENCE = 40.0
PREFIX = "w-"
KEY = "a key of reply tokens that only tests know"
SETTINGS = {"TARGET_QUEUE_PREFIX": PREFIX, "RESULTS_KEY": KEY, "WORKER_HEARTBEAT_SECONDS": "2"}
ACCOUNT = {"region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local"}
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1"}


def eventually(find: Callable[[], T | None]) -> T:
    """What `find` finds, as soon as it does."""
    deadline = time.monotonic() + PATIENCE
    while not (found := find()):
        assert time.monotonic() < deadline, find
        threading.Event().wait(0.05)
    return found


@dataclass
class Rig:
    """A run, and what tests do with it."""

    run: LocalRun
    http: requests.Session
    sqs: SQSClient

    @classmethod
    def of(cls, run: LocalRun, http: requests.Session) -> Rig:
        """The rig of a run."""
        return cls(run, http, boto3.client("sqs", endpoint_url=run.endpoint, **ACCOUNT))  # type: ignore[call-overload]

    def queue(self, target: str, visibility: int = 2) -> str:
        """Make the queue of a target; its URL."""
        attributes = {"VisibilityTimeout": str(visibility)}
        return self.sqs.create_queue(QueueName=PREFIX + target, Attributes=attributes)["QueueUrl"]  # type: ignore[arg-type]

    def ask(self, method: str, path: str, **request: Any) -> Any:
        """The decoded reply, which has to be a success."""
        answer = self.http.request(method, f"{self.run.url}/{path}", timeout=PATIENCE, **request)
        assert answer.ok, answer.text
        return answer.json()

    def create(self, kind: str, text: str) -> None:
        """Store definitions."""
        self.ask("POST", kind, data=text.encode(), headers={"Content-Type": "text/plain"})

    def start(self, workflow: str, **given: Any) -> str:
        """Start an execution; its id."""
        return str(self.ask("POST", "executions", json={"workflow_name": workflow, "input": given})["id"])

    def ended(self, execution_id: str) -> dict[str, Any]:
        """An execution that is over."""

        def find() -> dict[str, Any] | None:
            found: dict[str, Any] = self.ask("GET", f"executions/{execution_id}")
            return None if found["state"] in ("RUNNING", "PAUSED") else found

        return eventually(find)

    def output(self, execution_id: str) -> Any:
        """The output of an execution once it has succeeded."""
        found = self.ended(execution_id)
        assert found["state"] == "SUCCESS", found
        return json.loads(found["output"])

    def action_of(self, execution_id: str) -> dict[str, Any]:
        """The first action execution of an execution, alone, as soon as there is one."""

        def find() -> dict[str, Any] | None:
            for action in self.actions(execution_id):
                found: dict[str, Any] = self.ask("GET", f"action_executions/{action['id']}")
                return found
            return None

        return eventually(find)

    def actions(self, execution_id: str) -> list[dict[str, Any]]:
        """The action executions of an execution, without what is shown of them alone."""
        tasks = self.ask("GET", f"executions/{execution_id}/tasks")["tasks"]
        lists = [self.ask("GET", f"tasks/{task['id']}/action_executions")["action_executions"] for task in tasks]
        return [action for each in lists for action in each]

    def progress(self, execution_id: str, percent: float) -> dict[str, Any] | None:
        """The progress of the first action execution, if it is there yet."""
        found = json.loads(self.action_of(execution_id).get("progress") or "{}")
        return found if found.get("percent") == percent else None

    def depth(self, queue: str) -> int:
        """How many messages a queue holds, those included that somebody has."""
        url = self.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]  # type: ignore[arg-type]
        return sum(map(int, found.values()))

    def done(self, action_id: str, state: str, output: Any) -> None:
        """Wait until an action execution is over; it has to end like this."""

        def find() -> dict[str, Any] | None:
            found: dict[str, Any] = self.ask("GET", f"action_executions/{action_id}")
            return None if found["state"] == "RUNNING" else found

        found = eventually(find)
        assert (found["state"], json.loads(found["output"])) == (state, output)

    def report(self, body: dict[str, Any]) -> dict[str, Any]:
        """What the service answers to a report."""
        answer: dict[str, Any] = self.ask("POST", "worker_reports", json={"format": 1, **body})
        return answer

    def order(self, queue_url: str) -> dict[str, Any]:
        """The next order in a queue, taken out of it."""

        def find() -> dict[str, Any] | None:
            for message in self.sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1).get("Messages", []):
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                found: dict[str, Any] = json.loads(message["Body"])
                return found
            return None

        return eventually(find)


@contextmanager
def process(run: LocalRun, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A process with the credentials and the endpoint of a run; killed at the end if it still runs."""
    env = {**os.environ, **CREDENTIALS, "AWS_ENDPOINT_URL": run.endpoint, **variables}
    started = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    with started:
        try:
            yield started
        finally:
            started.kill()
