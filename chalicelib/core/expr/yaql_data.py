"""Data as YAQL sees it: immutable, and converted variable by variable, as the data of a run is loaded lazily."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yaql.language.utils import FrozenDict

from chalicelib.core.jsontext import Json


def frozen(value: Json) -> object:
    """`value` with tuples for lists and hashable mappings for dicts."""
    if isinstance(value, dict):
        return FrozenDict({key: frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(map(frozen, value))
    return value


class Root(Mapping[str, object]):
    """The `$` of an expression: reads a variable when the expression does, and once only."""

    def __init__(self, data: Mapping[str, Json]) -> None:
        self._data = data
        self._seen: dict[str, object] = {}

    def __getitem__(self, name: str) -> object:
        if name not in self._seen:
            self._seen[name] = frozen(self._data[name])
        return self._seen[name]

    def __contains__(self, name: object) -> bool:
        return name in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __hash__(self) -> int:
        return hash(FrozenDict(self))

    def __repr__(self) -> str:
        return "$"  # YAQL's messages show the receiver of a call; they need not load and show everything


class Sealed:
    """An execution in a list of `executions()`: YAQL can count and pass it, but not read its fields."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Json]) -> None:
        self._fields = fields

    def __iter__(self) -> Iterator[tuple[str, Json]]:
        return iter(self._fields.items())

    def __repr__(self) -> str:
        return "<execution>"
