"""AWS actions against emulators: from the input of an action to its result."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import boto3
import pytest

from chalicelib.actions import run_action
from chalicelib.actions.aws.access import AwsAccess, allowed
from chalicelib.actions.aws.catalogue import AwsActions
from chalicelib.actions.aws.gateway import AwsDoor
from chalicelib.actions.registry import Registry
from chalicelib.actions.runtime.action_type import ActionContext, Outside
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import ActionFailed
from tests.contract.conftest import REGION, Backend, fresh_prefix

REGISTRY = Registry([AwsActions(allowed(["ec2", "lambda", "s3", "sqs", "sts"]))])
ROLE = "arn:aws:iam::000000000000:role/meltemi-{project}"
ECHO = "def handler(event, context):\n    return {'said': event}\n"


class Shop:
    """A project that runs AWS actions."""

    def __init__(self, backend: Backend, project_id: str = "shop", role: str | None = ROLE) -> None:
        access = AwsAccess(
            role=role,
            external_id="meltemi-{project}",
            own_role=True,
            region=REGION,
            endpoint_url=backend.endpoint_url,
            ours=backend.settings.resource_names(),
        )
        self._outside = Outside(aws=AwsDoor.of(access))
        self._context = ActionContext(project_id=project_id, action_execution_id=fresh_prefix(), timeout=60)

    def run(self, name: str, **given: Any) -> Any:
        action = REGISTRY.find(f"aws.{name}")
        run_action.check_input(action, given)
        return run_action.run(action, given, self._context, self._outside)


@pytest.fixture
def shop(ministack_backend: Backend) -> Shop:
    return Shop(ministack_backend)


def test_a_machine_is_run_stopped_and_started(shop: Shop) -> None:
    image = "ami-12c6146b"
    made = shop.run("ec2_run_instances", ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro")
    machine = made["Instances"][0]["InstanceId"]
    assert made["Instances"][0]["LaunchTime"].endswith("+00:00")

    def state() -> str:
        found = shop.run("ec2_describe_instances", InstanceIds=[machine], _paginate=True)
        return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])

    assert state() == "running"
    shop.run("ec2_stop_instances", InstanceIds=[machine])
    assert state() == "stopped"
    started = shop.run("ec2_start_instances", InstanceIds=[machine])
    assert started["StartingInstances"][0]["InstanceId"] == machine
    assert state() == "running"


def test_an_error_of_aws_is_the_error_of_the_action(shop: Shop) -> None:
    with pytest.raises(ActionFailed) as caught:
        shop.run("ec2_start_instances", InstanceIds=["i-0123456789abcdef0"])
    result = caught.value.result
    assert isinstance(result, dict)
    assert (result["operation"], result["code"]) == ("StartInstances", "InvalidInstanceID.NotFound")
    assert "i-0123456789abcdef0" in str(result["message"])


def test_objects_are_put_read_and_listed_page_by_page(shop: Shop) -> None:
    bucket = fresh_prefix()
    shop.run("s3_create_bucket", Bucket=bucket)
    for name, body in (("text", "γειά"), ("bytes", {"base64": "/wA="}), ("empty", "")):
        assert "ETag" in shop.run("s3_put_object", Bucket=bucket, Key=name, Body=body)
        assert shop.run("s3_get_object", Bucket=bucket, Key=name)["Body"] == body
    first = shop.run("s3_list_objects_v2", Bucket=bucket, MaxKeys=2)
    assert (len(first["Contents"]), first["IsTruncated"]) == (2, True)
    every = shop.run("s3_list_objects_v2", Bucket=bucket, MaxKeys=2, _paginate=True)
    assert [found["Key"] for found in every["Contents"]] == ["bytes", "empty", "text"]


def test_messages_are_sent_and_received(shop: Shop) -> None:
    url = shop.run("sqs_create_queue", QueueName=fresh_prefix())["QueueUrl"]
    shop.run("sqs_send_message", QueueUrl=url, MessageBody="hello")
    assert shop.run("sqs_receive_message", QueueUrl=url)["Messages"][0]["Body"] == "hello"


def test_a_function_is_invoked(ministack_backend: Backend) -> None:
    shop, name = Shop(ministack_backend), fresh_prefix()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("echo.py", ECHO)
    client = boto3.client("lambda", endpoint_url=ministack_backend.endpoint_url, region_name=REGION)
    with packed:
        client.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role="arn:aws:iam::000000000000:role/any",
            Handler="echo.handler",
            Code={"ZipFile": packed.getvalue()},
        )
    client.close()
    answer = shop.run("lambda_invoke", FunctionName=name, Payload='{"hello": "you"}')
    assert (answer["StatusCode"], answer["Payload"]) == (200, '{"said": {"hello": "you"}}')


def test_each_project_acts_with_a_role_of_its_own(moto_backend: Backend) -> None:
    def identity(project_id: str) -> str:
        return str(Shop(moto_backend, project_id).run("sts_get_caller_identity")["Arn"])

    assert "assumed-role/meltemi-shop/meltemi-shop" in identity("shop")
    assert "assumed-role/meltemi-bakery/meltemi-bakery" in identity("bakery")
    assert "assumed-role" not in str(Shop(moto_backend, role=None).run("sts_get_caller_identity")["Arn"])


def test_what_belongs_to_the_service_cannot_be_touched(ministack_backend: Backend) -> None:
    shop, backend = Shop(ministack_backend, role=None), ministack_backend
    settings = backend.settings
    attempts: list[tuple[str, JsonDict]] = [
        ("s3_list_objects_v2", {"Bucket": settings.blobs_bucket}),
        ("sqs_get_queue_url", {"QueueName": settings.events_queue.rpartition("/")[2]}),
        ("sqs_send_message", {"QueueUrl": backend.resources.queue_urls["EventsQueue"], "MessageBody": "{}"}),
    ]
    for name, given in attempts:
        with pytest.raises(ActionFailed, match="may not touch what belongs to the service itself"):
            shop.run(name, **given)
