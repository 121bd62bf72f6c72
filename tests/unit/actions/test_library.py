from __future__ import annotations

import pytest

from chalicelib.actions.aws.access import allowed
from chalicelib.actions.aws.catalogue import AwsActions
from chalicelib.actions.library import NONE, Library
from chalicelib.actions.registry import Registry
from chalicelib.core.engine.state.interfaces import NoOutcome
from chalicelib.core.resolved_action import PYTHON
from chalicelib.errors import InputError, InvalidRequest

LIBRARY = Library(NONE, Registry([AwsActions(allowed(["ec2:*Instances", "s3:GetObject"]))]))


@pytest.mark.parametrize(
    ("name", "effects"),
    [
        ("std.noop", False),
        ("std.http", True),
        ("std.js", False),
        (PYTHON, True),
        ("aws.ec2_describe_instances", False),
        ("aws.s3_get_object", False),
        ("aws.ec2_start_instances", True),
    ],
)
def test_what_must_not_run_twice(name: str, effects: bool) -> None:
    assert LIBRARY.has_effects(name) is effects


def test_an_action_of_a_family_is_one_like_any_other() -> None:
    name = "aws.ec2_start_instances"
    assert LIBRARY.knows(name)
    assert LIBRARY.is_sync(name)
    assert LIBRARY.prepare(name, {"InstanceIds": ["i-1"]}) == {"InstanceIds": ["i-1"]}
    assert LIBRARY.perform(name, {"InstanceIds": ["i-1"]}, "a-1") is NoOutcome.NEEDS_EXECUTOR
    with pytest.raises(InputError, match="missing="):
        LIBRARY.check(name, {})
    with pytest.raises(InvalidRequest, match="Failed to find action"):
        LIBRARY.check("aws.ec2_run_scheduled", {})
