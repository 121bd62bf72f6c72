"""What a cron trigger can be told beyond Mistral: whose clock counts, and what becomes of fire times that are late,
overlap or are many."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.errors import InvalidRequest
from chalicelib.service import cron_pattern
from chalicelib.service.cron_facts import OVERLAPS, CronFacts

LEAST_CATCH_UP = 60
"""Seconds; ticks come every minute, so less would drop fire times in ordinary life."""

MOST_JITTER = 3600
"""Seconds."""


@dataclass(frozen=True, slots=True)
class CronOptions:
    """As in `CronFacts`; `None`: as it was, for a new trigger as by default."""

    timezone: str | None = None
    overlap: str | None = None
    catch_up: int | None = None
    jitter: int | None = None
    paused: bool | None = None

    def applied(self, facts: CronFacts) -> CronFacts:
        """`facts` with these options. Raises `InvalidRequest`."""
        self._check()
        return replace(
            facts,
            timezone=facts.timezone if self.timezone is None else self.timezone,
            overlap=facts.overlap if self.overlap is None else self.overlap,
            catch_up=facts.catch_up if self.catch_up is None else self.catch_up,
            jitter=facts.jitter if self.jitter is None else self.jitter,
            paused=facts.paused if self.paused is None else self.paused,
        )

    def _check(self) -> None:
        if self.timezone is not None:
            cron_pattern.check_zone(self.timezone)
        if self.overlap not in (None, *OVERLAPS):
            raise InvalidRequest(f"overlap must be one of {', '.join(OVERLAPS)}, not {self.overlap!r}")
        if self.catch_up is not None and self.catch_up < LEAST_CATCH_UP:
            raise InvalidRequest(f"catch_up must be at least {LEAST_CATCH_UP} seconds, not {self.catch_up}")
        if self.jitter is not None and not 0 <= self.jitter <= MOST_JITTER:
            raise InvalidRequest(f"jitter must be 0 to {MOST_JITTER} seconds, not {self.jitter}")
