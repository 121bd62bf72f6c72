"""The part of `wiring` that builds the adapters: everything outside of this process that services use."""

from __future__ import annotations

from functools import partial

from botocore.config import Config

from chalicelib.adapters.announcing import Announcer
from chalicelib.adapters.blobs import S3Blobs
from chalicelib.adapters.buses import EventBuses
from chalicelib.adapters.clients import Clients
from chalicelib.adapters.clock import SystemClock
from chalicelib.adapters.consumption import Consumption
from chalicelib.adapters.dynamo.access import Table
from chalicelib.adapters.dynamo.definitions import DynamoDefinitions
from chalicelib.adapters.dynamo.late import DynamoLateMessages
from chalicelib.adapters.dynamo.loose import DynamoLooseActions
from chalicelib.adapters.dynamo.maintenance import DynamoMaintenance
from chalicelib.adapters.dynamo.passes import DynamoPasses
from chalicelib.adapters.dynamo.runs import DynamoRuns
from chalicelib.adapters.dynamo.shares import DynamoShares
from chalicelib.adapters.dynamo.signals import DynamoSignals
from chalicelib.adapters.dynamo.tokens import DynamoTokens
from chalicelib.adapters.dynamo.watches import DynamoWatches
from chalicelib.adapters.emf import EmbeddedMetrics
from chalicelib.adapters.queues import SqsQueues
from chalicelib.adapters.xray import XRaySegments
from chalicelib.ports_metrics import UNHEARD, Metrics
from chalicelib.ports_traces import UNSEEN
from chalicelib.settings import Settings
from chalicelib.settings_watching import Watching
from chalicelib.wiring_definitions import Ports

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
