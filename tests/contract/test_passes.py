"""DynamoPasses against moto and ministack."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.adapters.dynamo.runs.housekeeping import DynamoPasses
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.ports.housekeeping import Pass
from tests.contract.conftest import REGION, Backend

BEGAN = datetime(2026, 11, 24, 4, 7, 16, 500_000, tzinfo=UTC)


def test_the_latest_pass_is_kept(backend: Backend) -> None:
    settings = backend.settings
    kept = DynamoPasses(Table(settings.runs_table, REGION, settings.endpoint_url))
    assert kept.read() is None
    for latest in (Pass(BEGAN, "red", (BEGAN, "an-id"), 7), Pass(BEGAN, "red"), Pass(BEGAN)):
        kept.write(latest)
        assert kept.read() == latest
