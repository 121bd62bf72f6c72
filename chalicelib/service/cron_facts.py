"""When a cron trigger fires, as its record keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.jsontext import Json, JsonDict


@dataclass(frozen=True, slots=True)
class CronFacts:
    """The times of a cron trigger, aware UTC."""

    pattern: str
    remaining: int | None
    """How often it still fires; `None`: for ever."""
    first: datetime | None
    next: datetime

    def plain(self) -> JsonDict:
        """As a record keeps it."""
        first = self.first.isoformat() if self.first is not None else None
        return {"pattern": self.pattern, "remaining": self.remaining, "first": first, "next": self.next.isoformat()}


def facts_of(plain: JsonDict) -> CronFacts:
    """As a record kept it."""
    remaining = plain["remaining"]
    count = remaining if isinstance(remaining, int) else None
    return CronFacts(str(plain["pattern"]), count, _time(plain["first"]), datetime.fromisoformat(str(plain["next"])))


def _time(plain: Json) -> datetime | None:
    return None if plain is None else datetime.fromisoformat(str(plain))
