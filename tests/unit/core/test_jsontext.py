"""The one way in which values become text."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.jsontext import Json, dumps, loads

JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None, derandomize=True)
@given(JSON)
def test_what_is_written_is_read(value: Json) -> None:
    assert loads(dumps(value)) == value
    assert loads(dumps(value).encode()) == value


@settings(deadline=None, derandomize=True)
@given(JSON)
def test_it_is_the_shortest_text(value: Json) -> None:
    assert len(dumps(value)) <= len(json.dumps(value, ensure_ascii=False))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"b":1,"a":[true,null]}'),
        ("é\n", '"é\\n"'),
        ((1, 2), "[1,2]"),
        ({3}, "[3]"),
        (frozenset({3}), "[3]"),
        (date(2020, 1, 1), '"2020-01-01"'),
        ({1: "x"}, '{"1":"x"}'),
    ],
)
def test_texts(value: object, text: str) -> None:
    assert dumps(value) == text


@pytest.mark.parametrize("value", ["\ud800", {"k\udfff": "é"}, ["😀", "\ud83d"]])
def test_half_a_character_can_be_written(value: Json) -> None:
    assert loads(dumps(value).encode()) == value


@pytest.mark.parametrize("text", ["", "{", "nope", "'x'", b"\xff", "[" * 100_000])
def test_anything_else_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        loads(text)
