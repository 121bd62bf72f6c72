"""Members of an event trigger."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.entry.api.columns import SCOPES, Column, Columns, Kind
from chalicelib.ports import DefinitionRecord
from chalicelib.service.trigger_content import Given


def columns(given: Callable[[str], Given]) -> Columns[DefinitionRecord]:
    """The members; `given` gives input and parameters, which only some requests want."""
    return Columns(
        [
            Column("id", lambda t: t.id),
            Column("created_at", lambda t: t.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda t: t.updated_at, Kind.TIME, filtered=True),
            Column("project_id", lambda t: t.project_id, filtered=True),
            Column("name", lambda t: t.facts["name"], filtered=True),
            Column("workflow_id", lambda t: t.name, Kind.UUID, filtered=True),
            Column("workflow_input", lambda t: given(t.ref).input, Kind.JSON, filtered=True),
            Column("workflow_params", lambda t: given(t.ref).params, Kind.JSON, filtered=True),
            Column("exchange", lambda t: t.facts["exchange"], filtered=True),
            Column("topic", lambda t: t.facts["topic"], filtered=True),
            Column("event", lambda t: t.facts["event"], filtered=True),
            Column("pattern", lambda t: t.facts.get("pattern"), Kind.JSON, filtered=True),
            Column("last_error", lambda t: t.facts.get("error"), filtered=True),
            Column("scope", lambda t: t.scope, filtered=True, choices=SCOPES),
        ]
    )
