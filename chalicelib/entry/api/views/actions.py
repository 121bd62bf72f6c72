"""Members of an action."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.columns import SCOPES, Column, Columns, Kind
from chalicelib.service.definitions_actions import ActionEntry


def columns(text: Callable[[str], str]) -> Columns[ActionEntry]:
    """The members; `text` gives the text of a version. Where a built-in action has no time, there is an empty text."""
    return Columns(
        [
            Column("id", lambda a: a.id),
            Column("name", lambda a: a.name, filtered=True),
            Column("is_system", lambda a: False, Kind.FLAG, filtered=True),
            Column("input", lambda a: a.input, filtered=True),
            Column("description", lambda a: a.description, filtered=True),
            Column("tags", lambda a: a.tags, Kind.TAGS, filtered=True),
            Column("definition", lambda a: text(a.ref) if a.ref else "", filtered=True),
            Column("scope", lambda a: a.scope, filtered=True, choices=SCOPES),
            Column("project_id", lambda a: a.project_id),
            Column("created_at", _created, Kind.TIME, filtered=True, rank=lambda a: a.created_at),
            Column("updated_at", _updated, Kind.TIME, filtered=True, rank=lambda a: a.updated_at),
            Column("namespace", lambda a: a.namespace, filtered=True),
        ]
    )


def stored(entry: ActionEntry, text: Callable[[str], str], *, new: bool) -> JsonDict:
    """An action as the replies to uploads show it: no input is null, and a new one has no `updated_at`."""
    shown = {**columns(text).one(entry), "input": entry.input or None}
    if new:
        del shown["updated_at"]
    return shown


def _created(entry: ActionEntry) -> object:
    return entry.created_at or ""


def _updated(entry: ActionEntry) -> object:
    return entry.updated_at if entry.created_at else ""
