"""Members of an action execution."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import TERMINAL
from chalicelib.entry.api.columns import Column, Columns, Kind, Shown
from chalicelib.service.queries import ActionOf, Queries


def columns(queries: Queries) -> Columns[ActionOf]:
    """The members; large values are read through `queries`."""
    return Columns(
        [
            Column("id", lambda row: row.id),
            Column("workflow_name", lambda row: row.owner.run.start.workflow_name, filtered=True),
            Column("workflow_namespace", lambda row: row.owner.run.start.workflow_namespace),
            Column("task_name", lambda row: row.owner.task.name, filtered=True),
            Column("task_execution_id", lambda row: row.owner.id),
            Column("state", lambda row: row.action.state.value, filtered=True),
            Column("state_info", lambda row: row.action.state_info, filtered=True),
            Column("tags", lambda row: None, Kind.TAGS, filtered=True),
            Column("name", lambda row: row.action.name, filtered=True),
            Column("description", lambda row: "", filtered=True),
            Column("project_id", lambda row: row.owner.run.start.project_id),
            Column("accepted", lambda row: row.action.accepted, Kind.FLAG, filtered=True),
            Column("input", lambda row: queries.load(row.action.input), Kind.JSON, filtered=True),
            Column("output", lambda row: output(row, queries), Kind.JSON, Shown.ON_DEMAND, filtered=True),
            Column("created_at", lambda row: row.action.created_at, Kind.TIME, filtered=True, rank=_creation),
            Column("updated_at", lambda row: row.action.updated_at, Kind.TIME, filtered=True),
            Column("params", lambda row: None, shown=Shown.NEVER),
        ]
    )


def output(row: ActionOf, queries: Queries) -> JsonDict | None:
    """The result in its envelope; `None` while there is none."""
    return {"result": queries.load(row.action.output)} if row.action.state in TERMINAL else None


def _creation(row: ActionOf) -> object:
    """The actions of one step share a moment; they were created in an order all the same."""
    return row.action.created_at, row.owner.task.order, row.action.key.number
