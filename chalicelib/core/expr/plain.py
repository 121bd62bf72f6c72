"""From whatever an expression gave to plain JSON, or to the values whose `str()` goes into a text.

Mappings become dicts, sequences and iterators lists, sets lists in a fixed order. Times become the text that Mistral
stores. Everything is metered, as a small value that refers to itself many times can stand for a huge text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from datetime import date, datetime

from jinja2 import Undefined

from chalicelib.core.expr.limits import ITEM, Meter
from chalicelib.core.jsontext import Json

Leaf = Callable[[object], object]
_KEY_WORDS = {True: "true", False: "false", None: "null"}


class Collected(list[object]):
    """The items of a set in a fixed order, written like a set."""

    def __repr__(self) -> str:
        return "{" + ", ".join(map(repr, self)) + "}" if self else "set()"


def to_json(value: object, meter: Meter) -> Json:
    """`value` as plain JSON. Raises `TypeError` for a value that JSON has no form for."""
    plain: Json = _thaw(value, meter, _json_leaf, _json_key)  # type: ignore[assignment]
    return plain


def to_native(value: object, meter: Meter) -> object:
    """`value` as ordinary Python containers, leaves as they are: what `str()` and the dump functions work on."""
    return _thaw(value, meter, lambda leaf: leaf, lambda key: key)


def _thaw(value: object, meter: Meter, leaf: Leaf, key_of: Leaf) -> object:
    if isinstance(value, str):
        meter.produce(len(value) + ITEM)
        return str.__str__(value)
    meter.produce(ITEM)
    if isinstance(value, int) and not isinstance(value, bool):
        meter.check_bits(value.bit_length())
        return value
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, Mapping):
        return {key_of(key): _thaw(item, meter, leaf, key_of) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return Collected(_thaw(item, meter, leaf, key_of) for item in _ordered(value))
    if isinstance(value, Set):  # the views of a mapping keep its order
        return Collected(_thaw(item, meter, leaf, key_of) for item in value)
    if isinstance(value, Iterable) and not isinstance(value, (bytes, Undefined)):
        return [_thaw(item, meter, leaf, key_of) for item in value]
    return leaf(value)


def _ordered(items: Set[object]) -> list[object]:
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
    raise TypeError(f"a key of type {type(key).__name__} is not JSON")
