"""The cut of rows that are all at hand, against a plain model of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.service.paging import Order, Page, cut

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
