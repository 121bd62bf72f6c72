"""How much the text of a value would be, without writing it.

A value that refers to itself many times (`[x, x]` of `[x, x]` of …) is small in memory and endless as text, and as long
to compare. Every container that an expression builds is weighed, so none of them gets that far. The weight of a
container is remembered: nothing in an expression can change one.
"""

from __future__ import annotations

from collections.abc import Iterable

from yaql.language.utils import FrozenDict

from chalicelib.core.expr.limits import ITEM, LimitExceeded, Limits

_CONTAINERS = (list, tuple, dict, FrozenDict, set, frozenset)


class Scales:
    """Weighs the values of one evaluation."""

    __slots__ = ("_known", "_limit")

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.output
        self._known: dict[int, tuple[object, int]] = {}
        """By identity; the object is kept so that its identity stays its own."""

    def weigh(self, value: object) -> int:
        """The size of `value` in characters; iterators are not touched. Raises `LimitExceeded` if it is too large."""
        weight = self._weight(value)
        if weight > self._limit:
            raise LimitExceeded(f"A value is larger than {self._limit} characters")
        return weight

    def _weight(self, value: object) -> int:
        if isinstance(value, (str, bytes)):
            return len(value) + ITEM
        if not isinstance(value, _CONTAINERS):
            return ITEM
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = (value, ITEM + sum(map(self._weight, _parts(value))))
        return known[1]


def _parts(value: Iterable[object]) -> Iterable[object]:
    if isinstance(value, (dict, FrozenDict)):
        return [*value.keys(), *value.values()]
    return value
