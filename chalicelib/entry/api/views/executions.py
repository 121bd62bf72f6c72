"""Members of an execution."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Run
from chalicelib.entry.api.columns import STATES, Column, Columns, Kind, Shown
from chalicelib.service.definitions import version
from chalicelib.service.queries import Queries


def columns(queries: Queries) -> Columns[Run]:
    """The members; large values are read through `queries`."""
    return Columns(
        [
            Column("id", lambda run: run.start.id),
            Column("workflow_id", lambda run: run.start.workflow_id, Kind.UUID, filtered=True),
            Column("workflow_name", lambda run: run.start.workflow_name, filtered=True),
            Column("workflow_namespace", lambda run: run.start.workflow_namespace),
            Column("workflow_version", lambda run: version(run.start.definition), filtered=True),
            Column("description", _description, filtered=True),
            Column("tags", lambda run: run.start.tags, Kind.TAGS, filtered=True),
            Column("params", lambda run: params(run, queries), Kind.JSON, filtered=True),
            Column("task_execution_id", lambda run: run.start.task_execution_id, Kind.UUID, filtered=True),
            Column("root_execution_id", lambda run: run.start.root_execution_id, Kind.UUID, filtered=True),
            Column("source_execution_id", lambda run: None, shown=Shown.NEVER),
            Column("state", lambda run: run.head.state.value, filtered=True, choices=STATES),
            Column("state_info", lambda run: run.head.state_info, filtered=True),
            Column("input", lambda run: queries.load(run.start.input), Kind.JSON, filtered=True),
            Column("output", lambda run: output(run, queries), Kind.JSON, Shown.ON_DEMAND, filtered=True),
            Column("created_at", lambda run: run.start.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda run: run.head.updated_at, Kind.TIME, filtered=True),
            Column("project_id", lambda run: run.start.project_id, filtered=True),
            Column("published_global", queries.published_global, Kind.JSON, Shown.ALONE),
        ]
    )


def params(run: Run, queries: Queries) -> JsonDict:
    """The params with the environment as it is now."""
    found = queries.load(run.start.params)
    started = found if isinstance(found, dict) else {}
    return started if run.head.env is None else {**started, "env": queries.load(run.head.env)}


def output(run: Run, queries: Queries) -> object:
    """The output; nothing yet is an empty one."""
    return {} if run.head.output is None else queries.load(run.head.output)


def _description(run: Run) -> str | None:
    return run.start.description if run.head.description is None else run.head.description


REPLY_WITHOUT = frozenset({"published_global"})
"""Members that the replies to POST and PUT leave out."""
ENV_REPLY_WITHOUT = REPLY_WITHOUT | {"input", "output"}
"""… if only the environment was changed."""
DESCRIPTION_REPLY_WITHOUT = ENV_REPLY_WITHOUT | {"params"}
"""… if only the description was changed."""
