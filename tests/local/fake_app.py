"""A small application in the shape of app.py: what arrives at its functions can be read back over its API."""

from __future__ import annotations

import json
import os
import threading
import time
from typing import Any

import boto3
from chalice.app import Chalice, Request, Response

app = Chalice("fake")
_sqs = boto3.client("sqs")
_lock = threading.Lock()
_calls: list[dict[str, Any]] = []
_failures: dict[str, int] = {}


def current_request() -> Request:
    request = app.current_request
    assert request
    return request


@app.route("/v2/echo/{name}", methods=["GET", "PUT"], cors=True)
def echo(name: str) -> Response:
    request = current_request()
    if request.headers.get("x-slow"):
        time.sleep(0.01)
    body = {
        "name": (current_request().uri_params or {})["name"],
        "argument": name,
        "query": request.query_params.getlist("q") if request.query_params else [],
        "body": _text(request),
        "path": request.context["path"],
    }
    return Response(body, headers={"X-Seen": "yes"})


@app.route("/v2/send/{queue}", methods=["POST"], content_types=["application/json"])
def send(queue: str) -> Response:
    """Send the body's messages; [group, dedup, body] each."""
    url = _sqs.get_queue_url(QueueName=os.environ[f"{queue.upper()}_QUEUE"])["QueueUrl"]
    for group, dedup, body in current_request().json_body:
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": dedup} if queue == "events" else {}
        _sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body), **fifo)
    return Response(None, status_code=204)


@app.route("/v2/calls")
def calls() -> list[dict[str, Any]]:
    with _lock:
        return list(_calls)


@app.route("/v2/environment")
def environment() -> dict[str, str]:
    return dict(os.environ)


def _text(request: Request) -> str:
    raw = request.raw_body
    return raw.decode() if isinstance(raw, bytes) else raw


def _note(function: str, event: dict[str, Any]) -> dict[str, Any]:
    """Remember the call; fail a body like {"fail": 2} that many times, {"raise": 1} with an exception."""
    failed = []
    for record in event.get("Records", []):
        body = json.loads(record["body"])
        with _lock:
            _calls.append({"function": function, "at": time.time(), "body": body, "record": record})
            tries = _failures[record["messageId"]] = _failures.get(record["messageId"], 0) + 1
        time.sleep(body.get("sleep", 0))
        if tries <= body.get("raise", 0):
            raise RuntimeError("as asked")
        if tries <= body.get("fail", 0):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


@app.lambda_function()
def step(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return _note("step", event)


@app.lambda_function()
def execute(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return _note("execute", event)


@app.lambda_function()
def timers(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return _note("timers", event)


@app.lambda_function()
def results(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return _note("results", event)


@app.lambda_function()
def notify(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return _note("notify", event)


@app.lambda_function()
def listen(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return _note("listen", event)


@app.lambda_function()
def dead_letters(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return _note("dead_letters", event)


@app.lambda_function()
def tick(event: dict[str, Any], context: Any) -> None:
    with _lock:
        _calls.append({"function": "tick", "at": time.time(), "body": event})
