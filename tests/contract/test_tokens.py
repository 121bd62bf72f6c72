"""DynamoTokens against moto and ministack, and the command that makes tokens."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.clock import SystemClock
from chalicelib.adapters.dynamo.definitions.api_tokens import DynamoTokens
from chalicelib.errors import Unauthorized
from chalicelib.ports.access import TokenRecord
from chalicelib.service.access.api_tokens import Tokens
from ops.tokens import main
from tests.contract.conftest import REGION, Backend

NOW = datetime(2026, 11, 23, 4, 7, 16, 123456, tzinfo=UTC)
RECORD = TokenRecord("ab12", "a#project/é", frozenset({"admin", "member"}), NOW, NOW + timedelta(days=1), "note")


def store(backend: Backend) -> DynamoTokens:
    settings = backend.settings
    return DynamoTokens(settings.definitions_table, REGION, settings.endpoint_url)


def test_what_is_kept_is_found_and_forgotten(backend: Backend) -> None:
    kept = store(backend)
    other = replace(RECORD, digest="ab34", expires_at=None, roles=frozenset())
    kept.keep(RECORD)
    kept.keep(other)
    assert (kept.find("ab12"), kept.find("ab34"), kept.find("ab")) == (RECORD, other, None)
    found = [sorted(record.digest for record in kept.beginning(digits)) for digits in ("", "ab1", "b")]
    assert found == [["ab12", "ab34"], ["ab12"], []]
    kept.forget(RECORD)
    kept.forget(RECORD)
    assert kept.find("ab12") is None
    assert kept.beginning("") == [other]


def command(backend: Backend, *arguments: str) -> tuple[int, list[str], str]:
    """Exit status, lines of output, errors."""
    out, errors = io.StringIO(), io.StringIO()
    settings = backend.settings
    env = {"DEFINITIONS_TABLE": settings.definitions_table, "AWS_ENDPOINT_URL": settings.endpoint_url or ""}
    return main(arguments, env, out, errors), out.getvalue().splitlines(), errors.getvalue()


def test_the_command_makes_lists_and_revokes_tokens(moto_backend: Backend) -> None:
    tokens = Tokens(store(moto_backend), SystemClock())
    status, (line, _, token), _ = command(
        moto_backend, "create", "--project", "blue", "--role", "admin", "--role", "member", "--note", "CI"
    )
    assert status == 0
    identity = tokens.identify(token)
    assert (identity.project_id, identity.roles) == ("blue", frozenset({"admin", "member"}))
    _, listed, _ = command(moto_backend, "list")
    assert listed == [line]
    assert "project blue  roles admin,member  until" in line
    assert line.endswith("CI")
    token_id = line.split()[0]
    assert command(moto_backend, "revoke", token_id)[:2] == (0, [f"revoked {line}"])
    with pytest.raises(Unauthorized):
        tokens.identify(token)
    assert command(moto_backend, "revoke", token_id) == (1, [], f"tokens: No token begins with {token_id!r}\n")


def test_a_token_for_ever(moto_backend: Backend) -> None:
    _, (line, *_), _ = command(moto_backend, "create", "--project", "p", "--days", "0")
    assert line.endswith("project p  roles -  for ever")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list",), "tokens: there is no table nowhere: is AWS_ENDPOINT_URL that of the run"),
        (("--stage", "nope", "list"), "tokens: there is no stage nope in this account and region"),
    ],
)
def test_a_table_that_is_not_there_is_named(moto_backend: Backend, arguments: tuple[str, ...], said: str) -> None:
    out, errors = io.StringIO(), io.StringIO()
    env = {"DEFINITIONS_TABLE": "nowhere", "AWS_REGION": REGION}
    assert main(arguments, env, out, errors) == 1
    assert errors.getvalue().startswith(said)
