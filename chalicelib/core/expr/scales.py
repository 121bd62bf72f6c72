"""How much the text of a value would be, without writing it.

A value that refers to itself many times (`[x, x]` of `[x, x]` of …) is small in memory and endless as text, and as long
to compare. Every container that an expression builds is weighed, so none of them gets that far. The weight of a
container is remembered: nothing in an expression can change one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from yaql.language.utils import FrozenDict

from chalicelib.core.expr.limits import ITEM, LimitExceeded, Limits
from chalicelib.core.expr.yaql_data import Frozen, FrozenList
from chalicelib.core.jsontext import dumps

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
        if isinstance(value, (Frozen, FrozenList)):  # loaded from text, so it can be written again
            return self._remembered(value.plain, lambda plain: len(dumps(plain)))
        return self._remembered(value, self._sum) if isinstance(value, _CONTAINERS) else ITEM

    def _remembered(self, container: Iterable[object], measure: Callable[[Iterable[object]], int]) -> int:
        known = self._known.get(id(container))
        if known is None:
            known = self._known[id(container)] = (container, measure(container))
        return known[1]

    def _sum(self, container: Iterable[object]) -> int:
        total = ITEM
        for part in _parts(container):
            kind = type(part)
            if kind is str:
                total += len(part) + ITEM  # type: ignore[arg-type]
            elif kind is int or kind is float or kind is bool or part is None:
                total += ITEM
            else:
                total += self._weight(part)
        return total


def _parts(value: Iterable[object]) -> Iterable[object]:
    return chain(value.keys(), value.values()) if isinstance(value, (dict, FrozenDict)) else value
