"""The generic list request: filters, sorting, paging, `fields`, and the envelope with its `next` link."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.columns import Columns
from chalicelib.entry.api.filters import filter_of
from chalicelib.entry.api.request import Query, Request, uuid_text
from chalicelib.errors import InvalidRequest, NotFound
from chalicelib.service.paging import Order, Page, Slice, cut

T = TypeVar("T")

_COMMON = frozenset({"limit", "marker", "sort_keys", "sort_dirs", "fields"})


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A parsed list request."""

    request: Request
    columns: Columns[T]
    page: Page[T]
    fields: list[str] | None
    extra: tuple[str, ...] = ()
    """Members that a switch asks for."""

    def cut(self, rows: Iterable[T], identity: Callable[[T], str], missing: str) -> Slice[T]:
        """The wanted page of `rows`. Raises `NotFound` beginning with `missing` if the marker is not among them."""
        found = cut(rows, self.page, identity)
        if found is None:
            raise NotFound(f"{missing}={self.page.marker}]")
        return found

    def envelope(self, collection: str, found: Slice[T]) -> JsonDict:
        """The reply; its link repeats every parameter of the request and names the collection."""
        items = [self.columns.listed(row, self.fields, self.extra) for row in found.rows]
        if found.next is None:
            return {collection: list(items)}
        query = {**self.request.query.values, "limit": self.page.limit, "marker": found.next}
        path = self.request.path.rstrip("/")
        return {collection: list(items), "next": f"{self.request.base}{path}?{urlencode(query)}"}


def listing(
    request: Request,
    columns: Columns[T],
    *,
    max_page: int,
    switches: Collection[str] = (),
    any_marker: bool = False,
    sort_key: str = "created_at",
) -> Listing[T]:
    """Parse a list request; `switches` are parameters of the resource that are no filters.

    `any_marker`: ids of this resource need not be UUIDs; `sort_key`: the order without one that is asked for.
    Raises `InvalidRequest`.
    """
    filters = {column.name for column in columns if column.filtered}
    query = request.query.only({*_COMMON, *filters, *switches})
    keys, order = _order(query, columns, sort_key)
    page = Page(
        limit=_limit(query, max_page),
        marker=_marker(query, any_marker),
        filters=(
            *(filter_of(columns[name], text) for name, text in query.values.items() if name in filters),
            *(_null(columns, name) for name in (query.names("nulls") if "nulls" in switches else None) or ()),
        ),
        order=order,
        by_creation=order[0].descending if keys in (["created_at"], ["created_at", "id"]) else None,
    )
    extra = ("output",) if "include_output" in switches and query.flag("include_output") else ()
    return Listing(request, columns, page, fields_of(query, columns), extra)


def fields_of(query: Query, columns: Columns[T]) -> list[str] | None:
    """What `fields` asks for; `None`: everything. Raises `InvalidRequest` on unknown names."""
    fields = query.names("fields")
    unknown = [name for name in fields or () if name not in columns]
    if unknown:
        raise InvalidRequest(
            f"Some fields do not exist  [{', '.join(unknown)}], please choose from [{', '.join(columns.names)}]"
        )
    return fields or None


def _null(columns: Columns[T], name: str) -> Callable[[T], bool]:
    if name not in columns or not columns[name].sortable:
        raise InvalidRequest(f"'{name}' is not a valid field name.")
    get = columns[name].get
    return lambda row: get(row) is None


def _limit(query: Query, max_page: int) -> int:
    limit = query.whole("limit")
    if limit is not None and limit < 1:
        raise InvalidRequest("Limit must be positive.")
    return min(limit or max_page, max_page)


def _marker(query: Query, any_marker: bool) -> str | None:
    marker = query.text("marker")
    if not marker:
        return None
    return marker if any_marker else uuid_text("marker", marker)


def _order(query: Query, columns: Columns[T], usual: str) -> tuple[list[str], tuple[Order[T], ...]]:
    """The sort keys; `id` always comes last, to make the order total."""
    keys = query.names("sort_keys")
    keys = [usual] if keys is None else keys
    directions = [item.strip().lower() for item in query.text("sort_dirs", "asc").split(",") if item.strip()]
    if len(directions) > len(keys) or not keys:
        raise InvalidRequest("Length of sort_keys must be equal or greater than sort_dirs.")
    if not set(directions) <= {"asc", "desc"}:
        raise InvalidRequest("Unknown sort direction, must be 'desc' or 'asc'.")
    for key in keys:
        if key not in columns or not columns[key].sortable:
            raise InvalidRequest(f"Sort key supplied is invalid: {key}")
    directions += ["asc"] * (len(keys) - len(directions))
    order = [Order(columns[key].sorted_by, way == "desc") for key, way in zip(keys, directions, strict=True)]
    return keys, (*order, Order(columns["id"].get))
