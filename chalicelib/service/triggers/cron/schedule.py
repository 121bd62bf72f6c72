"""Schedule of a cron trigger: its stored facts and its options.

overlap or are many.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from chalicelib.core import ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import InvalidRequest
from chalicelib.ports.definitions import DefinitionChange, DefinitionRecord, DefinitionStore
from chalicelib.service.definitions.kinds import CRON_TWIN
from chalicelib.service.triggers.cron import expression as cron_expression

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
            following = cron_expression.next_time(self.pattern, self._reached(now), self.timezone)
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
        at = cron_expression.next_time(self.pattern, start - timedelta(microseconds=1), self.timezone)
        while at < end:
            yield at
            at = cron_expression.next_time(self.pattern, at, self.timezone)

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
        once=bool(plain.get("once", plain["pattern"] == cron_expression.NEVER)),  # records used to say so by it alone
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
            cron_expression.check_zone(self.timezone)
        if self.overlap not in (None, *OVERLAPS):
            raise InvalidRequest(f"overlap must be one of {', '.join(OVERLAPS)}, not {self.overlap!r}")
        if self.catch_up is not None and self.catch_up < LEAST_CATCH_UP:
            raise InvalidRequest(f"catch_up must be at least {LEAST_CATCH_UP} seconds, not {self.catch_up}")
        if self.jitter is not None and not 0 <= self.jitter <= MOST_JITTER:
            raise InvalidRequest(f"jitter must be 0 to {MOST_JITTER} seconds, not {self.jitter}")


def with_facts(record: DefinitionRecord, facts: CronFacts, updated_at: datetime | None) -> DefinitionRecord:
    """The next version of a record, due when its facts say so."""
    return replace(
        record,
        version=record.version + 1,
        facts={**record.facts, **facts.plain()},
        due=facts.due(record.id),
        updated_at=updated_at,
    )


def removal(store: DefinitionStore, record: DefinitionRecord) -> list[DefinitionChange]:
    """What removes a trigger, together with what reserves its times."""
    named = record.facts.get("twin")
    twin = store.by_name(CRON_TWIN.name, record.project_id, "", str(named)) if named else None
    return [DefinitionChange(record, None), *([DefinitionChange(twin, None)] if twin else [])]
