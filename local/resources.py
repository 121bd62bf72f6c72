"""Creates the tables, queues, rules and the bucket of `infra/resources.yaml` through boto3, against any endpoint.

The template stays the one source: nothing about a resource is said twice. Only the few CloudFormation words that
the template uses are understood (`Ref` and `Fn::Sub` of parameters, `Fn::GetAtt` of a queue's Arn). What exists
already is kept as it is. What guards a deployment on AWS (policies, backups, protection) is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml
from botocore.exceptions import ClientError

from local.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

    Attributes = dict[QueueAttributeNameType, str]

TEMPLATE = Path(__file__).parent.parent / "infra" / "resources.yaml"
LOCAL_ACCOUNT = "local"

ENVIRONMENT = {
    "RUNS_TABLE": "RunsTable",
    "DEFINITIONS_TABLE": "DefinitionsTable",
    "EVENTS_QUEUE": "EventsQueue",
    "ACTIONS_QUEUE": "ActionsQueue",
    "TIMERS_QUEUE": "TimersQueue",
    "NOTIFICATIONS_QUEUE": "NotificationsQueue",
    "INCOMING_QUEUE": "IncomingQueue",
    "RESULTS_QUEUE": "ResultsQueue",
    "BLOBS_BUCKET": "BlobsBucket",
}
"""Which setting names which resource of the template."""

_EXISTS = frozenset(
    {"ResourceInUseException", "BucketAlreadyOwnedByYou", "BucketAlreadyExists", "QueueAlreadyExists"}
    | {"ResourceAlreadyExistsException", "QueueNameExists", "AWS.SimpleQueueService.QueueNameExists"}
)

_ONLY_ON_AWS = frozenset(
    {"DeletionProtectionEnabled", "PointInTimeRecoverySpecification", "SSESpecification", "TimeToLiveSpecification"}
)

Properties = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resources:
    """What was created: logical ids to physical names, and for queues to URLs and ARNs."""

    names: Mapping[str, str]
    queue_urls: Mapping[str, str]
    queue_arns: Mapping[str, str]

    def environment(self) -> dict[str, str]:
        """The environment variables by which `chalicelib.settings.service` finds these resources."""
        return {variable: self.names[logical] for variable, logical in ENVIRONMENT.items()}


def create(clients: Clients, prefix: str = "meltemi", template: Path = TEMPLATE) -> Resources:
    """Create what does not exist yet, in the order of the template; safe to call at any time, by several at once."""
    text = yaml.safe_load(template.read_text())
    sources = text["Parameters"]["DefaultBusSources"]["Default"].split(",")
    maker = _Maker(clients, {"Prefix": prefix, "AWS::AccountId": LOCAL_ACCOUNT, "DefaultBusSources": sources})
    for logical, resource in text["Resources"].items():
        maker.make(logical, resource["Type"], resource["Properties"])
    return Resources(maker.names, maker.urls, maker.arns)


class _Maker:
    """Creates resources one by one and remembers what later ones may refer to."""

    def __init__(self, clients: Clients, parameters: Mapping[str, Any]) -> None:
        self._clients = clients
        self._parameters = parameters
        self.names: dict[str, str] = {}
        self.urls: dict[str, str] = {}
        self.arns: dict[str, str] = {}

    def make(self, logical: str, kind: str, properties: Properties) -> None:
        """Create one resource of the template unless it exists, or is of a kind that a local run does without."""
        makers = {
            "AWS::DynamoDB::Table": self._make_table,
            "AWS::SQS::Queue": self._make_queue,
            "AWS::S3::Bucket": self._make_bucket,
            "AWS::Events::EventBus": self._make_bus,
            "AWS::Events::Rule": self._make_rule,
        }
        if kind in makers:
            makers[kind](logical, self._resolve(properties))

    def _resolve(self, value: Any) -> Any:
        match value:
            case {"Ref": str(name)}:
                return self.names[name] if name in self.names else self._parameters[name]
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^}]+)\}", lambda found: self._parameters[found[1]], text)
            case {"Fn::GetAtt": [str(logical), "Arn"]}:
                return self.arns[logical]
            case dict():
                return {key: self._resolve(item) for key, item in value.items()}
            case list():
                return [self._resolve(item) for item in value]
        return value

    def _make_table(self, logical: str, properties: Properties) -> None:
        self.names[logical] = name = properties["TableName"]
        try:
            self._clients.dynamodb.create_table(**{k: v for k, v in properties.items() if k not in _ONLY_ON_AWS})
        except ClientError as error:
            _forgive_existing(error)
        waiter = self._clients.dynamodb.get_waiter("table_exists")
        waiter.wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    def _make_queue(self, logical: str, properties: Properties) -> None:
        name: str = properties.pop("QueueName")
        attributes = cast("Attributes", {key: _attribute(value) for key, value in properties.items()})
        sqs = self._clients.sqs
        try:
            url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        except ClientError as error:
            _forgive_existing(error)
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        self.names[logical] = name
        self.urls[logical] = url
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        self.arns[logical] = answer["Attributes"]["QueueArn"]

    def _make_bucket(self, logical: str, properties: Properties) -> None:
        self.names[logical] = name = properties["BucketName"]
        try:
            self._clients.s3.create_bucket(Bucket=name)
        except ClientError as error:
            _forgive_existing(error)
        rules = [_lifecycle_rule(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
        self._clients.s3.put_bucket_lifecycle_configuration(
            Bucket=name,
            LifecycleConfiguration={"Rules": rules},  # type: ignore[typeddict-item]
        )

    def _make_bus(self, logical: str, properties: Properties) -> None:
        self.names[logical] = properties["Name"]
        try:
            self._clients.events.create_event_bus(**properties)
        except ClientError as error:
            _forgive_existing(error)

    def _make_rule(self, logical: str, properties: Properties) -> None:
        self.names[logical] = name = properties["Name"]
        bus, pattern = properties["EventBusName"], json.dumps(properties["EventPattern"])
        self._clients.events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
        self._clients.events.put_targets(Rule=name, EventBusName=bus, Targets=properties["Targets"])


def _forgive_existing(error: ClientError) -> None:
    if error.response["Error"]["Code"] not in _EXISTS:
        raise error


def _attribute(value: object) -> str:
    """A queue property as SQS wants it in an API call: always text."""
    if isinstance(value, str):
        return value
    return json.dumps(value)


def _lifecycle_rule(rule: Properties) -> Properties:
    """CloudFormation calls the rule's name Id, the API ID, and the API insists on a filter."""
    return {"Filter": {"Prefix": ""}, **{"ID" if key == "Id" else key: item for key, item in rule.items()}}
