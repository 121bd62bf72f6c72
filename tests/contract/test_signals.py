"""DynamoSignals against moto and ministack."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.adapters.dynamo.runs.signals import DynamoSignals
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.ports.signals import SignalLink, Waiting
from tests.contract.conftest import REGION, Backend

NOW = datetime(2026, 11, 23, 4, 7, 16, 123456, tzinfo=UTC)
ONE, OTHER = Waiting("e1", "a1", NOW), Waiting("e2", "a2", NOW + timedelta(seconds=1))
LINK = SignalLink(digest="d", project_id="p", key="k", text="Buy it?", expires_at=NOW + timedelta(days=1))


def store(backend: Backend) -> DynamoSignals:
    return DynamoSignals(Table(backend.settings.runs_table, REGION, backend.settings.endpoint_url))


def test_who_waits_is_found_by_project_and_key(backend: Backend) -> None:
    kept = store(backend)
    for waiting in (ONE, OTHER, replace(ONE, since=OTHER.since)):
        kept.add("p", "k", waiting)
    kept.add("p#k", "", OTHER)
    assert kept.waiting("p", "k", 10) == [ONE, OTHER]
    assert kept.waiting("p", "k", 1) == [ONE]
    assert kept.waiting("p", "other", 10) == kept.waiting("q", "k", 10) == []
    kept.remove("p", "k", [ONE])
    kept.remove("p", "k", [ONE])
    assert kept.waiting("p", "k", 10) == [OTHER]


def test_the_first_answer_of_a_link_stays(backend: Backend) -> None:
    kept = store(backend)
    assert kept.find("d") is None
    kept.keep(LINK)
    assert kept.find("d") == LINK
    first, second = (replace(LINK, used_at=NOW, answer={"approved": said}) for said in (True, False))
    assert kept.use(first) == kept.use(second) == kept.find("d") == first


def test_rows_say_when_they_may_go(backend: Backend) -> None:
    kept = store(backend)
    kept.add("p", "k", ONE)
    kept.keep(LINK)
    rows = backend.clients.dynamodb.scan(TableName=backend.settings.runs_table)["Items"]
    expiries = sorted(int(row["x"]["N"]) for row in rows)
    assert expiries == [int((NOW + timedelta(days=days)).timestamp()) for days in (8, 400)]
