"""Limits of an evaluation, and the estimated size of values.

The bounds are far above honest use; they exist so that a hostile expression ends in an error instead of taking the
process with it.

A value that refers to itself many times (`[x, x]` of `[x, x]` of …) is small in memory and endless as text, and as long
to compare. Every container that an expression builds is weighed, so none of them gets that far. The weight of a
container is remembered: nothing in an expression can change one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain

from yaql.language.utils import FrozenDict

from chalicelib.core.expressions.runtime.frozen import Frozen, FrozenList
from chalicelib.core.jsontext import dumps

ITEM = 16
"""What one item of a value counts as, in characters; about its size in memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one call of `evaluate`."""

    steps: int = 300_000
    """Items iterated plus functions called."""
    memory: int = 64 * 2**20
    """Bytes of one value inside a YAQL expression; the default is part of the engine and holds for every call."""
    output: int = 16 * 2**20
    """Characters of everything that is produced; see also `ITEM`."""
    depth: int = 200
    """Nesting of the value that is walked."""
    number_bits: int = 14_000
    """Size of a whole number; beyond about this Python refuses to write it in decimal."""
    width: int = 100_000
    """Padding, indentation and similar sizes that an expression may ask for."""


class LimitExceeded(Exception):
    """An expression asked for more than it may use."""


class Meter:
    """Counts what one evaluation uses, and stops it at its limits. Not shared between threads."""

    __slots__ = ("limits", "produced", "steps")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.steps = 0
        self.produced = 0

    def step(self) -> None:
        """One item was iterated or one function called."""
        self.steps += 1
        if self.steps > self.limits.steps:
            raise LimitExceeded(f"The expression takes more than {self.limits.steps} steps")

    def produce(self, size: int) -> None:
        """`size` more characters or nodes are part of the result."""
        self.produced += size
        if self.produced > self.limits.output:
            raise LimitExceeded(f"The expression produces more than {self.limits.output} characters")

    def check_size(self, size: int) -> None:
        """One value of `size` characters or items is about to be made."""
        if size > self.limits.output:
            raise LimitExceeded(f"A value is larger than {self.limits.output} characters")

    def check_width(self, width: int) -> None:
        """A padding or an indentation of `width` was asked for."""
        if abs(width) > self.limits.width:
            raise LimitExceeded(f"A width is larger than {self.limits.width}")

    def check_bits(self, bits: int) -> None:
        """A whole number of `bits` is about to be made."""
        if bits > self.limits.number_bits:
            raise LimitExceeded(f"A number is larger than 2 to the power of {self.limits.number_bits}")


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
