"""Real clients, whose requests are looked at instead of being sent."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from chalicelib.actions.aws.clients import Elsewhere, Kind, Session
from chalicelib.core.jsontext import JsonDict


class Sent(Exception):
    """What would have been sent, and to which host."""


def look(request: Any, **_: object) -> None:
    raise Sent(request.url)


@pytest.fixture(scope="module")
def session() -> boto3.session.Session:
    return boto3.session.Session(aws_access_key_id="a", aws_secret_access_key="b")


def url_of(session: Session, service: str, method: str, given: JsonDict, region: str = "us-east-1") -> str:
    client = session(Kind(service, region, 5))
    client.meta.events.register_last("before-send", look)
    with pytest.raises(Sent) as caught:
        getattr(client, method)(**given)
    client.close()
    return str(caught.value)


@pytest.mark.parametrize(
    ("service", "method", "given", "region", "host"),
    [
        ("sqs", "delete_queue", {"QueueUrl": "http://169.254.169.254/x"}, "us-east-1", "sqs.us-east-1.amazonaws.com"),
        ("lambda", "invoke", {"FunctionName": "//evil.example/"}, "cn-north-1", "lambda.cn-north-1.amazonaws.com.cn"),
        ("s3", "get_object", {"Bucket": "evil.example", "Key": "k"}, "eu-south-1", "s3.eu-south-1.amazonaws.com"),
    ],
)
def test_an_input_does_not_choose_the_host(
    session: boto3.session.Session, service: str, method: str, given: JsonDict, region: str, host: str
) -> None:
    assert url_of(Session(session), service, method, given, region).startswith(f"https://{host}/")


def test_if_an_input_does_choose_it_nothing_is_sent(session: boto3.session.Session) -> None:
    given: JsonDict = {"MLModelId": "x", "Record": {}, "PredictEndpoint": "http://evil.example"}
    client = Session(session)(Kind("machinelearning", "us-east-1", 5))
    with pytest.raises(Elsewhere, match=r"'evil\.example' is no host of AWS"):
        client.predict(**given)
    client.close()


def test_an_endpoint_that_was_set_up_is_called(session: boto3.session.Session) -> None:
    url = url_of(Session(session, "http://127.0.0.1:4566"), "s3", "get_object", {"Bucket": "bbb", "Key": "k"})
    assert url == "http://127.0.0.1:4566/bbb/k"
