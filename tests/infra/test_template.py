"""The parts of the template make one, and every resource that keeps something is guarded."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.template import fingerprint, located, merged, named, text

WHOLE: dict[str, Any] = merged()


def of(kind: str) -> dict[str, dict[str, Any]]:
    """The resources of a kind."""
    return {name: found for name, found in WHOLE["Resources"].items() if found.get("Type") == kind}


def test_sections_that_only_hold_anchors_are_left_out() -> None:
    assert not [section for section in WHOLE if section.startswith("x-")]
    assert {"RunsTable", "StepRole"} <= WHOLE["Resources"].keys()


def test_a_name_in_two_files_is_refused(tmp_path: Path) -> None:
    parts = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for part in parts:
        part.write_text("Resources: {One: {Type: T}}")
    with pytest.raises(ValueError, match=r"b.yaml: Resources One is in another file already"):
        merged(parts)


def test_functions_point_at_the_uploaded_bundle_and_nothing_else_changes() -> None:
    packaged = {"A": 1, "Resources": {"F": {"Properties": {"CodeUri": "./deployment.zip", "X": 1}}, "Q": {"Type": "T"}}}
    assert located(packaged, "s3://b/k") == {
        "A": 1,
        "Resources": {"F": {"Properties": {"CodeUri": "s3://b/k", "X": 1}}, "Q": {"Type": "T"}},
    }
    assert text({"b": [1, 2], "a": "x"}) == '{"a":"x","b":[1,2]}'


def test_what_keeps_data_is_named_in_full() -> None:
    known = {"Prefix": "meltemi-prod", "AWS::AccountId": "123"}
    found = named(WHOLE, known)["Resources"]
    assert found["RunsTable"]["Properties"]["TableName"] == "meltemi-prod-runs"
    assert found["BlobsBucket"]["Properties"]["BucketName"] == "meltemi-prod-blobs-123"
    assert found["EventsQueue"] == WHOLE["Resources"]["EventsQueue"]


@pytest.mark.parametrize(
    ("kind", "status", "fault"),
    [
        ("THROTTLED", "429", "Client"),
        ("REQUEST_TOO_LARGE", "413", "Client"),
        ("MISSING_AUTHENTICATION_TOKEN", "404", "Client"),
        ("INTEGRATION_TIMEOUT", "504", "Server"),
    ],
)
def test_what_the_gateway_answers_by_itself_has_the_form_of_all_errors(kind: str, status: str, fault: str) -> None:
    body = WHOLE["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    answer = body["x-amazon-apigateway-gateway-responses"][kind]
    told = json.loads(answer["responseTemplates"]["application/json"])
    assert (answer["statusCode"], told["faultcode"], told["debuginfo"]) == (status, fault, None)
    assert told["faultstring"]


def test_a_bundle_is_known_by_what_it_holds(tmp_path: Path) -> None:
    def bundle(name: str, year: int, content: str) -> str:
        with zipfile.ZipFile(tmp_path / name, "w") as files:
            files.writestr(zipfile.ZipInfo("app.py", (year, 1, 1, 0, 0, 0)), content)
        return fingerprint(tmp_path / name)

    assert bundle("old.zip", 2020, "pass") == bundle("new.zip", 2026, "pass") != bundle("other.zip", 2020, "pas")


@pytest.mark.parametrize("name", of("AWS::DynamoDB::Table"))
def test_a_table_costs_nothing_idle_can_be_restored_and_survives_its_stack(name: str) -> None:
    table = of("AWS::DynamoDB::Table")[name]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    properties = table["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["TableName"]["Fn::Sub"].startswith("${Prefix}-"), "only what has a name is taken over again"


@pytest.mark.parametrize("name", of("AWS::SQS::Queue"))
def test_a_queue_is_encrypted_and_gives_up_into_a_dead_letter_queue(name: str) -> None:
    properties = of("AWS::SQS::Queue")[name]["Properties"]
    assert properties["SqsManagedSseEnabled"] is True
    assert properties["QueueName"]["Fn::Sub"].startswith("${Prefix}-")
    if properties.get("FifoQueue"):
        assert properties["FifoThroughputLimit"] == "perMessageGroupId", "high throughput"
        assert properties["DeduplicationScope"] == "messageGroup"
    if name.endswith("DeadQueue"):
        assert properties["MessageRetentionPeriod"] == 14 * 86400
        assert "RedrivePolicy" not in properties
    else:
        dead = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert of("AWS::SQS::Queue")[dead]["Properties"].get("FifoQueue") == properties.get("FifoQueue")


@pytest.mark.parametrize("name", of("AWS::SQS::Queue"))
def test_queues_refuse_requests_without_tls(name: str) -> None:
    policies = [found["Properties"] for found in of("AWS::SQS::QueuePolicy").values()]
    (policy,) = [found for found in policies if {"Ref": name} in found["Queues"]]  # a second would replace it
    last = policy["PolicyDocument"]["Statement"][-1]
    statement = last["Fn::If"][1] if "Fn::If" in last else last
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_is_private_encrypted_kept_and_reached_over_tls_only() -> None:
    ((name, bucket),) = of("AWS::S3::Bucket").items()
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["Properties"]["BucketEncryption"]
    assert bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    (policy,) = of("AWS::S3::BucketPolicy").values()
    assert policy["Properties"]["Bucket"] == {"Ref": name}
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_every_message_that_fails_is_named_by_itself() -> None:
    """Without partial batch responses one message that fails brings all the others of its batch back."""
    for name, resource in WHOLE["Resources"].items():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
