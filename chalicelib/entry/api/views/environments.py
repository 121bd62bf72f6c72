"""Members of an environment."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.columns import SCOPES, Column, Columns, Kind
from chalicelib.ports import DefinitionRecord


def columns(variables: Callable[[str], JsonDict | None]) -> Columns[DefinitionRecord]:
    """The members; `variables` gives those of a version, which only some requests want."""
    return Columns(
        [
            Column("id", lambda e: e.id),
            Column("name", lambda e: e.name, filtered=True),
            Column("description", lambda e: e.facts["description"], filtered=True),
            Column("variables", lambda e: variables(e.ref), Kind.JSON, filtered=True),
            Column("scope", lambda e: e.scope, filtered=True, choices=SCOPES),
            Column("project_id", lambda e: e.project_id),
            Column("created_at", lambda e: e.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda e: e.updated_at, Kind.TIME, filtered=True),
        ]
    )
