"""Members of a workflow."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.columns import SCOPES, Column, Columns, Kind
from chalicelib.service.definitions import WorkflowRecord, version


def columns(text: Callable[[str], str]) -> Columns[WorkflowRecord]:
    """The members; `text` gives the text of a version, which only some requests want."""
    return Columns(
        [
            Column("id", lambda w: w.id),
            Column("name", lambda w: w.name, filtered=True),
            Column("namespace", lambda w: w.namespace, filtered=True),
            Column("input", lambda w: w.facts["input"], filtered=True),
            Column("interface", lambda w: w.facts["interface"], Kind.JSON),
            Column("definition", lambda w: text(w.ref), filtered=True),
            Column("checksum", lambda w: w.checksum),
            Column("version", lambda w: version(w.ref), filtered=True),
            Column("tags", lambda w: w.tags, Kind.TAGS, filtered=True),
            Column("scope", lambda w: w.scope, filtered=True, choices=SCOPES),
            Column("project_id", lambda w: w.project_id, filtered=True),
            Column("created_at", lambda w: w.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda w: w.updated_at, Kind.TIME, filtered=True),
        ]
    )


def stored(record: WorkflowRecord, text: Callable[[str], str], *, new: bool) -> JsonDict:
    """A workflow as the replies to uploads show it: `interface` is an object, and a new one has no `updated_at`."""
    shown = {**columns(text).one(record), "interface": record.facts["interface"]}
    if new:
        del shown["updated_at"]
    return shown
