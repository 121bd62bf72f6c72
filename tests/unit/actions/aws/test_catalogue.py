from __future__ import annotations

import subprocess
import sys

import pytest

from chalicelib import errors
from chalicelib.actions import run_action
from chalicelib.actions.aws.access import allowed
from chalicelib.actions.aws.catalogue import AwsActions
from chalicelib.actions.registry import STANDARD, Registry, signature
from chalicelib.actions.runtime.action_type import ActionContext, ActionType, Outside
from chalicelib.actions.runtime.gateways import AwsCall
from chalicelib.core.jsontext import Json, JsonDict

LOADED = """
import os
from chalicelib.bootstrap import container
from chalicelib.actions.aws import service_models
os.environ["AWS_ACTIONS"] = "ec2,s3"
container.check()
known = container.services().registry
assert not known.knows("std.noop.x"), "an unknown name"
assert known.knows("std.noop")
print(service_models.service.cache_info().currsize)
known.knows("aws.s3_put_object")
print(service_models.service.cache_info().currsize)
"""


def registry(*texts: str) -> Registry:
    return Registry([AwsActions(allowed(texts))])


def action(name: str, *texts: str) -> ActionType:
    return registry(*texts).find(name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("aws.ec2_start_instances", "InstanceIds, AdditionalInfo=null, DryRun=null, _region=null"),
        ("aws.sqs_list_queues", "QueueNamePrefix=null, NextToken=null, MaxResults=null, _region=null, _paginate=false"),
        ("aws.sts_get_caller_identity", "_region=null"),
        # required members come first
        ("aws.cognito_idp_admin_get_user", "UserPoolId, Username, _region=null"),
    ],
)
def test_signature(name: str, shown: str) -> None:
    assert signature(action(name, "ec2", "sqs", "sts", "cognito-idp")) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("aws.sqs_send_message", "Delivers a message to the specified queue."),
        ("aws.ec2_start_instances", "Starts an Amazon EBS-backed instance that you've previously stopped."),
    ],
)
def test_description(name: str, shown: str) -> None:
    assert action(name, "ec2", "sqs").description == shown


def test_every_action_is_complete() -> None:
    found = list(registry("ec2", "lambda", "s3", "sqs").all())
    names = [one.name for one in found]
    assert len(set(names)) == len(names) > 900
    assert all(one.description and "<" not in one.description[:1] and one.class_name for one in found)
    assert set(STANDARD) < set(names)


@pytest.mark.parametrize(
    ("texts", "known", "unknown"),
    [
        ((), [], ["aws.s3_put_object", "aws.", "aws.s3"]),
        (("s3",), ["aws.s3_put_object"], ["aws.ec2_start_instances", "aws.s3_no_such", "aws.s3_PutObject"]),
        (
            ("lambda:Invoke", "lambda:Get*"),
            ["aws.lambda_invoke", "aws.lambda_get_function"],
            ["aws.lambda_delete_function"],
        ),
        # an operation of one service never hides that of another
        (("iot", "iot-data"), ["aws.iot_data_publish", "aws.iot_describe_thing"], ["aws.iot_publish"]),
        # operations that stream events, hand out credentials or take the host from their input
        (
            ("s3", "sts", "iam", "machinelearning"),
            ["aws.sts_get_caller_identity", "aws.iam_create_user"],
            [
                "aws.s3_select_object_content",
                "aws.sts_assume_role",
                "aws.sts_get_session_token",
                "aws.iam_create_access_key",
                "aws.machinelearning_predict",
            ],
        ),
    ],
)
def test_what_is_allowed(texts: tuple[str, ...], known: list[str], unknown: list[str]) -> None:
    found = registry(*texts)
    assert [name for name in known if not found.knows(name)] == []
    assert [name for name in unknown if found.knows(name)] == []
    listed = {one.name for one in found.all()}
    assert set(known) <= listed
    assert not set(unknown) & listed


def test_an_unknown_one_is_unknown_as_any_other() -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        registry("ec2").find("aws.ec2_no_such", "n")
    assert caught.value.message == "Failed to find action [action_name=aws.ec2_no_such, namespace=n]"


def test_an_unknown_service_is_told_at_the_start() -> None:
    with pytest.raises(ValueError, match=r"AWS_ACTIONS names a service that boto3 does not know: 'no-such-service'$"):
        allowed(["no-such-service"])


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("states:StartExecution", "'stepfunctions'"),
        ("SFN", "'stepfunctions'"),
        ("Step Functions", "'stepfunctions'"),
        ("monitoring", "'cloudwatch'"),
        ("eventbridge", "'events'"),
        ("CloudWatch Logs", "'logs'"),
        ("elasticloadbalancing", "'elb' or 'elbv2'"),
        ("S3", "'s3'"),
        ("lamda", "'lambda'"),
        ("dynamo", "'dynamodb'"),
    ],
)
def test_what_aws_calls_a_service_elsewhere_is_a_hint(name: str, meant: str) -> None:
    with pytest.raises(ValueError, match=rf"; did you mean {meant}( or .*)?\?$"):
        allowed([name])


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "missing=['InstanceIds']"),
        ({"InstanceIds": [], "instance": 1}, "unexpected=['instance']"),
        # it does not come in pages
        ({"InstanceIds": [], "_paginate": True}, "unexpected=['_paginate']"),
    ],
)
def test_input_is_checked_against_the_model(given: JsonDict, text: str) -> None:
    with pytest.raises(errors.InputError) as caught:
        run_action.check_input(action("aws.ec2_start_instances", "ec2"), given)
    shown = "Invalid input [name=aws.ec2_start_instances, class=boto3.ec2.StartInstances, "
    assert caught.value.message == f"{shown}{text}]"


@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("aws.ec2_describe_instances", True),
        ("aws.s3_list_objects_v2", True),
        ("aws.s3_head_object", True),
        ("aws.ec2_run_instances", False),
        ("aws.sqs_receive_message", False),
        ("aws.lambda_invoke", False),
    ],
)
def test_what_may_be_repeated(name: str, looks: bool) -> None:
    assert action(name, "ec2", "s3", "sqs", "lambda").only_looks is looks


def test_a_call_says_what_was_meant() -> None:
    asked: list[tuple[AwsCall, float | None]] = []

    def aws(call: AwsCall, seconds: float | None) -> Json:
        asked.append((call, seconds))
        return {"QueueUrls": []}

    wanted = action("aws.sqs_list_queues", "sqs")
    given: JsonDict = {"QueueNamePrefix": "a", "NextToken": None, "_region": "eu-south-1", "_paginate": True}
    context = ActionContext(project_id="p", action_execution_id="a-1", timeout=7)
    assert run_action.run(wanted, given, context, Outside(aws=aws)) == {"QueueUrls": []}
    call = AwsCall("sqs", "list_queues", {"QueueNamePrefix": "a"}, "p", "eu-south-1", True, True, "a-1")
    assert asked == [(call, 7)]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"_region": 5}, "_region must be text, such as eu-south-1"),
        ({"_paginate": "yes"}, "_paginate must be true or false"),
    ],
)
def test_what_is_said_beside_the_members_is_checked(given: JsonDict, text: str) -> None:
    with pytest.raises(errors.ActionFailed, match=text):
        run_action.run(action("aws.sqs_list_queues", "sqs"), given, ActionContext(), Outside())


def test_no_model_is_loaded_before_an_action_of_its_service_is_asked_for() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["0", "1"]
