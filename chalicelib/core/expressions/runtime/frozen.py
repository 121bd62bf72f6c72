"""Data as YAQL sees it: immutable, and converted part by part when an expression reads it.

The plain value stays at hand, so that a value that is only passed on is neither converted nor converted back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yaql.language.utils import FrozenDict

from chalicelib.core.jsontext import Json


class NoKey(KeyError):
    """A mapping of the data was asked for a key that it lacks; reads like any `KeyError`."""

    def __init__(self, key: object, owner: Frozen) -> None:
        super().__init__(key)
        self.key = key
        self.owner = owner


class Frozen(Mapping[str, object]):
    """An immutable view of a mapping; reads an item when an expression does, and once only."""

    __slots__ = ("_hash", "_seen", "plain")

    def __init__(self, plain: Mapping[str, Json]) -> None:
        self.plain = plain
        self._seen: dict[str, object] = {}
        self._hash: int | None = None

    def __getitem__(self, name: str) -> object:
        if name not in self._seen:
            self._seen[name] = frozen(self._read(name))
        return self._seen[name]

    def _read(self, name: str) -> Json:
        try:
            return self.plain[name]
        except KeyError:
            raise NoKey(name, self) from None

    def __contains__(self, name: object) -> bool:
        return name in self.plain

    def __iter__(self) -> Iterator[str]:
        return iter(self.plain)

    def __len__(self) -> int:
        return len(self.plain)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(FrozenDict(self))  # equal to that of a mapping that the expression itself made
        return self._hash

    def __repr__(self) -> str:
        return repr(dict(self))


class FrozenList(tuple[object, ...]):
    """An immutable copy of a list."""

    plain: list[Json]


class Root(Frozen):
    """The `$` of an expression over the lazily loaded data of a run."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "$"  # YAQL's messages show the receiver of a call; they need not load and show everything


Frozen.__name__ = Root.__name__ = dict.__name__  # texts of errors name the class of a value
FrozenList.__name__ = tuple.__name__


class Sealed:
    """An execution in a list of `executions()`: YAQL can count and pass it, but not read its fields."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Json]) -> None:
        self._fields = fields

    def __iter__(self) -> Iterator[tuple[str, Json]]:
        return iter(self._fields.items())

    def __repr__(self) -> str:
        return "<execution>"


def frozen(value: Json) -> object:
    """`value` with tuples for lists and hashable mappings for dicts."""
    if isinstance(value, dict):
        return Frozen(value)
    if isinstance(value, list):
        items = FrozenList(map(frozen, value))
        items.plain = value
        return items
    return value
