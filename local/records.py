"""SQS messages as the records of a Lambda event, and a function's answer as the messages it failed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef as SqsMessage

Record = dict[str, Any]


def lambda_event(messages: Sequence[SqsMessage], queue_arn: str) -> dict[str, list[Record]]:
    """The event a function gets for one batch of `messages` read from a queue."""
    return {"Records": [_record(message, queue_arn) for message in messages]}


def failed_positions(answer: object, records: Sequence[Record]) -> set[int]:
    """Which of `records` (by position) have to come again, by the rules of ReportBatchItemFailures.

    No answer, or an empty list, means that all went well; an answer that makes no sense fails the whole batch.
    """
    if not isinstance(answer, Mapping) or not answer.get("batchItemFailures"):
        return set()
    positions = {record["messageId"]: position for position, record in enumerate(records)}
    failed = set()
    for item in answer["batchItemFailures"]:
        identifier = item.get("itemIdentifier") if isinstance(item, Mapping) else None
        if identifier not in positions:
            return set(range(len(records)))
        failed.add(positions[identifier])
    return failed


def overtaking_positions(failed: set[int], records: Sequence[Record]) -> set[int]:
    """Records behind a failed one of their group that are not reported as failed: they would overtake it."""
    blocked: set[str] = set()
    overtaking = set()
    for position, record in enumerate(records):
        group = record["attributes"].get("MessageGroupId")
        if group and position in failed:
            blocked.add(group)
        elif group in blocked:
            overtaking.add(position)
    return overtaking


def _record(message: SqsMessage, queue_arn: str) -> Record:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _message_attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def _message_attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    converted: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        converted["stringValue"] = value["StringValue"]
    return converted
