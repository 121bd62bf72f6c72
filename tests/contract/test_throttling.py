"""What stores and queues say when AWS throttles for longer than they try: that they are unavailable, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.adapters.aws.s3 import S3Blobs
from chalicelib.adapters.aws.sqs import SqsQueues
from chalicelib.adapters.dynamo.definitions.store import DynamoDefinitions
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.adapters.dynamo.transactions import connection
from chalicelib.errors import Unavailable
from chalicelib.messaging.bodies import Continue
from chalicelib.ports.definitions import DefinitionChange, DefinitionRecord, DefinitionText
from chalicelib.ports.messaging import Message
from tests.contract.conftest import REGION, Backend

RECORD = DefinitionRecord(
    kind="workflow",
    id="i",
    project_id="p",
    namespace="",
    name="w",
    scope="public",
    version=1,
    ref="i/r",
    created_at=datetime(2026, 11, 23, tzinfo=UTC),
)


@contextmanager
def throttling(client: Any) -> Iterator[None]:
    """Every call through `client` ends as botocore ends it after its last try."""
    error = {"Code": "ProvisionedThroughputExceededException", "Message": "too much"}
    ended = SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}}

    def refuse(**_: object) -> object:
        return ended

    client.meta.events.register_first("before-call", refuse)
    try:
        yield
    finally:
        client.meta.events.unregister("before-call", refuse)


TABLE_CALLS: dict[str, Callable[[Table], object]] = {
    "get": lambda table: table.get("p", "s"),
    "query": lambda table: table.query("p"),
    "index": lambda table: table.index(table.row.by_project, "p", None, 1),
    "batch": lambda table: table.batch([("p", "s")]),
    "save": lambda table: table.save(table.row("p", "s")),
    "set": lambda table: table.set(table.row("p", "s"), table.row.v.set(1), None),
    "save_all": lambda table: table.save_all(table.row("p", "s"), table.row.p.does_not_exist(), []),
    "delete_all": lambda table: table.delete_all([table.row("p", "s")]),
}


@pytest.mark.parametrize("call", TABLE_CALLS.values(), ids=TABLE_CALLS)
def test_rows(moto_backend: Backend, call: Callable[[Table], object]) -> None:
    table = Table(moto_backend.settings.runs_table, REGION, None)
    with throttling(table.client), pytest.raises(Unavailable):
        call(table)


STORE_CALLS: dict[str, Callable[[DynamoDefinitions], object]] = {
    "save_text": lambda store: store.save_text("i", DefinitionText("text", {})),
    "text": lambda store: store.text("i/r"),
    "texts": lambda store: store.texts(["i/r"]),
    "by_id": lambda store: store.by_id("workflow", "i"),
    "by_ids": lambda store: store.by_ids("workflow", ["i"]),
    "by_name": lambda store: store.by_name("workflow", "p", "", "w"),
    "public": lambda store: store.public("workflow"),
    "owned": lambda store: store.owned("workflow", "p"),
    "everywhere": lambda store: store.everywhere("workflow"),
    "using": lambda store: store.using("cron_trigger", "i"),
    "write": lambda store: store.write([DefinitionChange(None, RECORD)]),
}


@pytest.mark.parametrize("call", STORE_CALLS.values(), ids=STORE_CALLS)
def test_definitions(moto_backend: Backend, call: Callable[[DynamoDefinitions], object]) -> None:
    settings = moto_backend.settings
    blobs = S3Blobs(moto_backend.clients.s3, settings.blobs_bucket)
    store = DynamoDefinitions(settings.definitions_table, REGION, None, blobs)
    with throttling(connection(store._items).client), pytest.raises(Unavailable):
        call(store)


def test_queues_and_blobs(moto_backend: Backend) -> None:
    names, clients = moto_backend.settings, moto_backend.clients
    wanted = (names.events_queue, names.actions_queue, names.timers_queue, names.notifications_queue)
    queues = SqsQueues(clients.sqs, *wanted, pause=lambda _: None)
    message = Message("g", "d", Continue(execution="e"))
    for send in (queues.send_events, queues.send_actions, queues.send_timers, queues.send_notices):
        with throttling(clients.sqs), pytest.raises(Unavailable):
            send([message])
    blobs = S3Blobs(clients.s3, names.blobs_bucket)
    with throttling(clients.s3), pytest.raises(Unavailable):
        blobs.put("d", b"x")
    with throttling(clients.s3), pytest.raises(Unavailable):
        blobs.get("d")
