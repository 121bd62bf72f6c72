"""When a cron trigger fires, as its record keeps it, and what becomes of that when it has fired. No clock in here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from chalicelib.core import ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import InvalidRequest
from chalicelib.service import cron_pattern

ALLOW, SKIP, BUFFER_ONE, CANCEL_PREVIOUS = "allow", "skip", "buffer_one", "cancel_previous"
OVERLAPS = (ALLOW, SKIP, BUFFER_ONE, CANCEL_PREVIOUS)
"""What is done at a fire time while the execution of an earlier one is not over."""

ON_TIME = timedelta(minutes=5)
"""Fire times that come up to this much too late are all made up for: ticks may be missing."""


@dataclass(frozen=True, slots=True)
class CronFacts:
    """The times of a cron trigger, aware UTC."""

    pattern: str
    remaining: int | None
    """How often it still fires; `None`: for ever."""
    first: datetime | None
    next: datetime
    timezone: str | None = None
    """Whose clock the pattern means; `None`: that of UTC."""
    overlap: str = ALLOW
    """One of `OVERLAPS`."""
    catch_up: int | None = None
    """Fire times that were missed are made up for if they are this many seconds old at most; `None`: as Mistral does,
    one of them, however old."""
    jitter: int = 0
    """Up to how many seconds after its fire time it starts anything."""
    paused: bool = False
    last: datetime | None = None
    """The fire time whose execution was started last."""
    error: str | None = None
    """Why nothing was started the last time."""
    once: bool = False
    """Whether no pattern was given: it fires at its first time only, and `pattern` is what clients see in its place."""

    def plain(self) -> JsonDict:
        """As a record keeps it."""
        return {name: _plain(getattr(self, name)) for name in _NAMES}

    def due(self, trigger_id: str) -> datetime | None:
        """When the trigger whose facts these are has something to do; each fire time has a delay of its own."""
        if self.paused:
            return None
        digest = hashlib.sha256(f"{trigger_id}/{self.next.isoformat()}".encode()).digest()
        return self.next + timedelta(seconds=int.from_bytes(digest[:4]) % (self.jitter + 1))

    def is_missed(self, due: datetime, now: datetime) -> bool:
        """Whether it is too late to start anything for a fire time that was `due`."""
        return self.catch_up is not None and now - due > timedelta(seconds=self.catch_up)

    def passed(self, now: datetime) -> CronFacts | None:
        """Afterwards, if nothing was started; `None`: that was the last time."""
        if self.once:
            return None
        try:
            following = cron_pattern.next_time(self.pattern, self._reached(now), self.timezone)
        except InvalidRequest:  # a pattern may name years, and those pass
            return None
        return replace(self, next=following)

    def coming(self) -> Iterator[datetime]:
        """The fire times from the next one on, however many remain."""
        facts: CronFacts | None = self
        while facts is not None:
            yield facts.next
            facts = facts.passed(facts.next)

    def between(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The times at which the pattern comes true from `start` to before `end`."""
        if self.once:
            return
        at = cron_pattern.next_time(self.pattern, start - timedelta(microseconds=1), self.timezone)
        while at < end:
            yield at
            at = cron_pattern.next_time(self.pattern, at, self.timezone)

    def fired(self, now: datetime, error: str | None) -> CronFacts | None:
        """Afterwards, if an execution was started, or refused with `error`; `None`: that was the last time."""
        passed = None if self.remaining == 1 else self.passed(now)
        if passed is None:
            return None
        remaining = None if self.remaining is None else self.remaining - 1
        return replace(passed, remaining=remaining, last=self.next if error is None else self.last, error=error)

    def _reached(self, now: datetime) -> datetime:
        """Up to when fire times have been dealt with."""
        if now <= self.next:
            return self.next
        if self.overlap == BUFFER_ONE:  # only one is kept, which is this one
            return now
        if self.catch_up is not None:
            return max(self.next, now - timedelta(seconds=self.catch_up + self.jitter))
        return self.next if now - self.next <= ON_TIME + timedelta(seconds=self.jitter) else now


_NAMES = tuple(one.name for one in fields(CronFacts))


def facts_of(plain: JsonDict) -> CronFacts:
    """As a record kept it."""
    return CronFacts(
        pattern=str(plain["pattern"]),
        remaining=_number(plain["remaining"]),
        first=_time(plain["first"]),
        next=datetime.fromisoformat(str(plain["next"])),
        timezone=_text(plain.get("timezone")),
        overlap=str(plain.get("overlap", ALLOW)),
        catch_up=_number(plain.get("catch_up")),
        jitter=_number(plain.get("jitter")) or 0,
        paused=bool(plain.get("paused")),
        last=_time(plain.get("last")),
        error=_text(plain.get("error")),
        once=bool(plain.get("once", plain["pattern"] == cron_pattern.NEVER)),  # records used to say so by it alone
    )


def execution_id(trigger_id: str, at: datetime) -> str:
    """The id of the execution that a trigger starts for a fire time: whoever starts it again finds it there."""
    return ids.derived_uuid("cron trigger", trigger_id, at.isoformat())


def _plain(value: Json | datetime) -> Json:
    return value.isoformat() if isinstance(value, datetime) else value


def _number(plain: Json) -> int | None:
    return plain if isinstance(plain, int) else None


def _text(plain: Json) -> str | None:
    return plain if isinstance(plain, str) else None


def _time(plain: Json) -> datetime | None:
    return None if plain is None else datetime.fromisoformat(str(plain))
