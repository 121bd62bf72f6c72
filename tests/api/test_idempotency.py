"""POST of executions with an `Idempotency-Key`."""

from __future__ import annotations

import pytest

from chalicelib.service.executions.commands import StartRequest
from tests.api.client import Api
from tests.api.fakes import run


def asked_id(api: Api, key: str, **body: str) -> str | None:
    api.ok("POST", "/v2/executions", {"workflow_name": "w", **body}, idempotency_key=key)
    wanted = api.executions.asked[-1][1]
    assert isinstance(wanted, StartRequest)
    return wanted.id


def test_a_key_stands_for_an_id(api: Api) -> None:
    api.runs.add(run())
    first = asked_id(api, "k" * 255)
    assert first is not None
    assert (asked_id(api, "k" * 255), asked_id(api, "k", id="x")) == (first, "x")
    assert asked_id(api, "k") != first


def test_a_key_stands_for_one_body(api: Api) -> None:
    api.runs.add(run())
    for body in ({"input": {"a": 1, "b": 2}}, {"input": {"b": 2, "a": 1}}, {"input": {"a": 2}}):
        api.ok("POST", "/v2/executions", {"workflow_name": "w", **body}, idempotency_key="k")
    first, same, other = (asked[1] for asked in api.executions.asked)
    assert isinstance(first, StartRequest)
    assert isinstance(other, StartRequest)
    assert (first == same, first.id == other.id, first.fingerprint == other.fingerprint) == (True, True, False)


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_keys_that_are_none(api: Api, key: str) -> None:
    expected = (400, f"Idempotency-Key must have 1 to 255 characters, not {len(key)}")
    assert api.refused("POST", "/v2/executions", {"workflow_name": "w"}, idempotency_key=key) == expected
    assert api.executions.asked == []
