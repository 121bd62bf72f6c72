"""Members of a task execution."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core import ids
from chalicelib.core.items import Items
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Value
from chalicelib.core.states import ERROR, SUCCESS
from chalicelib.entry.api.columns import STATES, Column, Columns, Kind, Shown
from chalicelib.service.queries import Queries
from chalicelib.service.rows import TaskOf


def columns(queries: Queries) -> Columns[TaskOf]:
    """The members; results and large values are read through `queries`."""
    return Columns(
        [
            Column("id", lambda row: row.id),
            Column("name", lambda row: row.task.name, filtered=True),
            Column("type", lambda row: row.task.kind),
            Column("workflow_name", lambda row: row.run.start.workflow_name, filtered=True),
            Column("workflow_namespace", lambda row: row.run.start.workflow_namespace),
            Column("workflow_id", lambda row: row.run.start.workflow_id, Kind.UUID, filtered=True),
            Column("workflow_execution_id", lambda row: row.run.start.id),
            Column("tags", lambda row: row.task.tags, Kind.TAGS, filtered=True),
            Column("state", lambda row: row.task.state.value, filtered=True, choices=STATES),
            Column("state_info", lambda row: row.task.state_info, filtered=True),
            Column("project_id", lambda row: row.run.start.project_id),
            Column("runtime_context", runtime_context, Kind.JSON),
            Column("result", queries.result, Kind.RESULT, Shown.ALONE),
            Column("published", lambda row: _published(row, queries), Kind.JSON, filtered=True),
            Column("published_global", lambda row: _published_global(row, queries), Kind.JSON, Shown.ALONE_IF_ANY),
            Column("processed", lambda row: row.task.processed, Kind.FLAG, filtered=True),
            Column("created_at", lambda row: row.task.created_at, Kind.TIME, filtered=True, rank=_creation),
            Column("updated_at", lambda row: row.task.updated_at, Kind.TIME, filtered=True),
            Column("started_at", lambda row: row.task.started_at, Kind.TIME),
            Column("finished_at", lambda row: row.task.finished_at, Kind.TIME),
            Column("reset", lambda row: None, shown=Shown.NEVER),
            Column("env", lambda row: None, shown=Shown.NEVER),
        ]
    )


def runtime_context(row: TaskOf) -> JsonDict:
    """What policies remember, and which task executions led here."""
    triggers: list[Json] = [
        {"task_id": ids.task_id(row.part, key), "event": event} for key, event in row.task.triggered_by
    ]
    return {**_items(row.task.items), **row.task.runtime, **({"triggered_by": triggers} if triggers else {})}


def _items(items: Items | None) -> JsonDict:
    if items is None:
        return {}
    limit: JsonDict = {"concurrency": items.concurrency} if items.concurrency else {}
    return {**limit, "with_items": {"capacity": items.capacity, "count": items.count}}


def _creation(row: TaskOf) -> object:
    """The tasks of one step share a moment; they were created in an order all the same."""
    return row.task.created_at, row.task.order


def _published(row: TaskOf, queries: Queries) -> JsonDict | None:
    """Empty if the task published nothing; `None` if it published for everybody only (language rules §4.6)."""
    return _values(row.task.published, queries) or (None if row.task.published_global else {})


def _published_global(row: TaskOf, queries: Queries) -> JsonDict | None:
    """`None` unless the task has ended and published something for everybody."""
    return _values(row.task.published_global, queries) if row.task.state in (SUCCESS, ERROR) else None


def _values(published: Mapping[str, Value] | None, queries: Queries) -> JsonDict | None:
    return {name: queries.load(value) for name, value in published.items()} if published else None
