"""Finds the queue of a worker before anything is announced or run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from meltemi_worker.loading import NotStarted

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


@dataclass(frozen=True)
class Queue:
    """A queue that is there, and a client for it."""

    sqs: SQSClient
    url: str


def open_queue(name: str, connections: int) -> Queue:
    """The queue of this name or URL; a URL is taken as it is. Raises `NotStarted` if a name cannot be looked up."""
    try:
        sqs = boto3.client("sqs", config=Config(max_pool_connections=connections))
        return Queue(sqs, name if "://" in name else sqs.get_queue_url(QueueName=name)["QueueUrl"])
    except NoRegionError:
        raise NotStarted("No AWS region is set; set AWS_DEFAULT_REGION, for instance to eu-central-1") from None
    except NoCredentialsError:
        cure = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise NotStarted(f"There are no AWS credentials; {cure}") from None
    except ClientError as error:
        found = error.response["Error"]
        raise NotStarted(f"The queue {name} cannot be used: {found.get('Code')}: {found.get('Message')}") from None
    except BotoCoreError as error:
        raise NotStarted(f"The queue {name} cannot be used: {error}") from None
