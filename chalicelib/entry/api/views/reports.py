"""What a report tells of an execution and of all that it started (API rules §8.8)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import ERROR, IDLE, PAUSED, RUNNING, SUCCESS, State
from chalicelib.entry.api.columns import timestamp
from chalicelib.service.queries import Queries
from chalicelib.service.rows import ActionOf
from chalicelib.service.trees import RunNode, TaskNode

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
