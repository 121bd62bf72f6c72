"""Members of a code source."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.entry.api.columns import SCOPES, Column, Columns, Kind, Shown
from chalicelib.ports import DefinitionRecord


def columns(text: Callable[[str], str]) -> Columns[DefinitionRecord]:
    """The members; `text` gives the text of a version, which only some requests want."""
    return Columns(
        [
            Column("id", lambda s: s.id),
            Column("name", lambda s: s.name, filtered=True),
            Column("namespace", lambda s: s.namespace, filtered=True),
            Column("content", lambda s: text(s.ref)),
            Column("version", lambda s: s.facts["version"], Kind.WHOLE),
            Column("project_id", lambda s: s.project_id, filtered=True),
            Column("scope", lambda s: s.scope, filtered=True, choices=SCOPES),
            Column("actions", lambda s: None, shown=Shown.NEVER),
            Column("created_at", lambda s: s.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda s: s.updated_at, Kind.TIME, filtered=True),
            Column("tags", lambda s: s.tags, Kind.TAGS, Shown.NEVER, filtered=True),
        ]
    )
