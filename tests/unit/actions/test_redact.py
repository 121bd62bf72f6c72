from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.actions.redact import HIDDEN, redact, without
from chalicelib.core.jsontext import Json

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "key", "name"]), inner),
    max_leaves=10,
)


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
    assert redact({"a": [{key: {"deep": 1}, "b": 2}]}) == {"a": [{key: HIDDEN, "b": 2}]}


@pytest.mark.parametrize("key", ["key", "url", "pass", "public_key", "user"])
def test_shown(key: str) -> None:
    assert redact({key: "x"}) == {key: "x"}


@given(PLAIN)
def test_harmless_values_stay(value: Json) -> None:
    assert redact(value) == value


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
