from __future__ import annotations

import pytest

from chalicelib.actions.runtime.redact import is_sensitive, without


@pytest.mark.parametrize(
    "key",
    [
        "passwd",
        "password",
        "smtp_password",
        "token",
        "X-Auth-Token",
        "client_secret",
        "auth",
        "Authorization",
        "api_key",
        "api-key",
        "APIKEY",
        "credentials",
        "Set-Cookie",
        "private_key",
        "private_key_filename",
    ],
)
def test_hidden(key: str) -> None:
    assert is_sensitive(key)


@pytest.mark.parametrize("key", ["key", "url", "pass", "public_key", "user"])
def test_shown(key: str) -> None:
    assert not is_sensitive(key)


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ("no such user", ["mellon"], "no such user"),
        ("who is mellon, mellon?", ["mellon"], "who is ***, ***?"),
        ("mellon and friend", ["mellon", "friend", None, ""], "*** and ***"),
    ],
)
def test_without(text: str, secrets: list[str | None], shown: str) -> None:
    assert without(text, *secrets) == shown
