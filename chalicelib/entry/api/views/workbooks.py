"""Members of a workbook."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.entry.api.columns import SCOPES, Column, Columns, Kind
from chalicelib.ports import DefinitionRecord


def columns(text: Callable[[str], str]) -> Columns[DefinitionRecord]:
    """The members; `text` gives the text of a version, which only some requests want."""
    return Columns(
        [
            Column("id", lambda w: w.id),
            Column("name", lambda w: w.name, filtered=True),
            Column("namespace", lambda w: w.namespace, filtered=True),
            Column("definition", lambda w: text(w.ref), filtered=True),
            Column("tags", lambda w: w.tags, Kind.TAGS, filtered=True),
            Column("scope", lambda w: w.scope, filtered=True, choices=SCOPES),
            Column("project_id", lambda w: w.project_id),
            Column("created_at", lambda w: w.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda w: w.updated_at, Kind.TIME, filtered=True),
        ]
    )
