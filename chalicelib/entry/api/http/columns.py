"""What a resource shows: its members in order, each with how it is read from a row, filtered and written.

A view is such a table. Replies, lists, `fields`, filters and sort keys all follow from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Generic, TypeVar

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.states import State

T = TypeVar("T")

TIME_FORMAT = "%Y-%m-%d %H:%M:%S"

STATES = tuple(str(state) for state in State)
SCOPES = ("private", "public")
"""What columns of states and of scopes hold."""


class Kind(Enum):
    """How a member is written and filtered."""

    TEXT = auto()
    UUID = auto()
    TIME = auto()
    JSON = auto()
    """Written as a string that holds JSON; null stays null."""
    RESULT = auto()
    """Written as a string that holds JSON, which may be that of null."""
    TAGS = auto()
    FLAG = auto()
    WHOLE = auto()


class Shown(Enum):
    """Where a member appears."""

    ALWAYS = auto()
    ON_DEMAND = auto()
    """In a list only when `fields` or a switch asks for it."""
    ALONE = auto()
    """Not in lists: it is expensive."""
    ALONE_IF_ANY = auto()
    """Not in lists, and not while there is none."""
    NEVER = auto()
    """A name that may be asked for but has no value, as clients send it."""


@dataclass(frozen=True)
class Column(Generic[T]):
    """One member of a resource."""

    name: str
    get: Callable[[T], object]
    kind: Kind = Kind.TEXT
    shown: Shown = Shown.ALWAYS
    filtered: bool = False
    """Whether lists take a filter of this name."""
    choices: Collection[str] = ()
    """The only values there are, if they are few: a filter by another one is refused."""
    rank: Callable[[T], object] | None = None
    """What lists are sorted by, where that is finer than what is shown."""

    @property
    def sorted_by(self) -> Callable[[T], object]:
        """What lists are sorted by."""
        return self.rank or self.get

    @property
    def sortable(self) -> bool:
        """Whether lists can be sorted by it."""
        return self.shown in (Shown.ALWAYS, Shown.ON_DEMAND)


class Columns(Generic[T]):
    """The members of a resource, in the order in which they are written."""

    def __init__(self, columns: Sequence[Column[T]]) -> None:
        self._by_name = {column.name: column for column in columns}

    def __iter__(self) -> Iterator[Column[T]]:
        return iter(self._by_name.values())

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Column[T]:
        return self._by_name[name]

    @property
    def names(self) -> list[str]:
        """Every name that `fields` may hold."""
        return list(self._by_name)

    def one(self, row: T, fields: Collection[str] | None = None) -> JsonDict:
        """A row as it is shown alone: whole, or with `id` and the given members only."""
        wanted = [c for c in self if c.shown is not Shown.NEVER and (fields is None or c.name in {"id", *fields})]
        values = [(column, column.get(row)) for column in wanted]
        return {
            c.name: write(c, value) for c, value in values if value is not None or c.shown is not Shown.ALONE_IF_ANY
        }

    def listed(self, row: T, fields: Collection[str] | None, extra: Collection[str] = ()) -> JsonDict:
        """A row as an item of a list; `extra` names members that a switch asks for."""
        wanted = fields if fields is not None else [c.name for c in self if c.shown is Shown.ALWAYS or c.name in extra]
        shown = [c for c in self if c.sortable and (c.name == "id" or c.name in wanted)]
        return {column.name: write(column, column.get(row)) for column in shown}

    def without(self, names: Collection[str]) -> Columns[T]:
        """These members but for some."""
        return Columns([column for column in self if column.name not in names])

    def unfiltered(self, names: Collection[str]) -> Columns[T]:
        """The same members, but lists take no filters of these names."""
        return Columns([replace(column, filtered=column.filtered and column.name not in names) for column in self])


def write(column: Column[T], value: object) -> Json:
    """A value as it is written in a reply."""
    if column.kind is Kind.RESULT:
        return json_text(value)
    if value is None:
        return None
    if column.kind is Kind.JSON:
        return json_text(value)
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, (bool, int, float, str, list, dict)) else str(value)


def json_text(value: object) -> str:
    """JSON as it stands in a string member: readable, nothing escaped that need not be."""
    return json.dumps(dict(value) if isinstance(value, Mapping) else value, ensure_ascii=False, default=str)


def timestamp(value: datetime) -> str:
    """UTC to the second, the one form that clients parse."""
    return value.astimezone(UTC).strftime(TIME_FORMAT)
