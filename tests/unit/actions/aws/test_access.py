from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import errors
from chalicelib.actions.aws.access import NOT_ALLOWED, AwsAccess, NoRights, Role
from chalicelib.actions.aws.clients import EARLY, Lending

ROLE = "arn:aws:iam::123456789012:role/meltemi-{project}"
NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_each_project_has_its_role() -> None:
    access = AwsAccess(role=ROLE, external_id="x-{project}")
    assert access.role_of("shop") == Role("arn:aws:iam::123456789012:role/meltemi-shop", "x-shop", "meltemi-shop")
    assert access.role_of("a" * 64) is not None


@pytest.mark.parametrize(
    "project", ["", None, "a/b", "../admin", "a b", "{project}", "a*", "a\n", "a:b", "é", "a" * 65]
)
def test_an_id_that_could_lead_to_another_role_has_none(project: str | None) -> None:
    with pytest.raises(NoRights, match="cannot be part of the name of a role"):
        AwsAccess(role=ROLE).role_of(project)


def test_one_role_for_all_takes_any_project() -> None:
    role = AwsAccess(role="arn:aws:iam::123456789012:role/all").role_of("<default-project>")
    assert role == Role("arn:aws:iam::123456789012:role/all", None, "meltemi--default-project-")


def test_without_a_role_there_are_no_rights_unless_a_setting_allows_those_of_the_service() -> None:
    with pytest.raises(NoRights, match="set AWS_ACTIONS_ROLE"):
        NOT_ALLOWED.role_of("p")
    assert AwsAccess(own_role=True).role_of("p") is None


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("meltemi-runs", True),
        ("arn:aws:dynamodb:us-east-1:1:table/meltemi-runs/index/due", True),
        ('SELECT * FROM "meltemi-runs"', True),
        ("https://sqs.us-east-1.amazonaws.com/1/meltemi-events.fifo", True),
        ("other/../meltemi-runs", True),
        ("meltemi-runs-archive", False),
        ("my-meltemi-runs", False),
        ("meltemi-eventsXfifo", False),
    ],
)
def test_nothing_of_the_service_itself_can_be_named(text: str, refused: bool) -> None:
    access = AwsAccess(own_role=True, ours=frozenset({"meltemi-runs", "meltemi-events.fifo"}))
    if not refused:
        access.check_names("dynamodb.Scan", frozenset({"x", text}))
        return
    with pytest.raises(errors.Forbidden, match=r"dynamodb\.Scan may not touch what belongs to the service itself"):
        access.check_names("dynamodb.Scan", frozenset({"x", text}))


class Bank:
    """Hands out rights for an hour of a clock that it sets."""

    def __init__(self) -> None:
        self.now = NOW
        self.asked: list[str] = []
        self.lending = Lending(self.assume, lambda: self.now)

    def assume(self, role: Role) -> dict[str, Any]:
        self.asked.append(role.arn)
        number = len(self.asked)
        return {
            "AccessKeyId": f"key-{number}",
            "SecretAccessKey": "s3cr3t",
            "SessionToken": "t0k3n",
            "Expiration": self.now + timedelta(hours=1),
        }


def test_a_role_is_assumed_once_and_anew_before_its_rights_expire() -> None:
    bank, shop, bakery = Bank(), Role("shop", None, "s"), Role("bakery", None, "s")
    assert [bank.lending.rights(role).key_id for role in (shop, shop, bakery, shop)] == [
        "key-1",
        "key-1",
        "key-2",
        "key-1",
    ]
    bank.now += timedelta(hours=1) - EARLY
    assert bank.lending.rights(shop).key_id == "key-3"
    assert bank.asked == ["shop", "bakery", "shop"]


def test_the_external_id_tells_roles_apart() -> None:
    bank = Bank()
    assert bank.lending.rights(Role("r", "a", "s")) != bank.lending.rights(Role("r", "b", "s"))


def test_rights_do_not_show_their_secrets() -> None:
    shown = repr(Bank().lending.rights(Role("r", None, "s")))
    assert "s3cr3t" not in shown
    assert "t0k3n" not in shown
