"""Pages of sorted, filtered rows: what is asked for, what is answered, and the cut of rows that are all at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from chalicelib.core import jsontext

T = TypeVar("T")


class Order(NamedTuple, Generic[T]):
    """One sort key: what it is of a row, and its direction."""

    key: Callable[[T], object]
    descending: bool = False


@dataclass(frozen=True)
class Page(Generic[T]):
    """What a caller wants to see of many rows."""

    limit: int
    marker: str | None = None
    """Id of the row that the page follows."""
    filters: tuple[Callable[[T], bool], ...] = ()
    order: tuple[Order[T], ...] = ()
    by_creation: bool | None = None
    """Set if rows are wanted by their creation, which stores read part by part: whether newest first."""

    def keeps(self, row: T) -> bool:
        """Whether `row` passes every filter."""
        return all(accepts(row) for accepts in self.filters)


@dataclass(frozen=True)
class Slice(Generic[T]):
    """The rows of a page; `next` is the marker of the page that follows, `None` on the last one."""

    rows: Sequence[T]
    next: str | None = None


def cut(rows: Iterable[T], page: Page[T], identity: Callable[[T], str]) -> Slice[T] | None:
    """The page of `rows`, which are all there are; `None` if no row is the marker."""
    found = list(rows)
    for order in reversed(page.order):
        found.sort(key=lambda row, key=order.key: _sortable(key(row)), reverse=order.descending)  # type: ignore[misc]
    if page.marker is not None:
        position = next((at for at, row in enumerate(found) if identity(row) == page.marker), None)
        if position is None:
            return None
        found = found[position + 1 :]
    return filled([row for row in found if page.keeps(row)], page, identity)


def walked(rows: Iterable[T], page: Page[T], identity: Callable[[T], str], most: int) -> Slice[T]:
    """The page of `rows`, which come one by one in the wanted order, from behind the marker on.

    No more than `most` are looked at: where a filter lets hardly any pass, the page may be short and have a next one.
    """
    found: list[T] = []
    for seen, row in enumerate(rows, 1):
        if page.keeps(row):
            found.append(row)
        if len(found) == page.limit:
            break
        if seen == most:
            return Slice(found, identity(row))
    return filled(found, page, identity)


def parts(count: int, after: int, descending: bool, size: int) -> Iterator[range]:
    """The numbers from 1 to `count` beyond `after`, `size` at a time, in ascending ranges; 0 is before all of them."""
    if descending:
        last = after - 1 if after else count
        while last > 0:
            first = max(1, last - size + 1)
            yield range(first, last + 1)
            last = first - 1
    else:
        for first in range(after + 1, count + 1, size):
            yield range(first, min(first + size, count + 1))


def filled(rows: Sequence[T], page: Page[T], identity: Callable[[T], str]) -> Slice[T]:
    """The first `page.limit` of `rows`, with a next page if that filled the page."""
    rows = rows[: page.limit]
    return Slice(rows, identity(rows[-1]) if len(rows) == page.limit else None)


def _sortable(value: object) -> tuple[bool, object]:
    """Nulls first, lists and mappings by their text."""
    if isinstance(value, (list, tuple, dict)):
        value = jsontext.dumps(value)
    return value is not None, value if value is not None else 0
