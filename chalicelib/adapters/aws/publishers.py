"""The publishers of notifications that are services of AWS: queues, topics and event buses, named by their ARNs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core.jsontext import JsonDict, dumps
from chalicelib.errors import InvalidRequest, Unavailable
from chalicelib.ports.messaging import Notice, Publisher

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sqs.client import SQSClient

SOURCE = "meltemi"
"""Who sends the events on a bus."""


class Announcer:
    """Publishes to `target`. FIFO queues and topics get the execution as group, and drop what they had."""

    def __init__(self, region: str, sqs: SQSClient, sns: SNSClient, events: EventBridgeClient) -> None:
        """`region`: that of the clients, in which targets have to be."""
        self._region = region
        self._sqs = sqs
        self._sns = sns
        self._events = events
        self._url = cache(self._find_url)

    @property
    def kinds(self) -> Mapping[str, Publisher]:
        """The ways to publish, by the `type` of a `notify` entry."""
        return {"sqs": self.to_queue, "sns": self.to_topic, "eventbridge": self.to_bus}

    def to_queue(self, listener: JsonDict, notice: Notice) -> None:
        """Send one message. Raises `InvalidRequest`, `Unavailable`."""
        arn = self._arn(listener, "sqs")
        with_order = _in_order(arn, notice)
        try:
            self._sqs.send_message(QueueUrl=self._url(arn), MessageBody=dumps(notice.payload), **with_order)
        except (ClientError, BotoCoreError) as error:
            raise _unavailable(arn, error) from error

    def to_topic(self, listener: JsonDict, notice: Notice) -> None:
        """Publish one message, whose attribute `event` subscriptions can filter. Raises as `to_queue`."""
        arn = self._arn(listener, "sns")
        event: Any = {"event": {"DataType": "String", "StringValue": notice.event}}
        try:
            self._sns.publish(
                TopicArn=arn, Message=dumps(notice.payload), MessageAttributes=event, **_in_order(arn, notice)
            )
        except (ClientError, BotoCoreError) as error:
            raise _unavailable(arn, error) from error

    def to_bus(self, listener: JsonDict, notice: Notice) -> None:
        """Put one event of the type that the change has. Raises as `to_queue`."""
        arn = self._arn(listener, "events")
        try:
            answer = self._events.put_events(
                Entries=[
                    {
                        "EventBusName": arn,
                        "Source": SOURCE,
                        "DetailType": notice.event,
                        "Detail": dumps(notice.payload),
                    }
                ]
            )
        except (ClientError, BotoCoreError) as error:
            raise _unavailable(arn, error) from error
        if answer["FailedEntryCount"]:
            raise Unavailable(f"{arn} took no event: {answer['Entries'][0].get('ErrorCode')}")

    def _arn(self, listener: JsonDict, service: str) -> str:
        """The target of a listener, if it is one of this service and region."""
        arn = str(listener.get("target"))
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or parts[2] != service:
            raise InvalidRequest(f"target must be an ARN of {service}, not {arn[:200]!r}")
        if parts[3] != self._region:
            raise InvalidRequest(f"target must be in {self._region}, not in {parts[3]!r}")
        return arn

    def _find_url(self, arn: str) -> str:
        _, _, _, _, account, name = arn.split(":", 5)
        return self._sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]


def _in_order(arn: str, notice: Notice) -> Any:
    if not arn.endswith(".fifo"):
        return {}
    return {"MessageGroupId": notice.execution_id, "MessageDeduplicationId": notice.key}


def _unavailable(arn: str, error: ClientError | BotoCoreError) -> Unavailable:
    code = error.response["Error"].get("Code") if isinstance(error, ClientError) else type(error).__name__
    return Unavailable(f"{arn} took nothing: {code}")
