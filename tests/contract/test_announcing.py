"""The publishers of notifications against an emulator of SQS, SNS and EventBridge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import boto3
import pytest

from chalicelib.bootstrap.adapters import connect
from chalicelib.errors import InvalidRequest, Unavailable
from chalicelib.ports.messaging import Notice, Publisher
from tests.contract.conftest import REGION, Backend, fresh_prefix

NOTICE = Notice("an-execution", "key-1", {"event": "WORKFLOW_FAILED", "state_info": "…"})


Publishers = Mapping[str, Publisher]


@pytest.fixture
def publishers(ministack_backend: Backend) -> Publishers:
    """As the deployed service has them."""
    settings = ministack_backend.settings
    return connect(replace(settings, watching=replace(settings.watching, metrics=False))).publishers


class Queue:
    """A queue that somebody listens at."""

    def __init__(self, backend: Backend, suffix: str = "") -> None:
        self._sqs = backend.clients.sqs
        attributes: Any = {"FifoQueue": "true"} if suffix else {}
        self.url = self._sqs.create_queue(QueueName=fresh_prefix() + suffix, Attributes=attributes)["QueueUrl"]
        found = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = found["Attributes"]["QueueArn"]

    def received(self) -> list[Any]:
        answer = self._sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageSystemAttributeNames=["All"]
        )
        return answer.get("Messages", [])


def test_a_queue_gets_the_payload(ministack_backend: Backend, publishers: Publishers) -> None:
    queue = Queue(ministack_backend)
    publishers["sqs"]({"target": queue.arn}, NOTICE)
    (message,) = queue.received()
    assert json.loads(message["Body"]) == NOTICE.payload


def test_a_queue_in_order_gets_it_once(ministack_backend: Backend, publishers: Publishers) -> None:
    queue = Queue(ministack_backend, ".fifo")
    for key in ("key-1", "key-1", "key-2"):
        publishers["sqs"]({"target": queue.arn}, Notice("an-execution", key, {"n": key}))
    messages = queue.received()
    assert [json.loads(message["Body"])["n"] for message in messages] == ["key-1", "key-2"]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"an-execution"}


def test_those_who_subscribed_to_a_topic_get_it(ministack_backend: Backend, publishers: Publishers) -> None:
    queue = Queue(ministack_backend)
    sns = boto3.client("sns", endpoint_url=ministack_backend.endpoint_url, region_name=REGION)
    arn = sns.create_topic(Name=fresh_prefix())["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn)
    publishers["sns"]({"target": arn}, NOTICE)
    (message,) = queue.received()
    said = json.loads(message["Body"])
    assert json.loads(said["Message"]) == NOTICE.payload
    assert said["MessageAttributes"]["event"]["Value"] == "WORKFLOW_FAILED"


def test_a_bus_gets_an_event(ministack_backend: Backend, publishers: Publishers) -> None:
    """The bus of the service serves: what its rule puts into the queue is what an event trigger would hear."""
    names = ministack_backend.resources.names
    arn = ministack_backend.clients.events.describe_event_bus(Name=names["Bus"])["Arn"]
    publishers["eventbridge"]({"target": arn}, NOTICE)
    url = ministack_backend.resources.queue_urls["IncomingQueue"]
    (message,) = ministack_backend.clients.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
    body = json.loads(message["Body"])
    assert body["exchange"] == names["Bus"]
    event = body["event"]
    assert (event["source"], event["detail-type"], event["detail"]) == ("meltemi", "WORKFLOW_FAILED", NOTICE.payload)


@pytest.mark.parametrize(
    ("target", "error", "text"),
    [
        (None, InvalidRequest, "target must be an ARN of sqs, not 'None'"),
        ("arn:aws:sns:us-east-1:1:t", InvalidRequest, "must be an ARN of sqs"),
        ("arn:aws:sqs:eu-west-1:1:q", InvalidRequest, "must be in us-east-1, not in 'eu-west-1'"),
        ("arn:aws:sqs:us-east-1:000000000000:nobody", Unavailable, "nobody took nothing: .*NonExistentQueue"),
    ],
)
def test_what_is_no_queue(publishers: Publishers, target: str | None, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        publishers["sqs"]({"target": target}, NOTICE)


def test_a_topic_that_is_not_there(publishers: Publishers) -> None:
    with pytest.raises(Unavailable, match="nobody took nothing: NotFound"):
        publishers["sns"]({"target": "arn:aws:sns:us-east-1:000000000000:nobody"}, NOTICE)
