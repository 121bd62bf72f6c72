"""The part of `wiring` that builds the adapters: everything outside of this process that services use."""

from __future__ import annotations

from functools import partial

from botocore.config import Config

from chalicelib.adapters.aws.lazy_clients import Clients
from chalicelib.adapters.aws.publishers import Announcer
from chalicelib.adapters.aws.s3 import S3Blobs
from chalicelib.adapters.aws.sqs import SqsQueues
from chalicelib.adapters.buses import EventBuses
from chalicelib.adapters.clock import SystemClock
from chalicelib.adapters.dynamo.definitions.api_tokens import DynamoTokens
from chalicelib.adapters.dynamo.definitions.shares import DynamoShares
from chalicelib.adapters.dynamo.definitions.store import DynamoDefinitions
from chalicelib.adapters.dynamo.runs.housekeeping import DynamoMaintenance, DynamoPasses
from chalicelib.adapters.dynamo.runs.scheduled_messages import DynamoLateMessages
from chalicelib.adapters.dynamo.runs.signals import DynamoSignals
from chalicelib.adapters.dynamo.runs.standalone_actions import DynamoLooseActions
from chalicelib.adapters.dynamo.runs.store import DynamoRuns
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.adapters.dynamo.runs.worker_leases import DynamoWatches
from chalicelib.adapters.observability.cloudwatch_emf import Consumption, EmbeddedMetrics
from chalicelib.adapters.observability.xray import XRaySegments
from chalicelib.bootstrap.definitions import Ports
from chalicelib.ports.observability import UNHEARD, UNSEEN, Metrics
from chalicelib.settings.sections import Watching
from chalicelib.settings.service import Settings

LOOK = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1})
"""For what a request asks that can do without an answer."""
CONNECTIONS = 64
"""Sockets a client keeps open: enough for all threads of a local run."""


def connect(settings: Settings) -> Ports:
    """The adapters that `settings` describe."""
    watching = settings.watching
    metrics = _metrics(watching)
    endpoint = settings.endpoint_url
    config = Config(max_pool_connections=CONNECTIONS)
    client = partial(Clients(settings.region).client, endpoint_url=endpoint, config=config)
    table = Table(settings.runs_table, settings.region, endpoint)
    if settings.deployed:
        _ = table.client  # every function needs it, and has a whole processor only while it is loaded
    blobs, sqs = S3Blobs(client("s3"), settings.blobs_bucket), client("sqs")
    queues = SqsQueues(
        sqs,
        settings.events_queue,
        settings.actions_queue,
        settings.timers_queue,
        settings.notifications_queue,
        settings.incoming_queue,
    )
    return Ports(
        runs=DynamoRuns(table),
        late=DynamoLateMessages(table),
        blobs=blobs,
        queues=queues,
        notices=queues,
        publishers=Announcer(settings.region, sqs, client("sns"), client("events")).kinds,
        incoming=queues,
        buses=EventBuses(client("events", config=LOOK)),
        definitions=DynamoDefinitions(settings.definitions_table, settings.region, endpoint, blobs),
        loose=DynamoLooseActions(table),
        maintenance=DynamoMaintenance(table),
        signals=DynamoSignals(table),
        passes=DynamoPasses(table),
        tokens=DynamoTokens(settings.definitions_table, settings.region, endpoint),
        shares=DynamoShares(settings.definitions_table, settings.region, endpoint),
        worker_queues=queues,
        watches=DynamoWatches(table),
        links=blobs,
        clock=SystemClock(),
        metrics=metrics,
        traces=XRaySegments(watching.stack, watching.trace_daemon) if watching.trace_sample else UNSEEN,
    )


def _metrics(watching: Watching) -> Metrics:
    if not watching.metrics:
        return UNHEARD
    metrics = EmbeddedMetrics(watching.stack, SystemClock(), lambda line: print(line, flush=True))
    Consumption(metrics).watch_all()
    return metrics
