"""From whatever an expression gave to plain JSON, or to the values whose `str()` goes into a text.

Mappings become dicts, sequences and iterators lists, sets lists in a fixed order. Times become the text that Mistral
stores. Everything is metered, as a small value that refers to itself many times can stand for a huge text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime

from jinja2 import Undefined

from chalicelib.core.expressions.runtime.evaluation import Evaluation
from chalicelib.core.expressions.runtime.frozen import Frozen, FrozenList
from chalicelib.core.expressions.runtime.limits import ITEM
from chalicelib.core.jsontext import Json

_ORDINARY_BITS = 64
_SCALARS = frozenset({str, bool, float, type(None)})
_UNHASHABLE = {(Mapping,): "dict", (list, tuple): "list", (Set,): "set"}
"""Keys that YAQL can have and a dict cannot: what Mistral says of them."""
_KEY_WORDS = {True: "true", False: "false", None: "null"}


class Collected(list[object]):
    """The items of a set in a fixed order, written like a set."""

    def __repr__(self) -> str:
        return "{" + ", ".join(map(repr, self)) + "}" if self else "set()"


def to_json(value: object, run: Evaluation) -> Json:
    """`value` as plain JSON. Raises `TypeError` for a value that JSON has no form for."""
    plain: Json = _Thaw(run, _json_leaf, _json_key).of(value)  # type: ignore[assignment]
    return plain


def to_native(value: object, run: Evaluation) -> object:
    """`value` as ordinary Python containers, leaves as they are: what `str()` and the dump functions work on."""
    return _Thaw(run, lambda leaf: leaf, lambda key: key).of(value)


@dataclass(frozen=True, slots=True)
class _Thaw:
    run: Evaluation
    leaf: Callable[[object], object]
    key: Callable[[object], object]

    def of(self, value: object) -> object:
        kind = type(value)
        if kind is str:
            self.run.meter.produce(len(value) + ITEM)  # type: ignore[arg-type]
            return value
        if kind is Frozen or kind is FrozenList:  # not the root: its data is not a dict
            self.run.scales.weigh(value)
            return self.of(value.plain)  # type: ignore[attr-defined]
        if kind is dict or kind is list:
            try:
                weight = self.run.scales.weigh(value)
                copy = _copied(value)
            except _Foreign:
                return self._container(value)
            self.run.meter.produce(weight)
            return copy
        self.run.meter.produce(ITEM)
        if value is None or kind is bool or kind is float:
            return value
        if isinstance(value, int):
            self.run.meter.check_bits(value.bit_length())
            return value
        return self._container(value)

    def _container(self, value: object) -> object:
        if isinstance(value, Mapping):
            return {self.key(key): self.of(item) for key, item in value.items()}
        if isinstance(value, (set, frozenset)):
            return Collected(map(self.of, _ordered(value)))
        if isinstance(value, Set):  # the views of a mapping keep its order
            return Collected(map(self.of, value))
        if isinstance(value, str):  # Jinja's `Markup`
            return self.of(str.__str__(value))
        if isinstance(value, Iterable) and not isinstance(value, (bytes, Undefined)):
            return list(map(self.of, value))
        return self.leaf(value)


class _Foreign(Exception):
    """Something that is not JSON is part of a value."""


def _copied(value: object) -> object:
    """A copy of `value` if it is plain JSON throughout, which is checked much faster than it is converted."""
    if type(value) is dict:
        for key in value:
            if type(key) is not str:
                raise _Foreign
        return {key: item if type(item) in _SCALARS else _copied(item) for key, item in value.items()}
    if type(value) is list:
        return [item if type(item) in _SCALARS else _copied(item) for item in value]
    if type(value) is int and value.bit_length() <= _ORDINARY_BITS:
        return value
    raise _Foreign


def _ordered(items: Iterable[object]) -> list[object]:
    try:
        return sorted(items)  # type: ignore[type-var]
    except TypeError:
        return sorted(items, key=repr)


def _json_leaf(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, Undefined):
        str(value)  # a strict one refuses, with the reason; else it is the value of an `if` without `else`
        return None
    raise TypeError(f"a value of type {type(value).__name__} is not JSON")


def _json_key(key: object) -> object:
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, bool):
        return _KEY_WORDS[key]
    if isinstance(key, (int, float)):
        return str(key)
    for kinds, name in _UNHASHABLE.items():
        if isinstance(key, kinds):
            raise TypeError(f"unhashable type: {name!r}")
    raise TypeError(f"a key of type {type(key).__name__} is not JSON")
