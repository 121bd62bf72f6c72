"""How much one evaluation may use, and the count of what it has used.

The bounds are far above honest use; they exist so that a hostile expression ends in an error instead of taking the
process with it.
"""

from __future__ import annotations

from dataclasses import dataclass

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
