"""Members of a dynamic action."""

from __future__ import annotations

from chalicelib.entry.api.columns import SCOPES, Column, Columns, Kind
from chalicelib.ports import DefinitionRecord

COLUMNS: Columns[DefinitionRecord] = Columns(
    [
        Column("id", lambda a: a.id),
        Column("name", lambda a: a.name, filtered=True),
        Column("namespace", lambda a: a.namespace, filtered=True),
        Column("code_source_id", lambda a: a.uses, Kind.UUID),
        Column("code_source_name", lambda a: a.facts["code_source"]),
        Column("class_name", lambda a: a.facts["class"]),
        Column("project_id", lambda a: a.project_id, filtered=True),
        Column("scope", lambda a: a.scope, filtered=True, choices=SCOPES),
        Column("created_at", lambda a: a.created_at, Kind.TIME, filtered=True),
        Column("updated_at", lambda a: a.updated_at, Kind.TIME, filtered=True),
    ]
)
