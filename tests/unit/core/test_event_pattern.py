"""Event patterns mean what EventBridge's do."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.event_pattern import check, matches
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import InvalidRequest

EVENT: JsonDict = {
    "source": "app.shop",
    "ip": "10.1.2.3",
    "nothing": None,
    "empty": "",
    "none": [],
    "paid": True,
    "detail": {"state": "ALARM", "cpu": 99.5, "tags": ["red", "blue"], "file": "logs/2026/a.png"},
    "items": [{"name": "a", "price": 1}, {"name": "b", "price": 2}],
}

HOLDS: list[JsonDict] = [
    {"source": ["app.shop"]},
    {"source": ["other", "app.shop"], "detail": {"state": ["ALARM"]}},
    {"detail": {"tags": ["blue"]}},
    {"paid": [True]},
    {"nothing": [None]},
    {"empty": [""]},
    {"source": [{"prefix": "app."}]},
    {"source": [{"prefix": {"equals-ignore-case": "APP"}}]},
    {"detail": {"file": [{"suffix": ".png"}]}},
    {"detail": {"file": [{"suffix": {"equals-ignore-case": ".PNG"}}]}},
    {"detail": {"state": [{"equals-ignore-case": "alarm"}]}},
    {"detail": {"state": [{"anything-but": "OK"}]}},
    {"detail": {"state": [{"anything-but": ["OK", "INSUFFICIENT_DATA"]}]}},
    {"source": [{"anything-but": {"prefix": "aws."}}]},
    {"source": [{"anything-but": {"suffix": [".test", ".dev"]}}]},
    {"source": [{"anything-but": {"wildcard": "aws.*"}}]},
    {"detail": {"cpu": [{"anything-but": 100}]}},
    {"detail": {"cpu": [{"numeric": [">", 90, "<=", 100]}]}},
    {"detail": {"cpu": [{"numeric": ["=", 99.5]}]}},
    {"detail": {"file": [{"wildcard": "logs/*/*.png"}]}},
    {"ip": [{"cidr": "10.0.0.0/8"}]},
    {"detail": {"state": [{"exists": True}]}},
    {"nothing": [{"exists": True}]},
    {"none": [{"exists": False}]},
    {"detail": {"missing": [{"exists": False}]}},
    {"missing": {"deeper": [{"exists": False}]}},
    {"missing": ["a", {"exists": False}]},
    {"items": {"name": ["b"], "price": [2]}},
    {"$or": [{"source": ["x"]}, {"detail": {"cpu": [{"numeric": [">", 90]}]}}]},
    {"detail": {"$or": [{"state": ["OK"]}, {"tags": ["red"]}]}},
]

FAILS: list[JsonDict] = [
    {"source": ["app"]},
    {"source": ["app.shop"], "detail": {"state": ["OK"]}},
    {"paid": [1]},
    {"detail": {"cpu": ["99.5"]}},
    {"missing": [None]},
    {"source": {"deeper": ["app.shop"]}},
    {"detail": ["ALARM"]},
    {"detail": [{"exists": True}]},
    {"detail": {"state": [{"anything-but": ["ALARM"]}]}},
    {"detail": {"missing": [{"anything-but": ["ALARM"]}]}},
    {"source": [{"anything-but": {"prefix": ["aws.", "app."]}}]},
    {"detail": {"state": [{"numeric": [">", 0]}]}},
    {"paid": [{"numeric": ["=", 1]}]},
    {"detail": {"file": [{"wildcard": "logs/*.jpg"}]}},
    {"detail": {"file": [{"wildcard": "log"}]}},
    {"ip": [{"cidr": "192.168.0.0/16"}]},
    {"source": [{"cidr": "10.0.0.0/8"}]},
    {"detail": {"state": [{"exists": False}]}},
    {"items": {"name": ["a"], "price": [2]}},
    {"$or": [{"source": ["x"]}, {"paid": [False]}]},
]


@pytest.mark.parametrize("pattern", HOLDS, ids=str)
def test_what_is_meant(pattern: JsonDict) -> None:
    check(pattern)
    assert matches(pattern, EVENT)


@pytest.mark.parametrize("pattern", FAILS, ids=str)
def test_what_is_not_meant(pattern: JsonDict) -> None:
    check(pattern)
    assert not matches(pattern, EVENT)


WRONG: list[tuple[JsonDict, str]] = [
    ({}, "pattern must be an object with members"),
    ({"source": "app"}, "pattern.source must be a list"),
    ({"source": []}, "pattern.source must be a list"),
    ({"detail": {}}, "pattern.detail must be an object with members"),
    ({"detail": {"state": [["a"]]}}, r"pattern.detail.state\[0\] must be a value"),
    ({"a": [{"prefix": "a", "suffix": "b"}]}, r"pattern.a\[0\] must be a value or an object with one member"),
    ({"a": [{"like": "b"}]}, r"pattern.a\[0\] cannot be understood"),
    ({"a": [{"prefix": 1}]}, "cannot be understood"),
    ({"a": [{"prefix": {"suffix": "a"}}]}, "cannot be understood"),
    ({"a": [{"exists": "yes"}]}, "cannot be understood"),
    ({"a": [{"numeric": [">"]}]}, "cannot be understood"),
    ({"a": [{"numeric": ["!", 1]}]}, "cannot be understood"),
    ({"a": [{"numeric": [">", True]}]}, "cannot be understood"),
    ({"a": [{"anything-but": []}]}, "cannot be understood"),
    ({"a": [{"anything-but": {"numeric": ["=", 1]}}]}, "cannot be understood"),
    ({"a": [{"cidr": "10.0.0.0/99"}]}, "cannot be understood"),
    ({"$or": [1]}, r"pattern.\$or\[0\] must be an object"),
    ({"$or": {"a": [1]}}, r"pattern.\$or must be a list"),
    ({"a": ["x" * 3000]}, "must not exceed 2048 characters"),
]


@pytest.mark.parametrize(("pattern", "complaint"), WRONG, ids=lambda value: str(value)[:40])
def test_what_is_no_pattern(pattern: JsonDict, complaint: str) -> None:
    with pytest.raises(InvalidRequest, match=complaint):
        check(pattern)


def test_a_pattern_is_not_too_deep() -> None:
    pattern: JsonDict = {"a": [1]}
    for _ in range(100):
        pattern = {"a": pattern}
    with pytest.raises(InvalidRequest, match="within each other 20 times at most"):
        check(pattern)


SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab*\\", max_size=4)
NAMES = st.text("abc", min_size=1, max_size=2)
EVENTS = st.recursive(
    st.dictionaries(NAMES, SCALARS, min_size=1, max_size=3),
    lambda inner: st.dictionaries(NAMES, inner | SCALARS, min_size=1, max_size=3),
    max_leaves=8,
)


def pattern_of(event: JsonDict) -> JsonDict:
    """The pattern that asks for all that an event says."""
    return {name: pattern_of(value) if isinstance(value, dict) else [value] for name, value in event.items()}


@given(EVENTS)
def test_an_event_is_meant_by_the_pattern_made_of_it(event: JsonDict) -> None:
    check(pattern_of(event))
    assert matches(pattern_of(event), event)


@given(EVENTS, EVENTS, EVENTS)
def test_or_is_either(one: JsonDict, other: JsonDict, event: JsonDict) -> None:
    left, right = pattern_of(one), pattern_of(other)
    assert matches({"$or": [left, right]}, event) == (matches(left, event) or matches(right, event))


@given(SCALARS, SCALARS.filter(lambda value: value is not None))
def test_anything_but_is_the_opposite_where_there_is_a_value(value: Json, other: Json) -> None:
    event: JsonDict = {"a": value}
    assert matches({"a": [{"anything-but": [other]}]}, event) != matches({"a": [other]}, event)


@given(st.text("ab*", max_size=6), st.text("ab", max_size=8))
def test_wildcards_as_everywhere(wanted: str, value: str) -> None:
    assert matches({"a": [{"wildcard": wanted}]}, {"a": value}) == fnmatchcase(value, wanted)


def test_an_asterisk_itself() -> None:
    assert matches({"a": [{"wildcard": r"2\**"}]}, {"a": "2*3"})
    assert not matches({"a": [{"wildcard": r"2\**"}]}, {"a": "2+3"})
