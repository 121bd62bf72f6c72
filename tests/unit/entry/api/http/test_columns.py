"""Writing of members, and the filters that follow from their kinds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from chalicelib.entry.api.http.columns import STATES, Column, Columns, Kind, Shown, write
from chalicelib.entry.api.http.filters import filter_of
from chalicelib.errors import InvalidRequest

MOMENT = datetime(2026, 11, 23, 4, 7, 16, 999_999, tzinfo=UTC)
ID = "11111111-0000-4000-8000-000000000001"


def column(kind: Kind, shown: Shown = Shown.ALWAYS, name: str = "m") -> Column[Any]:
    return Column(name, lambda row: row, kind, shown)


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (Kind.TEXT, None, None),
        (Kind.TEXT, "a", "a"),
        (Kind.TIME, MOMENT, "2026-11-23 04:07:16"),
        (Kind.TIME, MOMENT.astimezone(timezone(timedelta(hours=5))), "2026-11-23 04:07:16"),
        (Kind.JSON, {"a": "ż"}, '{"a": "ż"}'),
        (Kind.JSON, None, None),
        (Kind.RESULT, None, "null"),
        (Kind.RESULT, "x", '"x"'),
        (Kind.TAGS, ("a", "b"), ["a", "b"]),
        (Kind.FLAG, False, False),
    ],
)
def test_members_are_written_by_their_kind(kind: Kind, value: object, written: object) -> None:
    assert write(column(kind), value) == written


TABLE = Columns(
    [
        Column[Any]("id", lambda row: "i"),
        Column[Any]("a", lambda row: row),
        Column[Any]("demand", lambda row: 1, shown=Shown.ON_DEMAND),
        Column[Any]("alone", lambda row: 2, shown=Shown.ALONE),
        Column[Any]("any", lambda row: row, shown=Shown.ALONE_IF_ANY),
        Column[Any]("never", lambda row: 3, shown=Shown.NEVER),
    ]
)


@pytest.mark.parametrize(
    ("row", "fields", "members"),
    [
        ("x", None, ["id", "a", "demand", "alone", "any"]),
        (None, None, ["id", "a", "demand", "alone"]),
        ("x", ["never", "alone"], ["id", "alone"]),
    ],
)
def test_members_shown_alone(row: object, fields: list[str] | None, members: list[str]) -> None:
    assert list(TABLE.one(row, fields)) == members


@pytest.mark.parametrize(
    ("fields", "extra", "members"),
    [
        (None, (), ["id", "a"]),
        (None, ("demand",), ["id", "a", "demand"]),
        (["demand", "alone", "never"], (), ["id", "demand"]),
    ],
)
def test_members_shown_in_lists(fields: list[str] | None, extra: tuple[str, ...], members: list[str]) -> None:
    assert list(TABLE.listed("x", fields, extra)) == members


@pytest.mark.parametrize(
    ("kind", "text", "passing", "failing"),
    [
        (Kind.TEXT, "a:b", ["a:b"], ["a", None]),
        (Kind.TEXT, "eq:eq:a", ["eq:a"], ["a"]),
        (Kind.TEXT, "neq:a", ["b"], ["a", None]),
        (Kind.TEXT, "", [""], ["a", None]),
        (Kind.TEXT, "in:a, b", ["a", " b"], ["b", None]),
        (Kind.TEXT, "nin:a", ["b"], ["a", None]),
        (Kind.TEXT, "has:a.c", ["xA.cx", "a.c\n"], ["abc"]),
        (Kind.TEXT, "has:a_c%e", ["abcde"], ["ace"]),
        (Kind.TEXT, "gt:b", ["c"], ["b", "a"]),
        (Kind.TIME, "gte:2026-11-23T04:07:16Z", [MOMENT], [MOMENT - timedelta(seconds=1)]),
        (Kind.TIME, "lt:2026-11-24", [MOMENT], [MOMENT + timedelta(days=1)]),
        (Kind.TIME, "2026-11-23 04:07:16", [MOMENT], [MOMENT + timedelta(seconds=1)]),
        (Kind.TIME, "lt:2026-11-23T06:07:16+02:00", [MOMENT - timedelta(seconds=1)], [MOMENT]),
        (Kind.TIME, "lte:2026-11-23T06:07:16 02:00", [MOMENT], [MOMENT + timedelta(seconds=1)]),
        (Kind.TIME, "gt:2026-11-23 04:07:15.5", [MOMENT], [MOMENT - timedelta(seconds=1)]),
        (Kind.TIME, "gte:2026-11", [MOMENT], [MOMENT - timedelta(days=23)]),
        (Kind.TIME, "gt:2026", [MOMENT], [MOMENT - timedelta(days=365)]),
        (Kind.TIME, "gte:2026-11-23 04", [MOMENT], [MOMENT - timedelta(hours=1)]),
        (Kind.TIME, "in:2026-11-23T04:07:16Z, 2026-11-24", [MOMENT], [MOMENT + timedelta(seconds=1), "", None]),
        (Kind.TIME, "nin:2026-11-23T04:07:16Z", [MOMENT + timedelta(seconds=1)], [MOMENT, "", None]),
        (Kind.TIME, "neq:2026-11-23 04:07:16", [MOMENT + timedelta(seconds=1)], [MOMENT]),
        (Kind.TIME, "has:11-23 04:", [MOMENT], [MOMENT + timedelta(hours=1)]),
        (Kind.WHOLE, "gte:2", [2, 10], [1, None]),
        (Kind.WHOLE, "nin:1,2", [3], [1, 2]),
        (Kind.UUID, ID.upper(), [ID], ["x", None]),
        (Kind.UUID, f"neq:{ID}", ["x"], [ID, None]),
        (Kind.UUID, f"in:{ID},{ID}", [ID], ["x"]),
        (Kind.JSON, '{"a": 1}', [{"a": 1}], [{"a": 1, "b": 2}, {}, None]),
        (Kind.TAGS, "a, B", [("b", "A", "c")], [("a",), None]),
        (Kind.TAGS, "", [("a",), ()], [None]),
        (Kind.FLAG, "yes", [True], [False]),
        (Kind.FLAG, "", [False], [True]),
        (Kind.FLAG, "neq:true", [False], [True]),
    ],
)
def test_filters(kind: Kind, text: str, passing: list[object], failing: list[object]) -> None:
    accepts = filter_of(column(kind), text)
    assert [row for row in [*passing, *failing] if accepts(row)] == passing


OPERATORS = ("", "eq:", "neq:", "gt:", "gte:", "lt:", "lte:", "in:", "nin:", "has:")
NOT_OF_THE_KIND = [
    (Kind.TIME, "yesterday"),
    (Kind.TIME, "30 days ago"),
    (Kind.TIME, "01.11.2026x"),
    (Kind.TIME, "2026-13-01T"),
    (Kind.TIME, ""),
    (Kind.TIME, "%"),
    (Kind.UUID, "x"),
    (Kind.UUID, ""),
    (Kind.WHOLE, "many"),
    (Kind.FLAG, "perhaps"),
]


@pytest.mark.parametrize(("kind", "text"), NOT_OF_THE_KIND)
@pytest.mark.parametrize("prefix", OPERATORS)
def test_values_that_the_member_cannot_have_are_refused_whatever_the_operator(
    kind: Kind, text: str, prefix: str
) -> None:
    with pytest.raises(InvalidRequest, match=f"field/attribute m. Value: '{text}'"):
        filter_of(column(kind), prefix + text)


@pytest.mark.parametrize("prefix", OPERATORS)
def test_members_with_few_values_take_no_others(prefix: str) -> None:
    state = Column[Any]("state", lambda row: row, choices=STATES)
    with pytest.raises(InvalidRequest, match=r"Value: 'RUNING'.*RUNNING"):
        filter_of(state, f"{prefix}RUNING")
    accepts = filter_of(state, f"{prefix}RUNNING")
    assert accepts("RUNNING") != accepts("PAUSED") or prefix in ("gt:", "lte:")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.JSON, "x"),
        (Kind.JSON, "[" * 100_000),
        (Kind.TIME, "gt:01.11.2026"),
        (Kind.TIME, "before:2026-11-23"),
        (Kind.TIME, "lt:0001-01-01T00:00:00+02:00"),
        (Kind.TIME, "in:2026-11-23,"),
    ],
)
def test_filters_that_are_refused(kind: Kind, text: str) -> None:
    with pytest.raises(InvalidRequest, match="field/attribute m"):
        filter_of(column(kind), text)
