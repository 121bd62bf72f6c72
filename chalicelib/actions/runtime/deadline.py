"""The time that an action may take as a whole, while the libraries it uses only know how long one wait may be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.actions.runtime.gateways import Overdue


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of `clock`, `seconds` after the action began; without `seconds` it never comes."""

    seconds: float | None
    moment: float
    clock: Callable[[], float]

    @classmethod
    def after(cls, seconds: float | None, clock: Callable[[], float]) -> Deadline:
        """The deadline of an action that begins now."""
        return cls(seconds or None, clock() + (seconds or 0), clock)

    def check(self) -> None:
        """Raise `Overdue` once the time is over."""
        if self.seconds and self.clock() >= self.moment:
            raise Overdue(self.seconds)

    def left(self, most: float) -> float:
        """Seconds for the next wait: `most`, or the time there is. Raises `Overdue`."""
        self.check()
        return min(most, self.moment - self.clock()) if self.seconds else most

    @contextmanager
    def cutting(self, cut: Callable[[], None]) -> Iterator[None]:
        """Call `cut`, in another thread, if the time is over before the block is."""
        if not self.seconds:
            yield
            return
        timer = threading.Timer(max(self.moment - self.clock(), 0.0), cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
