"""What Keystone's answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.adapters.identity.http_get import Reply
from chalicelib.adapters.identity.keystone import KeystoneTokens
from chalicelib.errors import MeltemiError, Unauthorized, Unavailable

TOKEN: dict[str, Any] = {
    "project": {"id": "p", "name": "Blue"},
    "user": {"id": "u", "name": "ada"},
    "roles": [{"id": "1", "name": "member"}, {"id": "2", "name": "admin"}],
    "expires_at": "2026-11-23T05:07:16.000000Z",
}


def keystone(status: int, body: dict[str, Any]) -> KeystoneTokens:
    def answer(url: str, headers: Mapping[str, str]) -> Reply:
        assert url == "https://k.example/v3/auth/tokens?nocatalog"
        assert headers == {"X-Auth-Token": "t", "X-Subject-Token": "t"}
        return Reply(status, body)

    return KeystoneTokens("https://k.example/v3", answer)


def test_a_token_that_is_good() -> None:
    identity = keystone(200, {"token": TOKEN}).identify("t")
    assert (identity.project_id, identity.roles) == ("p", frozenset({"member", "admin"}))
    assert (identity.user_id, identity.user_name, identity.project_name) == ("u", "ada", "Blue")
    assert identity.until is not None
    assert identity.until.isoformat() == "2026-11-23T05:07:16+00:00"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {}, Unauthorized),
        (404, {}, Unauthorized),
        (200, {"token": {**TOKEN, "project": None}}, Unauthorized),
        (500, {}, Unavailable),
        (302, {}, Unavailable),
        (200, {}, Unavailable),
        (200, {"token": {**TOKEN, "expires_at": "soon"}}, Unavailable),
    ],
)
def test_other_answers(status: int, body: dict[str, Any], error: type[MeltemiError]) -> None:
    with pytest.raises(error):
        keystone(status, body).identify("t")


@pytest.mark.parametrize(
    "url", ["https://k.example", "https://k.example/", "https://k.example/v3", "https://k.example/v3/"]
)
def test_the_url_may_name_the_version(url: str) -> None:
    asked: list[str] = []

    def answer(url: str, headers: Mapping[str, str]) -> Reply:
        asked.append(url)
        return Reply(200, {"token": TOKEN})

    KeystoneTokens(url, answer).identify("t")
    assert asked == ["https://k.example/v3/auth/tokens?nocatalog"]
