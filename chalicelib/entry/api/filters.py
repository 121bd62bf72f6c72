"""Filters of lists: `name=value` and `name=<operator>:value` (API rules §3.5).

Nulls pass no filter, as in SQL; nor do the empty texts that stand for a time. Times compare as the texts that the API
shows.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from typing import TypeVar

from chalicelib.core.jsontext import Json
from chalicelib.entry.api.columns import Column, Kind, timestamp
from chalicelib.entry.api.request import flag, uuid_text, whole
from chalicelib.errors import InvalidRequest

T = TypeVar("T")

Test = Callable[[object], bool]

_ORDERING = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
_OPERATORS = frozenset({"eq", "neq", "in", "nin", "has", *_ORDERING})


def filter_of(column: Column[T], text: str) -> Callable[[T], bool]:
    """The filter that `text` asks for. Raises `InvalidRequest` if it does not fit the kind of the member."""
    tests = {Kind.JSON: _json_test, Kind.TAGS: _tags_test, Kind.FLAG: _flag_test, Kind.WHOLE: _whole_test}
    test = tests.get(column.kind, _text_test)(column, text)

    def accepts(row: T) -> bool:
        value = column.get(row)
        absent = value is None or (column.kind is Kind.TIME and value == "")
        return not absent and test(value)

    return accepts


def operation(text: str) -> tuple[str, str]:
    """The operator and the operand of a filter."""
    prefix, colon, rest = text.partition(":")
    return (prefix, rest) if colon and prefix in _OPERATORS else ("eq", text)


def time_text(text: str) -> str:
    """A time in the form that the API shows."""
    return text.replace("T", " ").rstrip("Z")


def equal_to(text: str) -> str | None:
    """The one value that passes a filter by text, if it is only one."""
    name, operand = operation(text)
    return operand if name == "eq" else None


def _text_test(column: Column[T], text: str) -> Test:
    name, operand = operation(text)
    read = timestamp if column.kind is Kind.TIME else str
    if name in ("in", "nin"):
        wanted = {_operand(column, item) for item in operand.split(",")}
        return lambda value: (read(value) in wanted) == (name == "in")  # type: ignore[arg-type]
    operand = _operand(column, operand)
    if name == "has":
        pattern = _like(operand)
        return lambda value: pattern.fullmatch(read(value)) is not None  # type: ignore[arg-type]
    compare = _ORDERING.get(name, operator.eq if name == "eq" else operator.ne)
    return lambda value: bool(compare(read(value), operand))  # type: ignore[arg-type]


def _operand(column: Column[T], text: str) -> str:
    if column.kind is Kind.UUID:
        return uuid_text(column.name, text)
    return time_text(text) if column.kind is Kind.TIME else text


def _like(text: str) -> re.Pattern[str]:
    """SQL's LIKE '%text%'."""
    wild = {"%": ".*", "_": "."}
    return re.compile(
        ".*" + "".join(wild.get(sign, re.escape(sign)) for sign in text) + ".*", re.IGNORECASE | re.DOTALL
    )


def _json_test(column: Column[T], text: str) -> Test:
    try:
        wanted: Json = json.loads(text)
    except ValueError as error:
        why = f"unable to convert to json. Error: {error}"
        raise InvalidRequest(f"Invalid input for field/attribute {column.name}. Value: '{text}'. {why}") from None
    return lambda value: value == wanted


def _tags_test(column: Column[T], text: str) -> Test:
    wanted = {tag.strip().lower() for tag in text.removeprefix("eq:").split(",") if tag.strip()}
    return lambda value: wanted <= {tag.lower() for tag in value}  # type: ignore[attr-defined]


def _whole_test(column: Column[T], text: str) -> Test:
    wanted = whole(column.name, text)
    return lambda value: value == wanted


def _flag_test(column: Column[T], text: str) -> Test:
    wanted = bool(text) and flag(column.name, text)
    return lambda value: value == wanted
