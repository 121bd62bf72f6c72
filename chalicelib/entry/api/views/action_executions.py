"""Members of an action execution, of a task or on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import TERMINAL
from chalicelib.entry.api.columns import STATES, Column, Columns, Kind, Shown, timestamp
from chalicelib.ports_loose import LooseAction
from chalicelib.service.queries import Queries
from chalicelib.service.rows import ActionOf, AnyAction, TaskOf

Row: TypeAlias = AnyAction


def columns(queries: Queries) -> Columns[Row]:
    """The members; large values are read through `queries`."""
    return Columns(
        [
            Column("id", lambda row: row.id),
            Column("workflow_name", _of_task(lambda owner: owner.run.start.workflow_name), filtered=True),
            Column("workflow_namespace", _namespace),
            Column("task_name", _of_task(lambda owner: owner.task.name), filtered=True),
            Column("task_execution_id", _of_task(lambda owner: owner.id)),
            Column("state", lambda row: row.action.state.value, filtered=True, choices=STATES),
            Column("state_info", lambda row: row.action.state_info, filtered=True),
            Column("tags", lambda row: None, Kind.TAGS, filtered=True),
            Column("name", lambda row: row.action.name, filtered=True),
            Column("description", lambda row: "" if isinstance(row, ActionOf) else row.description, filtered=True),
            Column("project_id", _project),
            Column("accepted", lambda row: row.action.accepted if row.id else None, Kind.FLAG, filtered=True),
            Column("input", lambda row: queries.load(row.action.input), Kind.JSON, filtered=True),
            Column("output", lambda row: output(row, queries), Kind.JSON, Shown.ON_DEMAND, filtered=True),
            Column("created_at", _created, Kind.TIME, filtered=True, rank=_creation),
            Column("updated_at", _updated, Kind.TIME, filtered=True),
            Column("progress", lambda row: progress(row, queries), Kind.JSON, Shown.ALONE_IF_ANY),
            Column("params", lambda row: None, shown=Shown.NEVER),
        ]
    )


def output(row: Row, queries: Queries) -> JsonDict | None:
    """The result in its envelope; `None` while there is none."""
    return {"result": queries.load(row.action.output)} if row.action.state in TERMINAL else None


def progress(row: Row, queries: Queries) -> JsonDict | None:
    """How far the external worker is that has it, and when it was heard of."""
    watch = queries.watch(row.id) if row.id else None
    if watch is None:
        return None
    return {"percent": watch.percent, "message": watch.note, "last_heartbeat": timestamp(watch.heard_at)}


def _of_task(get: Callable[[TaskOf], object]) -> Callable[[Row], object]:
    return lambda row: get(row.owner) if isinstance(row, ActionOf) else None


def _namespace(row: Row) -> object:
    return row.owner.run.start.workflow_namespace if isinstance(row, ActionOf) else row.namespace


def _project(row: Row) -> object:
    if isinstance(row, ActionOf):
        return row.owner.run.start.project_id
    return row.project_id if row.id else None


def _created(row: Row) -> object:
    return row.action.created_at if row.id else None


def _updated(row: Row) -> object:
    """Those on their own are not updated until something happens to them."""
    untouched = isinstance(row, LooseAction) and row.action.updated_at == row.action.created_at
    return None if untouched else row.action.updated_at


def _creation(row: Row) -> object:
    """The actions of one step share a moment; they were created in an order all the same."""
    order = row.owner.task.order if isinstance(row, ActionOf) else 0
    return row.action.created_at, order, row.action.key.number
