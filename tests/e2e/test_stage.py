"""The packaged service, deployed by CloudFormation: gateway, functions, queues, tables, roles and rule, as on AWS.

The tests run in this order, on one stage: what one leaves there is what the next one has to keep.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from tests.client.shell import Shell
from tests.e2e import stage as stages
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.timeout(300)]

WORKFLOWS = """
version: '2.0'
tour:
  input: [who]
  output: {said: <% $.said %>, sum: <% $.sum %>}
  tasks:
    inline: {action: 'std.echo output="hello <% $.who %>"', publish: {said: <% task().result %>}, on-success: later}
    later: {action: std.noop, wait-before: 1, on-success: sent}
    sent:
      action: std.js
      input: {script: return 2 + 3}
      publish: {sum: <% task().result %>}
      on-success: below
    below: {workflow: many}
many:
  tasks: {each: {with-items: i in <% range(3) %>, action: std.sleep seconds=0.1}}
load:
  tasks:
    later: {action: std.noop, wait-before: 1, on-success: sent}
    sent: {action: std.js, input: {script: return 1}, safe-rerun: true}  # see redeliver_after
wait:
  output: {told: <% $.told %>}
  tasks: {ask: {action: std.async_noop, publish: {told: <% task().result %>}}}
call:
  output: {heard: <% task(ring).result %>}
  tasks: {ring: {action: bells.ring times=2}}
heard:
  tasks: {once: {action: std.noop}}
beat:
  tasks: {once: {action: std.noop}}
"""
PATIENCE = 110.0


def over(row: Any) -> bool:
    return str(row["State"]) != "RUNNING"


def ended_well(workflow: str) -> Callable[[Any], bool]:
    """Whether there is an execution of a workflow that succeeded."""
    return lambda rows: bool([row for row in rows if (row["Workflow name"], row["State"]) == (workflow, "SUCCESS")])


@pytest.fixture(scope="module")
def workflows(stage: Stage, mistral: Shell, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Stored, and one of them started by a cron trigger, which only a tick can find: its message is lost."""
    file = tmp_path_factory.mktemp("e2e") / "workflows.yaml"
    file.write_text(WORKFLOWS)
    mistral.ok("workflow-create", str(file))
    mistral.ok("cron-trigger-create", "pulse", "beat", "{}", "--pattern", "* * * * *", "--count", "1")
    stage.sqs.purge_queue(QueueUrl=stage.queue("timers"))


@pytest.mark.usefixtures("workflows")
def test_a_workflow_runs_through_gateway_functions_queues_and_tables(mistral: Shell) -> None:
    execution = mistral.json("execution-create", "tour", '{"who": "you"}')["ID"]
    assert mistral.until(over, "execution-get", execution, patience=PATIENCE)["State"] == "SUCCESS"
    assert mistral.json("execution-get-output", execution) == {"said": "hello you", "sum": 5}


@pytest.mark.usefixtures("workflows")
def test_an_event_fires_an_event_trigger(stage: Stage, mistral: Shell) -> None:
    bus, workflow = f"meltemi-{stages.NAME}", mistral.json("workflow-get", "heard")["ID"]
    mistral.ok("event-trigger-create", "ears", workflow, bus, "app", "rang", "{}")
    detail = json.dumps({"bell": 1, "context": {"project_id": "demo"}})
    events = boto3.client("events", endpoint_url=stage.endpoint)
    events.put_events(Entries=[{"EventBusName": bus, "Source": "app", "DetailType": "rang", "Detail": detail}])
    assert mistral.until(ended_well("heard"), "execution-list", patience=PATIENCE)


@pytest.mark.usefixtures("workflows")
def test_an_external_worker_runs_an_action(stage: Stage, mistral: Shell) -> None:
    with stages.working(stage, "tests.e2e.bells:worker", "bells"):
        mistral.until(lambda rows: bool(rows), "action-list", "--filter", "name=bells.ring", patience=PATIENCE)
        execution = mistral.json("execution-create", "call")["ID"]
        assert mistral.until(over, "execution-get", execution, patience=PATIENCE)["State"] == "SUCCESS"
    assert mistral.json("execution-get-output", execution) == {"heard": "ding ding "}


def test_a_token_is_needed(stage: Stage) -> None:
    assert requests.get(f"{stage.api}/workflows", timeout=PATIENCE).status_code == 401


