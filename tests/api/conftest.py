"""The REST API as a client sees it: real routes and the real store of definitions on moto; runs are faked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import pytest
from chalice.test import Client
from moto import mock_aws

from chalicelib.actions.library import Library
from chalicelib.actions.registry import Registry
from chalicelib.adapters.aws.s3 import S3Blobs
from chalicelib.adapters.dynamo.definitions.shares import DynamoShares
from chalicelib.adapters.dynamo.definitions.store import DynamoDefinitions
from chalicelib.adapters.dynamo.runs.housekeeping import DynamoMaintenance
from chalicelib.adapters.dynamo.runs.signals import DynamoSignals
from chalicelib.adapters.dynamo.runs.standalone_actions import DynamoLooseActions
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.bootstrap import container
from chalicelib.bootstrap import definitions as wiring_definitions
from chalicelib.entry.api import api as build
from chalicelib.ports.runs import Runs
from chalicelib.service.access.api_tokens import random_token
from chalicelib.service.access.authentication import Identities
from chalicelib.service.access.authorization import Policy
from chalicelib.service.actions.standalone import LooseActions
from chalicelib.service.definitions.action_lookup import StoredActions
from chalicelib.service.definitions.actions import ActionDefinitions
from chalicelib.service.definitions.code_sources import CodeSources, DynamicActions
from chalicelib.service.definitions.environments import Environments
from chalicelib.service.definitions.sharing import Sharing
from chalicelib.service.definitions.workbooks import Workbooks
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.bulk import Bulk
from chalicelib.service.executions.commands import Executions
from chalicelib.service.executions.queries import Queries
from chalicelib.service.executions.trees import Trees
from chalicelib.service.runs.action_status import Standings
from chalicelib.service.runs.maintenance import MaintenanceMode
from chalicelib.service.signals import SignalLinks, Signals
from chalicelib.service.triggers.cron.dispatch import CronQueue
from chalicelib.service.triggers.cron.firing import CronRuns
from chalicelib.service.triggers.cron.triggers import CronTriggers
from chalicelib.service.triggers.events.triggers import EventTriggers
from chalicelib.settings.service import Settings
from local import resources
from local.clients import Clients
from tests.api.client import Api
from tests.api.fakes import FakeExecutions, FakeRuns, KnownBuses, PlainValues, QuietQueues, RefusedReports, SetClock
from tests.api.loose_bench import LooseBench
from tests.api.tenants import Badges, Tenants
from tests.contract.conftest import REGION, Backend, connected

app = build("test")


@dataclass(frozen=True)
class Known:
    """The services that the API uses."""

    settings: Settings
    identities: Identities
    policy: Policy
    definitions: Definitions
    sharing: Sharing
    queries: Queries
    executions: FakeExecutions
    action_definitions: ActionDefinitions
    workbooks: Workbooks
    environments: Environments
    loose: LooseActions
    cron_triggers: CronTriggers
    cron_runs: CronRuns
    event_triggers: EventTriggers
    signals: Signals
    signal_links: SignalLinks
    code_sources: CodeSources
    dynamic_actions: DynamicActions
    trees: Trees
    maintenance: MaintenanceMode
    bulk: Bulk
    workers: RefusedReports


@dataclass(frozen=True)
class Stores:
    """The real stores."""

    definitions: DynamoDefinitions
    loose: DynamoLooseActions
    maintenance: DynamoMaintenance
    shares: DynamoShares
    signals: DynamoSignals
    empty: Callable[[], None]
    """Delete all rows of definitions: moto copies the whole table for each transaction."""


@pytest.fixture(scope="package")
def stores() -> Iterator[Stores]:
    """One store for all tests here: making clients takes longer than most of them."""
    with mock_aws(), connected(None) as clients:
        names = Backend(None, clients, resources.create(clients)).settings
        blobs = S3Blobs(clients.s3, names.blobs_bucket)
        table = Table(names.runs_table, REGION, None)
        yield Stores(
            DynamoDefinitions(names.definitions_table, REGION, None, blobs),
            DynamoLooseActions(table),
            DynamoMaintenance(table),
            DynamoShares(names.definitions_table, REGION, None),
            DynamoSignals(table),
            lambda: _empty(clients, names.definitions_table),
        )


def _empty(clients: Clients, table: str) -> None:
    keys = clients.dynamodb.scan(TableName=table, ProjectionExpression="p, s")["Items"]
    for key in keys:
        clients.dynamodb.delete_item(TableName=table, Key=key)


@pytest.fixture
def api(stores: Stores) -> Iterator[Api]:
    """The API where nobody is checked."""
    with serving(stores, Identities(None)) as running:
        yield running


@pytest.fixture
def tenants(stores: Stores) -> Iterator[Tenants]:
    """The API where callers are known by badges."""
    with serving(stores, Identities(Badges())) as running:
        yield Tenants(running)


@contextmanager
def serving(stores: Stores, identities: Identities) -> Iterator[Api]:
    """The API over these stores, which are empty again at the end."""
    store, clock, runs = stores.definitions, SetClock(), FakeRuns()
    actions = ActionDefinitions(store, clock, wiring_definitions.BuiltInEntries(Registry()))
    loose = LooseBench(stores.loose, clock, Library(StoredActions(actions, clock, Registry().knows)))
    definitions = Definitions(store, clock, shares=stores.shares)
    executions = FakeExecutions(runs)
    queries = Queries(cast(Runs, runs), definitions, PlainValues())
    maintenance = MaintenanceMode(stores.maintenance, cast(Runs, runs), QuietQueues())
    cron_queue = CronQueue(QuietQueues(), clock, timedelta(minutes=1))
    cron_triggers = CronTriggers(store, definitions, cron_queue, clock)
    standing = Standings(cast(Runs, runs), stores.loose).of
    signals = Signals(stores.signals, cast(Runs, runs), standing, executions, clock)
    known = Known(
        settings=Settings.from_env({"ALLOW_ACTION_EXECUTION_DELETION": "yes", "CORS_ORIGINS": "https://app.example"}),
        identities=identities,
        policy=Policy(),
        definitions=definitions,
        sharing=Sharing(stores.shares, definitions, clock),
        queries=queries,
        executions=executions,
        action_definitions=actions,
        workbooks=Workbooks(store, clock),
        environments=Environments(store, clock),
        loose=loose.service,
        cron_triggers=cron_triggers,
        cron_runs=CronRuns(cron_triggers, executions, clock),
        event_triggers=EventTriggers(store, definitions, clock, buses=KnownBuses()),
        signals=signals,
        signal_links=SignalLinks(stores.signals, signals, clock, random_token, "https://api.example"),
        code_sources=CodeSources(store, clock),
        dynamic_actions=DynamicActions(store, clock),
        trees=Trees(queries, clock),
        maintenance=maintenance,
        bulk=Bulk(queries, cast(Executions, executions)),
        workers=RefusedReports(),
    )
    container.use(cast(container.Services, known))
    with Client(app) as client:
        yield Api(client, clock, definitions, runs, executions, loose)
    loose.clear()
    maintenance.change("RUNNING")
    stores.empty()
