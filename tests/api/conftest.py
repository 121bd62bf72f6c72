"""The REST API as a client sees it: real routes and the real store of definitions on moto; runs are faked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from chalice.test import Client, HTTPResponse
from moto import mock_aws

from chalicelib import wiring, wiring_definitions
from chalicelib.actions.library import Library
from chalicelib.actions.registry import STANDARD
from chalicelib.adapters.blobs import S3Blobs
from chalicelib.adapters.dynamo.access import Table
from chalicelib.adapters.dynamo.definitions import DynamoDefinitions
from chalicelib.adapters.dynamo.loose import DynamoLooseActions
from chalicelib.adapters.dynamo.maintenance import DynamoMaintenance
from chalicelib.entry.api import api as build
from chalicelib.ports import DefinitionChange, Runs
from chalicelib.service.code_sources import CodeSources
from chalicelib.service.cron_triggers import CronTriggers
from chalicelib.service.definitions import Definitions
from chalicelib.service.definitions_actions import ActionDefinitions
from chalicelib.service.dynamic_actions import DynamicActions
from chalicelib.service.environments import Environments
from chalicelib.service.event_triggers import EventTriggers
from chalicelib.service.identities import Identities
from chalicelib.service.loose import LooseActions
from chalicelib.service.maintenance import MaintenanceMode
from chalicelib.service.policy import Policy
from chalicelib.service.queries import Queries
from chalicelib.service.stored_actions import StoredActions
from chalicelib.service.trees import Trees
from chalicelib.service.workbooks import Workbooks
from chalicelib.settings import Settings
from local import resources
from tests.api.fakes import FakeExecutions, FakeRuns, PlainValues, QuietQueues, SetClock
from tests.api.loose_bench import LooseBench
from tests.contract.conftest import REGION, Backend, connected

app = build("test")

KINDS = (
    "workflow",
    "action",
    "workbook",
    "environment",
    "cron_trigger",
    "cron_twin",
    "event_trigger",
    "code_source",
    "dynamic_action",
)
"""What tests here may leave behind."""


@dataclass(frozen=True)
class Known:
    """The services that the API uses."""

    settings: Settings
    identities: Identities
    policy: Policy
    definitions: Definitions
    queries: Queries
    executions: FakeExecutions
    action_definitions: ActionDefinitions
    workbooks: Workbooks
    environments: Environments
    loose: LooseActions
    cron_triggers: CronTriggers
    event_triggers: EventTriggers
    code_sources: CodeSources
    dynamic_actions: DynamicActions
    trees: Trees
    maintenance: MaintenanceMode


@dataclass
class Api:
    """A client of the API and what is behind it."""

    client: Client
    clock: SetClock
    definitions: Definitions
    runs: FakeRuns
    executions: FakeExecutions
    loose: LooseBench

    def call(self, method: str, path: str, body: object = None, **headers: str) -> HTTPResponse:
        """Send text as text, anything else as JSON; header names have underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, str):
            data = body.encode()
            sent.setdefault("content-type", "text/plain")
        else:
            data = b"" if body is None else json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        return self.client.http.request(method, path, {"host": "api.example", **sent}, data)

    def ok(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """The decoded reply, which has to be a success."""
        reply = self.call(method, path, body, **headers)
        assert reply.status_code < 300, reply.body
        return reply.json_body

    def refused(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, str]:
        """Status and text of the reply, which has to be an error in the form of the API."""
        reply = self.call(method, path, body, **headers)
        fault = reply.json_body
        assert set(fault) == {"faultcode", "faultstring", "debuginfo"}, reply.body
        assert fault["faultcode"] == ("Client" if reply.status_code < 500 else "Server")
        return reply.status_code, fault["faultstring"]


@dataclass(frozen=True)
class Stores:
    """The real stores."""

    definitions: DynamoDefinitions
    loose: DynamoLooseActions
    maintenance: DynamoMaintenance


@pytest.fixture(scope="package")
def stores() -> Iterator[Stores]:
    """One store for all tests here: making clients takes longer than most of them."""
    with mock_aws(), connected(None) as clients:
        names = Backend(None, clients, resources.create(clients)).settings
        blobs = S3Blobs(clients.s3, names.blobs_bucket)
        table = Table(names.runs_table, REGION, None)
        definitions = DynamoDefinitions(names.definitions_table, REGION, None, blobs)
        yield Stores(definitions, DynamoLooseActions(table), DynamoMaintenance(table))


@pytest.fixture
def api(stores: Stores) -> Iterator[Api]:
    store, clock, runs = stores.definitions, SetClock(), FakeRuns()
    definitions = Definitions(store, clock)
    executions = FakeExecutions(runs)
    queries = Queries(cast(Runs, runs), definitions, PlainValues())
    actions = ActionDefinitions(store, clock, wiring_definitions.built_in())
    loose = LooseBench(stores.loose, clock, Library(StoredActions(actions, clock, STANDARD)))
    workbooks, environments = Workbooks(store, clock), Environments(store, clock)
    settings = Settings.from_env({"ALLOW_ACTION_EXECUTION_DELETION": "yes"})
    maintenance = MaintenanceMode(stores.maintenance, cast(Runs, runs), QuietQueues())
    known = Known(
        settings,
        Identities(None),
        Policy(),
        definitions,
        queries,
        executions,
        actions,
        workbooks,
        environments,
        loose.service,
        CronTriggers(store, definitions, clock),
        EventTriggers(store, definitions, clock),
        CodeSources(store, clock),
        DynamicActions(store, clock),
        Trees(queries, clock),
        maintenance,
    )
    wiring.use(cast(wiring.Services, known))
    with Client(app) as client:
        yield Api(client, clock, definitions, runs, executions, loose)
    loose.clear()
    maintenance.change("RUNNING")
    for kind in KINDS:
        for record in store.everywhere(kind):
            store.write([DefinitionChange(record, None)])
