"""A stack is changed through a change set, and says why a change failed."""

from __future__ import annotations

from typing import Any

import pytest

from infra.stack import Change, DeploymentFailed, Stack
from tests.infra.fake_cloudformation import TABLE, FakeCloudFormation


def stack(fake: FakeCloudFormation) -> Stack:
    return Stack(fake.client, "meltemi-x", pause=lambda seconds: None)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (None, "CREATE"),
        ("REVIEW_IN_PROGRESS", "CREATE"),  # an earlier change set was never carried out
        ("UPDATE_COMPLETE", "UPDATE"),
        ("UPDATE_ROLLBACK_COMPLETE", "UPDATE"),
    ],
)
def test_a_stack_is_created_or_updated(status: str | None, kind: str) -> None:
    fake = FakeCloudFormation(status, ends=f"{kind}_COMPLETE")
    plan, changes = stack(fake).plan("https://t", {"Prefix": "meltemi-x"})
    assert changes == [Change("Modify", "Step", "F", False)]
    (asked,) = fake.asked("create_change_set")
    assert (asked["ChangeSetType"], asked["ChangeSetName"]) == (kind, plan)
    assert asked["ImportExistingResources"], "what a stack of that name left behind is taken over"
    stack(fake).carry_out(plan)
    assert fake.asked("execute_change_set") == [{"StackName": "meltemi-x", "ChangeSetName": plan}]


def test_parameters_that_are_not_given_keep_their_values() -> None:
    fake = FakeCloudFormation("CREATE_COMPLETE")
    stack(fake).plan("https://t", {"LogDays": "7"})
    (asked,) = fake.asked("create_change_set")
    assert asked["Parameters"] == [
        {"ParameterKey": "LogDays", "ParameterValue": "7"},
        {"ParameterKey": "Prefix", "UsePreviousValue": True},
    ]


def test_a_parameter_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DeploymentFailed, match="there is no parameter LogDay; there are LogDays, Prefix"):
        stack(FakeCloudFormation()).plan("https://t", {"LogDay": "7"})


def test_a_stack_that_is_like_that_already_is_left_alone() -> None:
    fake = FakeCloudFormation(
        "UPDATE_COMPLETE", planned=("FAILED", "The submitted information didn't contain changes.")
    )
    assert stack(fake).plan("https://t", {})[1] == []
    assert fake.asked("delete_change_set")
    assert not fake.asked("execute_change_set")


def test_a_change_that_cannot_be_made_leaves_nothing_behind() -> None:
    fake = FakeCloudFormation(planned=("FAILED", "Template error: no such thing"))
    with pytest.raises(DeploymentFailed, match="cannot change meltemi-x: Template error: no such thing"):
        stack(fake).plan("https://t", {})
    assert fake.asked("delete_change_set")
    assert fake.asked("delete_stack"), "the empty stack that came with the change set"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("ROLLBACK_COMPLETE", "destroy it, then deploy"),
        ("DELETE_FAILED", "destroy it, then deploy"),
        ("UPDATE_IN_PROGRESS", "somebody else changes it now"),
    ],
)
def test_a_stack_that_cannot_be_changed_now_says_what_to_do(status: str, words: str) -> None:
    with pytest.raises(DeploymentFailed, match=words):
        stack(FakeCloudFormation(status)).plan("https://t", {})


def test_a_failure_names_what_failed_first_and_nothing_of_last_week() -> None:
    fake = FakeCloudFormation("CREATE_COMPLETE", ends="UPDATE_ROLLBACK_COMPLETE")
    with pytest.raises(DeploymentFailed) as caught:
        stack(fake).carry_out("plan")
    assert str(caught.value).splitlines() == [
        "meltemi-x is UPDATE_ROLLBACK_COMPLETE:",
        "  RunsTable (AWS::DynamoDB::Table): no more tables",
        "  Step (AWS::DynamoDB::Table): cancelled",
    ]


@pytest.mark.parametrize(
    ("change", "loses"),
    [
        ({**TABLE, "Action": "Modify", "Replacement": "False"}, False),
        ({**TABLE, "Action": "Modify", "Replacement": "True"}, True),
        ({**TABLE, "Action": "Remove"}, True),
        ({**TABLE, "Action": "Import"}, False),
        ({**TABLE, "ResourceType": "AWS::Lambda::Function", "Action": "Remove"}, False),
    ],
)
def test_a_change_that_would_lose_data_is_known(change: dict[str, Any], loses: bool) -> None:
    (found,) = stack(FakeCloudFormation("CREATE_COMPLETE", changes=(change,))).plan("https://t", {})[1]
    assert found.loses_data() == loses


def test_deleting_leaves_tables_and_says_so() -> None:
    fake = FakeCloudFormation("CREATE_COMPLETE", ends=None)
    assert stack(fake).kept() == [("AWS::DynamoDB::Table", "p-runs")]
    stack(fake).delete()
    assert stack(fake).status() is None


def test_a_deletion_that_fails_says_why() -> None:
    with pytest.raises(DeploymentFailed, match="meltemi-x is DELETE_FAILED"):
        stack(FakeCloudFormation("CREATE_COMPLETE", ends="DELETE_FAILED")).delete()
