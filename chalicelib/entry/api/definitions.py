"""Pages of definitions of any kind: what they say is read for the page at hand, and only if it is shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from chalicelib.entry.api.columns import Columns
from chalicelib.entry.api.listing import listing
from chalicelib.entry.api.request import Request
from chalicelib.entry.api.routing import Answer
from chalicelib.ports import DefinitionRecord
from chalicelib.service.caller import Caller
from chalicelib.service.policy import OPERATIONS
from chalicelib.wiring import services

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