@pytest.mark.usefixtures("workflows")
def test_an_update_keeps_what_is_stored_and_finishes_what_runs(
    stage: Stage, mistral: Shell, package: Path, tmp_path: Path
) -> None:
    waiting = mistral.json("execution-create", "wait")["ID"]
    stage.redeliver_after(8)
    before = code_of(stage, "step")
    with starting_executions(stage) as started:
        enough(started, 2)
        printed = stages.deploy(stage.endpoint, stages.newer(package, tmp_path / "b"), "LogDays=7")
        enough(started, len(started) + 2)
    assert "Modify  Step AWS::Lambda::Function" in printed
    assert code_of(stage, "step") != before
    for execution in started:
        assert mistral.until(over, "execution-get", execution, patience=PATIENCE)["State"] == "SUCCESS"
    (task,) = mistral.json("task-list", waiting)
    (action,) = mistral.json("action-execution-list", task["ID"])
    mistral.ok("action-execution-update", action["ID"], "--state", "SUCCESS", "--output", '{"by": "new code"}')
    assert mistral.until(over, "execution-get", waiting, patience=PATIENCE)["State"] == "SUCCESS"
    assert mistral.json("execution-get-output", waiting) == {"told": {"by": "new code"}}


@pytest.mark.usefixtures("workflows")
def test_the_scheduled_rule_fires_a_cron_trigger(mistral: Shell) -> None:
    assert mistral.until(ended_well("beat"), "execution-list", patience=PATIENCE)


@pytest.mark.usefixtures("workflows")
def test_nothing_was_given_up(stage: Stage) -> None:
    for queue in stage.sqs.list_queues(QueueNamePrefix=f"meltemi-{stages.NAME}-")["QueueUrls"]:
        if "-dead" in queue:
            counted = stage.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
            assert counted["Attributes"]["ApproximateNumberOfMessages"] == "0", queue


def test_a_stage_is_removed_only_if_that_is_meant_and_its_data_stays(stage: Stage, package: Path) -> None:
    refused = stages.destroy(stage.endpoint, "")
    assert (refused.returncode, "CONFIRM=e2e" in refused.stderr) == (1, True), refused.stderr
    ended = stages.destroy(stage.endpoint, stages.NAME)
    assert ended.returncode == 0, ended.stderr
    for kept in ("meltemi-e2e-runs", "meltemi-e2e-definitions", "meltemi-e2e-blobs-000000000000"):
        assert kept in ended.stdout
    forget_bucket(stage)
    again = stages.deployed(stage.endpoint, package)
    stored = requests.get(f"{again.api}/workflows/beat", headers={"X-Auth-Token": stage.token}, timeout=PATIENCE)
    assert stored.json()["name"] == "beat", "the token and the workflow of before"


def enough(started: list[str], count: int) -> None:
    """Wait for so many executions."""
    deadline = time.monotonic() + PATIENCE
    while len(started) < count:
        assert time.monotonic() < deadline, started
        threading.Event().wait(0.1)


def forget_bucket(stage: Stage) -> None:
    """The emulator lets a new stack take over tables, as AWS does, but no bucket."""
    s3 = boto3.client("s3", endpoint_url=stage.endpoint)
    bucket = f"meltemi-{stages.NAME}-blobs-000000000000"
    for found in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=found["Key"])
    s3.delete_bucket(Bucket=bucket)


def code_of(stage: Stage, function: str) -> str:
    """What a function runs."""
    client = boto3.client("lambda", endpoint_url=stage.endpoint)
    return str(client.get_function_configuration(FunctionName=f"meltemi-{stages.NAME}-{function}")["CodeSha256"])


@contextmanager
def starting_executions(stage: Stage) -> Iterator[list[str]]:
    """One execution after the other is started; their ids, of which more come until the end."""
    started: list[str] = []
    done = threading.Event()
    headers = {"X-Auth-Token": stage.token}

    def start() -> None:
        body, key = {"workflow_name": "load"}, 0
        while not done.wait(1):
            asking = {**headers, "Idempotency-Key": f"load-{key}"}
            reply = requests.post(f"{stage.api}/executions", json=body, headers=asking, timeout=PATIENCE)
            if reply.status_code != 502:  # the function was killed: ask again with the same key
                assert reply.status_code == 201, reply.text
                started.append(reply.json()["id"])
                key += 1

    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(start)
        try:
            yield started
        finally:
            done.set()
            ended.result()
