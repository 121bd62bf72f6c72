"""DynamoMaintenance against moto and ministack."""

from __future__ import annotations

import pytest

from chalicelib.adapters.dynamo.runs.housekeeping import DynamoMaintenance
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.errors import LostRace
from chalicelib.ports.housekeeping import PAUSING, Maintenance
from tests.contract.conftest import REGION, Backend


def test_the_state_is_kept_and_guarded(backend: Backend) -> None:
    kept = store(backend)
    assert kept.read() == Maintenance()
    written = kept.write(Maintenance(PAUSING, 0, {"0": "x"}, quiet=False))
    assert kept.read() == written == Maintenance(PAUSING, 1, {"0": "x"}, quiet=False)
    with pytest.raises(LostRace):
        kept.write(Maintenance())
    assert kept.write(Maintenance(version=1)).version == 2


def test_executions_are_noted_until_they_are_forgotten(backend: Backend) -> None:
    kept = store(backend)
    kept.note(["a", "b", "c"])
    kept.note(["b"])
    assert kept.noted(2) == ["a", "b"]
    kept.forget(["a", "b"])
    assert kept.noted(100) == ["c"]
    assert kept.read() == Maintenance()


def store(backend: Backend) -> DynamoMaintenance:
    settings = backend.settings
    return DynamoMaintenance(Table(settings.runs_table, REGION, settings.endpoint_url))
