"""Filters of lists, and the selection of runs that the store can serve.

Nulls pass no filter, as in SQL; nor do the empty texts that stand for a time. A value that cannot be one of the member
is refused: compared as text, `lt:yesterday` would let every time pass. Times compare to the second, as they are shown.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from chalicelib.core.jsontext import Json
from chalicelib.core.states import State
from chalicelib.entry.api.http.columns import Column, Kind, timestamp
from chalicelib.entry.api.http.request import Query, flag, uuid_text, whole
from chalicelib.errors import InvalidRequest
from chalicelib.ports.runs import LISTED, Selection

T = TypeVar("T")


Test = Callable[[object], bool]


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


_OPERATORS = frozenset({"in", "nin", "has", *_COMPARISONS})


_TIME_FORMS = "2026-11-23, 2026-11-23 04:07:16 and 2026-11-23T04:07:16+02:00"


_CUT_SHORT = re.compile(r"\d{4}(-\d\d)?")
"""A year, or a month: its first moment is meant."""


_LOST_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$")
"""An offset whose `+` was not percent-encoded, so that it came as a blank."""


_PART_OF_TIME = re.compile(r"[-\d%_ :.]*\d[-\d%_ :.]*")


def filter_of(column: Column[T], text: str) -> Callable[[T], bool]:
    """The filter that `text` asks for. Raises `InvalidRequest` if it does not fit the kind of the member."""
    tests = {Kind.JSON: _json_test, Kind.TAGS: _tags_test}
    test = tests.get(column.kind, _comparison)(column, text)

    def accepts(row: T) -> bool:
        value = column.get(row)
        absent = value is None or (column.kind is Kind.TIME and value == "")
        return not absent and test(value)

    return accepts


def operation(text: str) -> tuple[str, str]:
    """The operator and the operand of a filter."""
    prefix, colon, rest = text.partition(":")
    return (prefix, rest) if colon and prefix in _OPERATORS else ("eq", text)


def moment(name: str, text: str) -> datetime:
    """The time that a filter of the member `name` says, in UTC, which it is meant in unless it has an offset.

    Raises `InvalidRequest` for what is no time.
    """
    given = text.strip()
    if _CUT_SHORT.fullmatch(given):
        given += "-01-01"[len(given) - len("2026") :]
    try:
        found = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", given))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _refused(
            name, text, f"Not a time. Forms of times are {_TIME_FORMS}; without an offset UTC is meant."
        ) from None


def equal_to(text: str) -> str | None:
    """The one value that passes a filter by text, if it is only one."""
    name, operand = operation(text)
    return operand if name == "eq" else None


def _comparison(column: Column[T], text: str) -> Test:
    name, operand = operation(text)
    if name == "has":
        return _part_test(column, operand)
    if name in ("in", "nin"):
        wanted = {_operand(column, item) for item in operand.split(",")}
        return lambda value: (_compared(column, value) in wanted) == (name == "in")
    limit = _operand(column, operand)
    compare = _COMPARISONS[name]
    return lambda value: bool(compare(_compared(column, value), limit))


def _operand(column: Column[T], text: str) -> object:
    """What a value is compared with. Raises `InvalidRequest`."""
    name = column.name
    match column.kind:
        case Kind.UUID:
            return uuid_text(name, text.strip())
        case Kind.TIME:
            return moment(name, text)
        case Kind.WHOLE:
            return whole(name, text)
        case Kind.FLAG:
            return bool(text) and flag(name, text.strip())
    if not column.choices:
        return text
    if text.strip() not in column.choices:
        raise _refused(name, text, f"Value should be one of: {', '.join(column.choices)}")
    return text.strip()


def _compared(column: Column[T], value: object) -> object:
    """A value of a row in the form of operands."""
    if column.kind is Kind.TIME:
        return cast(datetime, value).astimezone(UTC).replace(microsecond=0)
    return value if column.kind in (Kind.WHOLE, Kind.FLAG) else str(value)


def _part_test(column: Column[T], text: str) -> Test:
    """Whether the text of a value has `text` in it, which has to be part of what such a value can be."""
    if column.kind in (Kind.UUID, Kind.WHOLE, Kind.FLAG):
        _operand(column, text)
    pattern = _like(text)
    if column.choices and not any(pattern.fullmatch(choice) for choice in column.choices):
        raise _refused(column.name, text, f"It is part of none of: {', '.join(column.choices)}")
    if column.kind is Kind.TIME:
        if not _PART_OF_TIME.fullmatch(text):
            raise _refused(column.name, text, "Not part of a time as it is shown, such as 2026-11-23 or 04:07.")
        return lambda value: pattern.fullmatch(timestamp(cast(datetime, value))) is not None
    return lambda value: pattern.fullmatch(str(value)) is not None


def _like(text: str) -> re.Pattern[str]:
    """SQL's LIKE '%text%'."""
    wild = {"%": ".*", "_": "."}
    return re.compile(
        ".*" + "".join(wild.get(sign, re.escape(sign)) for sign in text) + ".*", re.IGNORECASE | re.DOTALL
    )


def _json_test(column: Column[T], text: str) -> Test:
    try:
        wanted: Json = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(column.name, text, f"unable to convert to json. Error: {error}") from None
    return lambda value: value == wanted


def _tags_test(column: Column[T], text: str) -> Test:
    wanted = {tag.strip().lower() for tag in text.removeprefix("eq:").split(",") if tag.strip()}
    return lambda value: wanted <= {tag.lower() for tag in cast(tuple[str, ...], value)}


def _refused(name: str, text: str, why: str) -> InvalidRequest:
    return InvalidRequest(f"Invalid input for field/attribute {name}. Value: '{text}'. {why}")


_FROM, _TO = frozenset({"eq", "gt", "gte"}), frozenset({"eq", "lt", "lte"})


def selection_of(query: Query, project_id: str, name_of: Callable[[str], str | None]) -> Selection:
    """The executions of a project that can pass the filters of `query`, and perhaps more.

    Raises `InvalidRequest` where `created_at` is compared with what is no time.

    `name_of`: the one name under which a workflow of some id was ever started, if that is known.
    """
    state = only_value(query, "state")
    name, text = operation(query.text("created_at"))
    bound = _shown(text) if text and name in _FROM | _TO else ""
    return Selection(
        project_id,
        state=State(state) if state in LISTED else None,
        workflow=only_value(query, "workflow_name") or _named(query, name_of),
        since=bound if name in _FROM else "",
        until=bound if name in _TO else "",
    )


def _shown(text: str) -> str:
    """A time as the API shows it, always with four digits of the year."""
    return moment("created_at", text).replace(tzinfo=None).isoformat(" ", "seconds")


def _named(query: Query, name_of: Callable[[str], str | None]) -> str | None:
    identifier = only_value(query, "workflow_id")
    return name_of(identifier) if identifier else None


def only_value(query: Query, name: str) -> str | None:
    """What a member has to be equal to, if that is what is asked."""
    return equal_to(query.text(name)) or None
