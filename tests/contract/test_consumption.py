"""What calls to AWS cost is counted by watching the clients, against moto."""

from __future__ import annotations

from collections import Counter

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.adapters.observability.cloudwatch_emf import Consumption
from chalicelib.ports.observability import Metric
from local import resources
from tests.contract.conftest import connected


class Noted:
    """Metrics that can be looked at."""

    def __init__(self) -> None:
        self.counts: Counter[Metric] = Counter()

    def add(self, metric: Metric, value: float = 1) -> None:
        self.counts[metric] += value  # type: ignore[assignment]

    def flush(self, function: str) -> None:
        """Nobody asks for it."""


def test_units_requests_and_refusals_are_counted() -> None:
    noted = Noted()
    with mock_aws(), connected(None) as clients:
        made = resources.create(clients)
        for client in (clients.dynamodb, clients.sqs, clients.s3):
            Consumption(noted).watch(client.meta.events)
        table, item = made.names["RunsTable"], {"p": {"S": "p"}, "s": {"S": "s"}}
        clients.dynamodb.put_item(TableName=table, Item=item)
        clients.dynamodb.get_item(TableName=table, Key=item)
        guarded = {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(p)"}
        with pytest.raises(ClientError):
            clients.dynamodb.put_item(**guarded)  # type: ignore[arg-type]
        with pytest.raises(ClientError):
            clients.dynamodb.transact_write_items(TransactItems=[{"Put": guarded}])  # type: ignore[typeddict-item]
        clients.sqs.send_message(QueueUrl=made.queue_urls["ActionsQueue"], MessageBody="m")
        clients.s3.put_object(Bucket=made.names["BlobsBucket"], Key="k", Body=b"")
    assert noted.counts[Metric.WRITE_UNITS] >= 1
    assert noted.counts[Metric.READ_UNITS] >= 0.5
    assert noted.counts[Metric.REFUSED_WRITES] == 2
    assert noted.counts[Metric.QUEUE_REQUESTS] == 1
    assert noted.counts[Metric.BLOB_REQUESTS] == 1
