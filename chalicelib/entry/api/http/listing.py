"""Lists: paging, sorting and fields; pages of definitions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

from chalicelib.bootstrap.container import services
from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.http.columns import Columns
from chalicelib.entry.api.http.filters import filter_of
from chalicelib.entry.api.http.request import Query, Request, uuid_text
from chalicelib.entry.api.http.routing import Answer
from chalicelib.errors import InvalidRequest, NotFound
from chalicelib.ports.definitions import DefinitionRecord
from chalicelib.service.access.authorization import OPERATIONS
from chalicelib.service.access.caller import Caller
from chalicelib.service.executions.paging import Order, Page, Slice, cut

T = TypeVar("T")


_COMMON = frozenset({"limit", "marker", "sort_keys", "sort_dirs", "fields"})


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A parsed list request."""

    request: Request
    columns: Columns[T]
    page: Page[T]
    sorting: dict[str, str]
    """`sort_keys` and `sort_dirs` in full, as links have them."""
    fields: list[str] | None
    extra: tuple[str, ...] = ()
    """Members that a switch asks for."""

    def cut(self, rows: Iterable[T], identity: Callable[[T], str], missing: str) -> Slice[T]:
        """The wanted page of `rows`. Raises `NotFound` if the marker is not among them; `missing` has `{}` for it."""
        return self.found(cut(rows, self.page, identity), missing)

    def found(self, found: Slice[T] | None, missing: str) -> Slice[T]:
        """The page, if there is one. Raises `NotFound` as `cut`."""
        if found is None:
            raise NotFound(missing.format(self.page.marker))
        return found

    def envelope(self, collection: str, found: Slice[T]) -> JsonDict:
        """The reply; its link repeats every parameter of the request and names the collection."""
        items = [self.columns.listed(row, self.fields, self.extra) for row in found.rows]
        if found.next is None:
            return {collection: list(items)}
        return {collection: list(items), "next": self._link(found.next)}

    def _link(self, marker: str) -> str:
        """The next page, with its parameters in the order and the form in which Mistral has them."""
        asked = {name: text for name, text in self.request.query.values.items() if name not in _COMMON}
        fields = {"fields": ",".join(dict.fromkeys(["id", *self.fields]))} if self.fields else {}
        query = {**self.sorting, **asked, "limit": self.page.limit, "marker": marker, **fields}
        path = self.request.path.rstrip("/")
        return f"{self.request.base}{path}?{urlencode(query, safe=',:', quote_via=quote)}"


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
    sorting, order = _order(query, columns, sort_key)
    page = Page(
        limit=_limit(query, max_page),
        marker=_marker(query, any_marker),
        filters=(
            *(filter_of(columns[name], text) for name, text in query.values.items() if name in filters),
            *(_null(columns, name) for name in (query.names("nulls") if "nulls" in switches else None) or ()),
        ),
        order=order,
        by_creation=order[0].descending if sorting["sort_keys"] == "created_at,id" else None,
    )
    extra = ("output",) if "include_output" in switches and query.flag("include_output") else ()
    return Listing(request, columns, page, sorting, _listed_fields(query, columns), extra)


def fields_of(query: Query, columns: Columns[T], *, strict: bool = False) -> list[str] | None:
    """What `fields` asks for of one object; `None`: everything. Unknown names show nothing.

    `strict`: they are refused with `InvalidRequest`, where Mistral does not pass over them either.
    """
    fields = query.names("fields") or None
    for name in fields or ():
        if strict and name not in columns:
            raise InvalidRequest(f"Field '{name}' does not exist.")
    return fields


def _listed_fields(query: Query, columns: Columns[T]) -> list[str] | None:
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


def _order(query: Query, columns: Columns[T], usual: str) -> tuple[dict[str, str], tuple[Order[T], ...]]:
    """The order, as links have it and as rows are sorted; `id` comes last unless it is named, to make it total."""
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
    keys = keys if "id" in keys else [*keys, "id"]
    directions += ["asc"] * (len(keys) - len(directions))
    order = [Order(columns[key].sorted_by, way == "desc") for key, way in zip(keys, directions, strict=True)]
    return {"sort_keys": ",".join(keys), "sort_dirs": ",".join(directions)}, tuple(order)


Said = TypeVar("Said")


@dataclass(frozen=True)
class Collected:
    """A collection of definitions."""

    name: str
    missing: str
    """The refusal of an unknown marker, with `{}` in its place."""
    said: Collection[str]
    """Members that are part of what a definition says."""
    all_projects: bool = False
    """Whether admins may say that they mean all projects."""


def page_of(
    request: Request,
    collected: Collected,
    columns: Callable[[Callable[[str], Said]], Columns[DefinitionRecord]],
    rows: Callable[[Caller], Iterable[DefinitionRecord]],
    said: Callable[[str], Said],
    said_of: Callable[[Collection[str]], dict[str, Said]],
) -> Answer:
    """A page of what the caller sees; `said` and `said_of` read what one version or several say."""
    known: dict[str, Said] = {}
    table = columns(lambda ref: known[ref] if ref in known else said(ref))
    switches = {"all_projects"} if collected.all_projects else set[str]()
    wanted = listing(request, table, max_page=services().settings.max_page, switches=switches)
    guarded = f"{collected.name}:list:all_projects" in OPERATIONS
    caller = request.lister(collected.name) if guarded else request.caller
    found = wanted.cut(rows(caller), lambda row: row.id, collected.missing)
    if wanted.fields is None or set(collected.said) & set(wanted.fields):
        known.update(said_of([record.ref for record in found.rows]))
    return wanted.envelope(collected.name, found)
