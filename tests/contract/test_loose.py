"""DynamoLooseActions against moto and ministack."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.dynamo.runs.standalone_actions import DynamoLooseActions
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.core.model import Action
from chalicelib.core.states import RUNNING, SUCCESS
from chalicelib.core.values import Blob
from chalicelib.errors import LostRace
from chalicelib.ports.standalone_actions import NO_KEY, LooseAction
from tests.contract.conftest import REGION, Backend

NOW = datetime(2026, 11, 23, 4, 7, 16, 123456, tzinfo=UTC)


def store(backend: Backend) -> DynamoLooseActions:
    settings = backend.settings
    return DynamoLooseActions(Table(settings.runs_table, REGION, settings.endpoint_url))


def loose(action_id: str = "a", seconds: int = 0, **changes: object) -> LooseAction:
    moment = NOW + timedelta(seconds=seconds)
    action = Action(NO_KEY, "std.echo", RUNNING, Blob("ab", 3), created_at=moment, updated_at=moment)
    made = LooseAction(id=action_id, project_id="p", description="d", action=action)
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def test_what_is_made_is_found_once(backend: Backend) -> None:
    kept = store(backend)
    assert kept.find("a") is None
    assert kept.create(loose())
    assert not kept.create(loose(description="other"))
    assert kept.find("a") == loose()


def test_changes_are_guarded(backend: Backend) -> None:
    kept = store(backend)
    kept.create(loose())
    after = loose(owner="m").ended(SUCCESS, {"r": None}, True, NOW)
    changed = kept.change(after)
    assert changed == kept.find("a") == dataclasses.replace(after, version=2)
    with pytest.raises(LostRace):
        kept.change(after)
    kept.delete("a")
    assert kept.find("a") is None
    with pytest.raises(LostRace):
        kept.change(changed)


def test_the_newest_of_a_project_come_first(backend: Backend) -> None:
    kept = store(backend)
    for seconds, action_id in enumerate("cab"):
        kept.create(loose(action_id, seconds))
    kept.create(loose("x", 9, project_id="q"))
    assert [found.id for found in kept.newest("p", 2)] == ["b", "a"]
    assert kept.newest("nobody", 2) == []
