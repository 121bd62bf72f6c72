"""The boto3 clients of the local runner and the tests: created once, shared by all threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient

CONNECTIONS = 64
"""More than all pollers together, as each holds a connection while it waits."""


@dataclass(frozen=True, slots=True)
class Clients:
    """One client for each service the resources live in."""

    dynamodb: DynamoDBClient
    sqs: SQSClient
    s3: S3Client
    events: EventBridgeClient


def connect(endpoint_url: str | None, region: str = "us-east-1") -> Clients:
    """Clients of the endpoint, or of AWS itself when it is None. Credentials come from the environment."""
    config = Config(
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "max_attempts": 3},
        s3={"addressing_style": "path"},
    )
    session = boto3.session.Session(region_name=region)
    return Clients(
        dynamodb=session.client("dynamodb", endpoint_url=endpoint_url, config=config),
        sqs=session.client("sqs", endpoint_url=endpoint_url, config=config),
        s3=session.client("s3", endpoint_url=endpoint_url, config=config),
        events=session.client("events", endpoint_url=endpoint_url, config=config),
    )
