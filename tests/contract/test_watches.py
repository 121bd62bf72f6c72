"""DynamoWatches against moto and ministack: a row that goes with what it belongs to."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from chalicelib.adapters.dynamo.runs.standalone_actions import DynamoLooseActions
from chalicelib.adapters.dynamo.runs.store import DynamoRuns
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.adapters.dynamo.runs.worker_leases import DynamoWatches
from chalicelib.core import ids
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.errors import LostRace
from chalicelib.ports.workers import Watch
from tests.contract.conftest import REGION, Backend

NOW = datetime(2026, 11, 23, 4, 7, 16, 123456, tzinfo=UTC)
PART = ids.partition("an execution")
OF_TASK = ids.action_id(PART, ActionKey(TaskKey(1, 2), 3))
ALONE = "0c0b0f1e-1111-4222-8333-444455556666"


@pytest.mark.parametrize("action_id", [OF_TASK, ALONE])
def test_what_is_known_of_a_worker(backend: Backend, action_id: str) -> None:
    table = Table(backend.settings.runs_table, REGION, backend.settings.endpoint_url)
    kept = DynamoWatches(table)
    assert kept.find(action_id) is None
    watch = Watch(action_id=action_id, attempt="a", heard_at=NOW)
    assert kept.begin(watch)
    assert not kept.begin(dataclasses.replace(watch, attempt="b"))
    assert kept.find(action_id) == watch
    after = kept.change(dataclasses.replace(watch, percent=12.5, note="é", lost=2))
    assert kept.find(action_id) == after
    with pytest.raises(LostRace):
        kept.change(watch)
    DynamoRuns(table).delete(PART)
    DynamoLooseActions(table).delete(ALONE)
    assert kept.find(action_id) is None
