from __future__ import annotations

from typing import Any

import pytest

from local.records import failed_positions, lambda_event, overtaking_positions

RECORDS = [
    {"messageId": "a", "attributes": {"MessageGroupId": "one"}},
    {"messageId": "b", "attributes": {"MessageGroupId": "two"}},
    {"messageId": "c", "attributes": {"MessageGroupId": "one"}},
]


def failures(*identifiers: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, set()),
        ({}, set()),
        (failures(), set()),
        ({"batchItemFailures": None}, set()),
        (failures("b"), {1}),
        (failures("a", "c"), {0, 2}),
        (failures("nobody"), {0, 1, 2}),  # an answer that makes no sense fails the batch
        (failures(""), {0, 1, 2}),
        ({"batchItemFailures": ["a"]}, {0, 1, 2}),
    ],
)
def test_answer_names_the_records_that_failed(answer: object, expected: set[int]) -> None:
    assert failed_positions(answer, RECORDS) == expected


@pytest.mark.parametrize(
    ("failed", "expected"),
    [(set(), set()), ({0}, {2}), ({1}, set()), ({2}, set()), ({0, 2}, set())],
)
def test_later_records_of_a_failed_group_would_overtake_it(failed: set[int], expected: set[int]) -> None:
    assert overtaking_positions(failed, RECORDS) == expected


def test_records_of_a_standard_queue_have_no_order_to_keep() -> None:
    records = [{"messageId": "a", "attributes": {}}, {"messageId": "b", "attributes": {}}]
    assert overtaking_positions({0}, records) == set()


def test_record_has_what_lambda_gives() -> None:
    message: Any = {
        "MessageId": "m",
        "ReceiptHandle": "r",
        "Body": "{}",
        "MD5OfBody": "md5",
        "Attributes": {"ApproximateReceiveCount": "1"},
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}},
    }
    assert lambda_event([message], "arn:aws:sqs:eu-west-1:1:q") == {
        "Records": [
            {
                "messageId": "m",
                "receiptHandle": "r",
                "body": "{}",
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {
                    "kind": {
                        "dataType": "String",
                        "stringValue": "x",
                        "stringListValues": [],
                        "binaryListValues": [],
                    }
                },
                "md5OfBody": "md5",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:1:q",
                "awsRegion": "eu-west-1",
            }
        ]
    }
