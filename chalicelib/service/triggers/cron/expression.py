"""When a cron pattern comes true: five fields, or six with seconds last, by the clock of a place.

Where the clock is changed, the rules are those of Vixie cron:

* An hour field that begins with `*` follows time itself: the pattern comes true in both hours that bear the same name,
  and not in an hour that there is not.
* Any other hour means the clock on the wall. A time that is skipped counts at the moment of the change, several of them
  once. A time that comes twice counts when it comes first.
"""

from __future__ import annotations

from copy import copy
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadDateError, croniter

from chalicelib.errors import InvalidRequest

NEVER = "0 0 30 2 0"
"""What clients are shown in place of a missing pattern. It is one as well: the Sundays of February."""

MAX_PATTERN = 100

_SECOND = timedelta(seconds=1)


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises `InvalidRequest`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _no_zone(name) from None


def check_zone(name: str) -> None:
    """Raise `InvalidRequest` unless `name` is one that means the same time on every machine.

    Time zone files have more: `right/…` counts leap seconds, which clocks here do not, `posix/…` are copies, and what
    `localtime` and `posixrules` are is up to the machine.
    """
    zone(name)
    if name.startswith(("right/", "posix/")) or name in ("localtime", "posixrules", "Factory"):
        raise _no_zone(name)


def next_time(pattern: str, after: datetime, timezone: str | None = None) -> datetime:
    """The first moment beyond `after`, in UTC; `timezone`: whose clock counts, by default that of UTC.

    Raises `InvalidRequest` for no pattern, for one that never comes true, and for no time zone.
    """
    try:
        if timezone is None:
            return _following(pattern, after)
        place = zone(timezone)
        return _by_time(pattern, after, place) if _follows_time(pattern) else _by_clock(pattern, after, place)
    except (CroniterBadDateError, OverflowError):  # the latter at the end of the calendar
        raise InvalidRequest(f"The specified pattern never comes true: {pattern}") from None


def _following(pattern: str, after: datetime) -> datetime:
    """The next match, of clock times that are written as if they were UTC."""
    found: datetime = copy(_parsed(pattern)).get_next(datetime, start_time=after)
    return found.astimezone(UTC)


@lru_cache(maxsize=1000)
def _parsed(pattern: str) -> croniter:
    """The pattern, from which to look at copies: looking changes where it stands. Raises `InvalidRequest`."""
    if len(pattern) > MAX_PATTERN or not croniter.is_valid(pattern):
        raise InvalidRequest(f"The specified pattern is not valid: {pattern}")
    return croniter(pattern)


def _follows_time(pattern: str) -> bool:
    fields = pattern.split()
    return pattern == "@hourly" or (len(fields) > 1 and fields[1].startswith("*"))


def _by_time(pattern: str, after: datetime, place: ZoneInfo) -> datetime:
    """The next match, by the clock as it is set at that time."""
    while True:
        offset = _offset(after + _SECOND, place)
        found = _following(pattern, after + offset) - offset
        if _offset(found, place) == offset:
            return found
        after = _change(after + _SECOND, found, place) - _SECOND


def _by_clock(pattern: str, after: datetime, place: ZoneInfo) -> datetime:
    """The next match of the clock on the wall."""
    wall = after + _offset(after, place)
    while True:
        wall = _following(pattern, wall)
        moment = _moment(wall, place)
        if moment > after:
            return moment


def _moment(wall: datetime, place: ZoneInfo) -> datetime:
    """When the wall clock (written as UTC) first shows a time, or passes it."""
    local = wall.replace(tzinfo=place)
    first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if first + _offset(first, place) == wall:
        return first
    return _change(second, first, place)


def _change(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The second at which the clock is changed between two moments."""
    old = _offset(before, place)
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        before, after = (middle, after) if _offset(middle, place) == old else (before, middle)
    return after.replace(microsecond=0)


def _offset(moment: datetime, place: ZoneInfo) -> timedelta:
    return moment.astimezone(place).utcoffset() or timedelta(0)


def _no_zone(name: str) -> InvalidRequest:
    return InvalidRequest(f"There is no time zone {name!r}; a name such as Europe/Berlin is wanted")
