"""Members of a cron trigger."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.entry.api.columns import SCOPES, Column, Columns, Kind
from chalicelib.ports import DefinitionRecord
from chalicelib.service.cron_facts import OVERLAPS, facts_of
from chalicelib.service.trigger_content import Given


def columns(given: Callable[[str], Given]) -> Columns[DefinitionRecord]:
    """The members; `given` gives input and parameters, which only some requests want."""
    return Columns(
        [
            Column("id", lambda t: t.id),
            Column("name", lambda t: t.name, filtered=True),
            Column("workflow_name", lambda t: t.facts["workflow"], filtered=True),
            Column("workflow_id", lambda t: t.uses, Kind.UUID, filtered=True),
            Column("workflow_input", lambda t: given(t.ref).input, Kind.JSON, filtered=True),
            Column("workflow_params", lambda t: given(t.ref).params, Kind.JSON, filtered=True),
            Column("project_id", lambda t: t.project_id, filtered=True),
            Column("scope", lambda t: t.scope, filtered=True, choices=SCOPES),
            Column("pattern", lambda t: t.facts["pattern"], filtered=True),
            Column("remaining_executions", lambda t: t.facts["remaining"], Kind.WHOLE, filtered=True),
            Column("first_execution_time", lambda t: facts_of(t.facts).first, Kind.TIME, filtered=True),
            Column("next_execution_time", lambda t: facts_of(t.facts).next, Kind.TIME, filtered=True),
            Column("timezone", lambda t: facts_of(t.facts).timezone, filtered=True),
            Column("overlap", lambda t: facts_of(t.facts).overlap, filtered=True, choices=OVERLAPS),
            Column("catch_up", lambda t: facts_of(t.facts).catch_up, Kind.WHOLE, filtered=True),
            Column("jitter", lambda t: facts_of(t.facts).jitter, Kind.WHOLE, filtered=True),
            Column("paused", lambda t: facts_of(t.facts).paused, Kind.FLAG, filtered=True),
            Column("last_error", lambda t: facts_of(t.facts).error, filtered=True),
            Column("created_at", lambda t: t.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda t: t.updated_at, Kind.TIME, filtered=True),
        ]
    )
