"""How long a task waits before it is tried again: always the same, or longer and longer (not in Mistral)."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 365 * 24 * 3600
"""Seconds up to which delays grow where no `max-delay` says otherwise."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The delays of `retry`, in seconds."""

    delay: int = 0
    backoff: float = 1
    """By what each delay is multiplied to get the next one; at least 1."""
    max_delay: int = 0
    """What no delay exceeds; 0: there is no such bound."""
    jitter: float = 0
    """Which part of a delay chance may take away, from 0 to 1."""

    def seconds(self, number: int, chance: float) -> int:
        """The delay after `number` retries; `chance` is from [0, 1). Whole seconds, as timers have."""
        return round(min(self._grown(number), self._most) * (1 - self.jitter * chance))

    @property
    def _most(self) -> int:
        return self.max_delay or max(self.delay, LONGEST)

    def _grown(self, number: int) -> float:
        if self.backoff == 1 or not self.delay:
            return self.delay
        try:
            return self.delay * float(self.backoff) ** number
        except OverflowError:
            return self._most


STEADY = Pace()
"""The pace of `retry` without any delay."""
