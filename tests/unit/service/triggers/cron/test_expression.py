"""When patterns come true, in UTC and by clocks that are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidRequest
from chalicelib.service.triggers.cron.expression import next_time

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"


def times(pattern: str, after: str, zone: str | None, count: int) -> list[str]:
    """The next fire times in UTC, by day, hour and minute."""
    moment, found = datetime.fromisoformat(after).replace(tzinfo=UTC), []
    for _ in range(count):
        moment = next_time(pattern, moment, zone)
        found.append(moment.strftime("%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("pattern", "after", "zone", "found"),
    [
        ("0 0 * * *", "2026-03-28 12:00", None, ["29 00:00", "30 00:00"]),
        ("0 0 * * *", "2026-03-28 12:00", BERLIN, ["28 23:00", "29 22:00"]),
        ("@daily", "2026-10-24 12:00", NEW_YORK, ["25 04:00", "26 04:00"]),
        # Berlin, 29 March: 02:00 to 03:00 is skipped, at 01:00 UTC
        ("30 2 * * *", "2026-03-27 12:00", BERLIN, ["28 01:30", "29 01:00", "30 00:30"]),
        ("*/20 2 * * *", "2026-03-28 12:00", BERLIN, ["29 01:00", "30 00:00"]),  # three skipped times count once
        ("0 2,3 * * *", "2026-03-28 12:00", BERLIN, ["29 01:00", "30 00:00", "30 01:00"]),
        ("30 * * * *", "2026-03-28 23:00", BERLIN, ["28 23:30", "29 00:30", "29 01:30"]),
        ("30 */2 * * *", "2026-03-28 23:00", BERLIN, ["28 23:30", "29 02:30"]),  # 00:30, not 02:30, 04:30
        # Berlin, 25 October: 02:00 to 03:00 comes twice, at 00:00 and 01:00 UTC
        ("30 2 * * *", "2026-10-23 12:00", BERLIN, ["24 00:30", "25 00:30", "26 01:30"]),
        ("30 2 * * *", "2026-10-25 00:45", BERLIN, ["26 01:30"]),
        ("*/30 1-3 * * *", "2026-10-24 22:50", BERLIN, ["24 23:00", "24 23:30", "25 00:00", "25 00:30", "25 02:00"]),
        ("*/30 * * * *", "2026-10-24 23:50", BERLIN, ["25 00:00", "25 00:30", "25 01:00", "25 01:30", "25 02:00"]),
        ("@hourly", "2026-10-24 23:30", BERLIN, ["25 00:00", "25 01:00", "25 02:00"]),
        # Lord Howe, 4 October: half an hour, from 02:00 to 02:30, is skipped at 15:30 UTC
        ("15 2 * * *", "2026-10-02 16:00", LORD_HOWE, ["03 15:30", "04 15:15"]),
    ],
)
def test_fire_times(pattern: str, after: str, zone: str | None, found: list[str]) -> None:
    assert times(pattern, after, zone, len(found)) == found


@given(
    st.sampled_from(["* * * * *", "0 * * * *", "30 2 * * *", "*/20 1-3 * * *", "0 0 1 * *", "15 2 * * 0 30"]),
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, "UTC", "Asia/Kathmandu"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
)
def test_time_goes_on_and_nothing_is_left_out(pattern: str, zone: str, after: datetime) -> None:
    """Fire times lie ahead, and from any moment before one that is the next."""
    start = after.replace(tzinfo=UTC)
    first = next_time(pattern, start, zone)
    assert first > start
    between = start + (first - start) / 2
    assert next_time(pattern, between, zone) == first
    assert next_time(pattern, first - timedelta(microseconds=1), zone) == first
    assert next_time(pattern, first, zone) > first


@pytest.mark.parametrize(
    ("pattern", "zone", "text"),
    [
        ("bad", None, "The specified pattern is not valid: bad"),
        ("* " * 60, BERLIN, "The specified pattern is not valid"),
        ("0 0 30 2 *", BERLIN, "never comes true"),
        ("* * * * *", "Europe/Atlantis", "There is no time zone 'Europe/Atlantis'; a name such as Europe/Berlin"),
        ("* * * * *", "../etc/passwd", "There is no time zone"),
        ("* * * * *", "", "There is no time zone"),
    ],
)
def test_what_is_refused(pattern: str, zone: str | None, text: str) -> None:
    with pytest.raises(InvalidRequest, match=text.replace(".", "[.]")):
        next_time(pattern, datetime(2026, 1, 1, tzinfo=UTC), zone)
