"""The protocol of external workers, as a worker meets it: orders in its queue, reports, answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.workers.rig import Rig, process

pytestmark = pytest.mark.xdist_group("workers")

PLAIN = str(Path(__file__).with_name("plain_worker.py"))

UNSERVED = "Nobody serves the target 'nowhere': there is no queue w-nowhere, or it may not be used."

ADDING = """
version: '2.0'
acme.add:
  description: Adds numbers.
  input: [numbers, scale: 1]
  base: std.worker
  base-input:
    name: acme.add
    target: adders
    input: {numbers: <% $.numbers %>, scale: <% $.scale %>}
  output: {sum: <% $ %>}
"""
WORKFLOWS = """
version: '2.0'
sums:
  input: [lists]
  output: {sums: <% task(add).result %>}
  tasks: {add: {with-items: l in <% $.lists %>, action: acme.add, input: {numbers: <% $.l %>}}}
aimed:
  input: [target]
  output: {found: <% task(t).result %>}
  tasks: {t: {action: std.echo output=1, target: <% $.target %>}}
"""


@pytest.fixture(scope="module", autouse=True)
def _definitions(rig: Rig) -> None:
    rig.queue("adders")
    rig.create("actions", ADDING)
    rig.create("workflows", WORKFLOWS)


def test_a_worker_with_nothing_but_an_sqs_client(rig: Rig) -> None:
    large = list(range(6000))
    lists = [[1, 2], [3], large]
    with process(rig.run, PLAIN, "w-adders"):
        assert rig.output(rig.start("sums", lists=lists)) == {"sums": [{"sum": sum(each)} for each in lists]}
        alone = rig.ask("POST", "action_executions", json={"name": "acme.add", "input": {"numbers": [4, 5]}})
        assert alone["state"] == "RUNNING"
        rig.done(alone["id"], "SUCCESS", {"result": {"sum": 9}})
    shown = rig.ask("GET", "actions/acme.add")
    assert (shown["input"], shown["description"]) == ("numbers, scale=1", "Adds numbers.")


def test_a_target_is_the_end_of_the_name_of_a_queue(rig: Rig) -> None:
    url = rig.queue("anybody")
    execution_id = rig.start("aimed", target="anybody")
    order = rig.order(url)
    assert (order["format"], order["name"], order["input"]) == (1, "std.echo", {"output": 1})
    assert order["context"]["workflow_execution_id"] == execution_id
    report = {"report": "result", "token": order["reply"]["token"], "state": "SUCCESS", "result": [7]}
    report["action_execution_id"] = order["action_execution_id"]
    assert rig.report(report)["answer"] == "kept"
    assert rig.output(execution_id) == {"found": [7]}
    assert rig.report({**report, "state": "ERROR"}) == {"answer": "late", "state": "SUCCESS"}


def test_an_action_by_itself_with_a_target_and_a_limit(rig: Rig) -> None:
    url = rig.queue("alone")
    params = {"target": "alone", "timeout": 2}
    ran = rig.ask("POST", "action_executions", json={"name": "std.noop", "params": params})
    order = rig.order(url)
    assert (order["name"], order["timeout"], order["safe_rerun"]) == ("std.noop", 2, False)
    assert order["context"]["callback_url"] == f"/v2/action_executions/{ran['id']}"
    rig.done(ran["id"], "ERROR", {"result": "Timeout after 2 seconds"})
    late = {"report": "claim", "action_execution_id": ran["id"], "token": order["reply"]["token"], "attempt": "a"}
    assert rig.report(late) == {"answer": "gone", "state": "ERROR"}
    ran = rig.ask("POST", "action_executions", json={"name": "std.noop", "params": {"target": "nowhere"}})
    rig.done(ran["id"], "ERROR", {"result": UNSERVED})


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("nowhere", "Nobody serves the target 'nowhere': there is no queue w-nowhere"),
        ("a/b", "The target 'a/b' must consist of letters"),
        (["x"], "must consist of letters"),
        ("x" * 80, "is too long"),
    ],
)
def test_a_target_that_nobody_serves_is_an_error_that_says_so(rig: Rig, target: object, text: str) -> None:
    found = rig.ended(rig.start("aimed", target=target))
    assert found["state"] == "ERROR"
    assert text in found["state_info"]


def test_a_report_that_cannot_be_believed_is_refused_without_showing_its_token(rig: Rig) -> None:
    url = rig.queue("doubted")
    rig.start("aimed", target="doubted")
    order = rig.order(url)
    token = str(order["reply"]["token"])
    other = rig.action_of(rig.start("aimed", target="doubted"))["id"]
    body = {"format": 1, "report": "result", "token": token, "state": "SUCCESS", "action_execution_id": other}
    refused = rig.http.post(f"{rig.run.url}/worker_reports", json=body)
    assert (refused.status_code, token in refused.text) == (403, False)
    assert "is not one of action execution" in refused.json()["faultstring"]
    results = rig.sqs.get_queue_url(QueueName="meltemi-results")["QueueUrl"]
    rig.sqs.send_message(QueueUrl=results, MessageBody=json.dumps(body))
    rig.sqs.send_message(QueueUrl=results, MessageBody="no JSON")
    body["action_execution_id"] = order["action_execution_id"]
    rig.sqs.send_message(QueueUrl=results, MessageBody=json.dumps(body))
    rig.done(order["action_execution_id"], "SUCCESS", {"result": {}})
    assert rig.ask("GET", f"action_executions/{other}")["state"] == "RUNNING"


def test_the_plain_worker_is_small() -> None:
    lines = [line for line in Path(PLAIN).read_text().splitlines() if line.strip()]
    assert len(lines) <= 45
    assert subprocess.run(["grep", "-c", "meltemi", PLAIN], capture_output=True, text=True).stdout.strip() == "0"
