"""The cut of rows that are all at hand, against a plain model of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.service.executions.paging import Order, Page, cut, parts, walked

Row = tuple[str, int | None]


def first(row: Row) -> str:
    return row[0]


def second(row: Row) -> int | None:
    return row[1]


def odd(row: Row) -> bool:
    return row[1] is not None and row[1] % 2 == 1


ROWS = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.none() | st.integers(0, 3)).map(
    lambda found: list(found.items())
)


@given(ROWS, st.integers(1, 5), st.booleans())
def test_following_the_pages_gives_every_row_once_in_order(rows: list[Row], limit: int, descending: bool) -> None:
    order = (Order(second, descending), Order(first))
    seen: list[Row] = []
    marker: str | None = None
    while True:
        page = cut(rows, Page(limit, marker, (odd,), order), first)
        assert page is not None
        seen += page.rows
        marker = page.next
        if marker is None:
            break
        assert len(page.rows) == limit
    sign = -1 if descending else 1
    assert seen == sorted(filter(odd, rows), key=lambda row: (sign * (row[1] or 0), row[0]))


@given(ROWS)
def test_nulls_come_first(rows: list[Row]) -> None:
    page = cut(rows, Page(1000, order=(Order(second),)), first)
    assert page is not None
    values = [second(row) is not None for row in page.rows]
    assert values == sorted(values)


@given(ROWS)
def test_an_unknown_marker_gives_no_page(rows: list[Row]) -> None:
    assert cut(rows, Page(5, "zzz"), first) is None


@given(st.integers(0, 30), st.integers(0, 30), st.booleans(), st.integers(1, 7))
def test_parts_hold_every_number_beyond_once(count: int, after: int, descending: bool, size: int) -> None:
    after = min(after, count)
    found = list(parts(count, after, descending, size))
    assert all(0 < len(part) <= size and part.step == 1 for part in found)
    expected = [n for n in range(1, count + 1) if not after or (n < after if descending else n > after)]
    numbers = [n for part in found for n in (reversed(part) if descending else part)]
    assert numbers == (expected[::-1] if descending else expected)


@given(ROWS, st.integers(1, 5), st.integers(1, 9))
def test_walking_on_finds_every_row_in_its_order(rows: list[Row], limit: int, most: int) -> None:
    seen: list[Row] = []
    looked_at, marker = 0, None
    while True:
        start = 1 + [first(row) for row in rows].index(marker) if marker else 0
        page = walked(iter(rows[start:]), Page(limit, filters=(odd,)), first, most)
        seen += page.rows
        marker, looked_at = page.next, looked_at + 1
        if marker is None:
            break
    assert seen == list(filter(odd, rows))
    assert looked_at <= 1 + len(rows)
