"""DynamoShares against moto and ministack: rows keyed both ways, and what refuses a write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.dynamo.definitions.shares import DynamoShares
from chalicelib.errors import Duplicate, LostRace, NotFound
from chalicelib.ports.access import Share
from tests.contract.conftest import REGION, Backend
from tests.contract.test_definitions import created, record
from tests.contract.test_definitions import store as definitions

NOW = datetime(2026, 11, 23, 4, 7, 16, 123456, tzinfo=UTC)


def store(backend: Backend) -> DynamoShares:
    """The store, and the workflows `id-of-v` and `id-of-w`."""
    definitions(backend).write(created(record("v"), record("w")))
    settings = backend.settings
    return DynamoShares(settings.definitions_table, REGION, settings.endpoint_url)


def share(member: str = "red", workflow: str = "w") -> Share:
    return Share(
        id=f"{member}/{workflow}",
        workflow_id=f"id-of-{workflow}",
        project_id="p",
        member_id=member,
        status="pending",
        created_at=NOW,
    )


def answered(before: Share, status: str) -> Share:
    return replace(before, status=status, version=before.version + 1, updated_at=NOW + timedelta(seconds=1))


def test_a_share_is_found_from_the_workflow(backend: Backend) -> None:
    kept = store(backend)
    made = [share("red"), share("é#/" + "x" * 240), share("red", "v")]
    for one in made:
        kept.create(one)
    assert sorted(kept.shares("id-of-w"), key=lambda one: one.id) == sorted(made[:2], key=lambda one: one.id)
    assert kept.share("id-of-w", made[1].member_id) == made[1]
    assert kept.share("id-of-w", "green") is None
    assert kept.shares("nowhere") == []
    assert kept.accepted("red") == [], "what is pending is not read by those it was offered to"


def test_a_share_is_made_once_and_for_a_workflow_that_is_there(backend: Backend) -> None:
    kept = store(backend)
    kept.create(share())
    with pytest.raises(Duplicate):
        kept.create(share())
    with pytest.raises(NotFound):
        kept.create(share(workflow="x"))
    assert kept.shares("id-of-x") == []


def test_what_is_accepted_is_found_from_the_member(backend: Backend) -> None:
    kept = store(backend)
    for one in (share(), share(workflow="v"), share("red#workflow")):
        kept.create(one)
    accepted = answered(share(), "accepted")
    kept.change(share(), accepted)
    assert (kept.accepted("red"), kept.accepted("red#workflow")) == (["id-of-w"], [])
    assert [kept.has_accepted("red", f"id-of-{name}") for name in "wv"] == [True, False]
    assert kept.share("id-of-w", "red") == accepted
    kept.change(accepted, answered(accepted, "rejected"))
    assert (kept.accepted("red"), kept.has_accepted("red", "id-of-w")) == ([], False)


def test_of_two_answers_one_is_late(backend: Backend) -> None:
    kept = store(backend)
    kept.create(share())
    kept.change(share(), answered(share(), "rejected"))
    with pytest.raises(LostRace):
        kept.change(share(), answered(share(), "accepted"))
    assert kept.accepted("red") == []


def test_a_share_that_was_withdrawn_cannot_be_accepted(backend: Backend) -> None:
    kept = store(backend)
    kept.create(share())
    kept.delete(share())
    kept.delete(share())
    with pytest.raises(LostRace):
        kept.change(share(), answered(share(), "accepted"))
    assert (kept.shares("id-of-w"), kept.accepted("red")) == ([], [])


def test_all_shares_of_a_workflow_are_forgotten(backend: Backend) -> None:
    kept = store(backend)
    for number in range(30):  # more than one batch
        one = share(f"m{number}")
        kept.create(one)
        kept.change(one, answered(one, "accepted"))
    kept.create(share(workflow="v"))
    kept.forget("id-of-w")
    kept.forget("id-of-w")
    assert (kept.shares("id-of-w"), kept.accepted("m7")) == ([], [])
    assert kept.shares("id-of-v") == [share(workflow="v")]
