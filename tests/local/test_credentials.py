"""Which credentials a command works with."""

from __future__ import annotations

import pytest

from local.credentials import MADE_UP, prepare_command

HERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
MINE = {"AWS_PROFILE": "mine"}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s"}
REGION = {"AWS_DEFAULT_REGION": "us-east-1"}


@pytest.mark.parametrize(
    ("env", "added"),
    [
        (HERE, {**MADE_UP, **REGION}),
        ({"AWS_ENDPOINT_URL": "http://localhost:4566"}, {**MADE_UP, **REGION}),
        ({**HERE, "AWS_REGION": "eu-west-1"}, {**MADE_UP, "AWS_DEFAULT_REGION": "eu-west-1"}),
        ({**HERE, **MINE}, REGION),
        ({**HERE, **KEYS}, REGION),
        ({"AWS_ENDPOINT_URL": "https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com"}, {}),
        ({}, {}),
    ],
)
def test_made_up_credentials_are_for_this_machine_alone(env: dict[str, str], added: dict[str, str]) -> None:
    before = dict(env)
    prepare_command(env)
    assert env == {**before, **added}
