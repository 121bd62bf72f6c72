"""Members of executions, and of reports on them, in answers."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Run
from chalicelib.core.states import ERROR, IDLE, PAUSED, RUNNING, SUCCESS, State
from chalicelib.entry.api.http.columns import STATES, Column, Columns, Kind, Shown, timestamp
from chalicelib.service.definitions.workflows import version
from chalicelib.service.executions.queries import Queries
from chalicelib.service.executions.trees import RunNode, TaskNode
from chalicelib.service.runs.action_status import ActionOf


def execution_columns(queries: Queries) -> Columns[Run]:
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


_COUNTED = (RUNNING, SUCCESS, ERROR, IDLE, PAUSED)


def statistics(states: Counter[State], estimate: int) -> JsonDict:
    """Task executions by their state; only these states count."""
    counts = {f"{state.lower()}_tasks_count": states[state] for state in _COUNTED}
    return {"total_tasks_count": sum(counts.values()), **counts, "estimated_time": estimate}


def execution(node: RunNode, queries: Queries) -> JsonDict:
    """An execution with its task executions, if they were looked at."""
    start, head = node.run.start, node.run.head
    shown = _common(start.id, start.workflow_name, start.created_at, head.updated_at, head.state, head.state_info)
    if node.tasks is None:
        return shown
    return {**shown, "task_executions": [_task(task, queries) for task in node.tasks]}


def _task(node: TaskNode, queries: Queries) -> JsonDict:
    task = node.owner.task
    return {
        "action_executions": [_action(action) for action in queries.actions_of(node.owner)],
        "workflow_executions": [execution(child, queries) for child in node.children],
        **({"retry_count": node.retries} if node.retries else {}),
        **_common(node.owner.id, task.name, task.created_at, task.updated_at, task.state, task.state_info),
    }


def _action(found: ActionOf) -> JsonDict:
    """An action execution; it has no heartbeat but its last change."""
    action = found.action
    return {
        "accepted": action.accepted,
        "last_heartbeat": timestamp(action.updated_at),
        **_common(found.id, action.name, action.created_at, action.updated_at, action.state, action.state_info),
    }


def _common(
    identifier: str, name: str, created_at: datetime, updated_at: datetime, state: State, state_info: str | None
) -> JsonDict:
    return {
        "id": identifier,
        "name": name,
        "created_at": timestamp(created_at),
        "updated_at": timestamp(updated_at),
        "state": str(state),
        "state_info": state_info,
    }
