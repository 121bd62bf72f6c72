"""When a cron pattern comes true: five fields, or six with seconds last, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from croniter import CroniterBadDateError, croniter

from chalicelib.errors import InvalidRequest

NEVER = "0 0 30 2 0"
"""What stands for a missing pattern, as clients know it."""

MAX_PATTERN = 100


def next_time(pattern: str, after: datetime) -> datetime:
    """The first moment beyond `after`. Raises `InvalidRequest` for no pattern, and for one that never comes true."""
    if len(pattern) > MAX_PATTERN or not croniter.is_valid(pattern):
        raise InvalidRequest(f"The specified pattern is not valid: {pattern}")
    try:
        found: datetime = croniter(pattern, after).get_next(datetime)
    except CroniterBadDateError:
        raise InvalidRequest(f"The specified pattern never comes true: {pattern}") from None
    return found.astimezone(UTC)
