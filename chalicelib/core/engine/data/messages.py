"""Texts that end up in states, outputs and errors: Mistral's own wording, without tracebacks and object addresses."""

from __future__ import annotations

import json

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.jsontext import Json
from chalicelib.core.model import Action, Task
from chalicelib.core.sizes import check_field
from chalicelib.core.states import State
from chalicelib.errors import ExpressionError

INFO_LENGTH = 65_500


def info(value: Json) -> str | None:
    """A state info: mappings and lists as JSON text, long texts cut (engine rules §1)."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= INFO_LENGTH else text[:INFO_LENGTH] + "..."


def cut(draft: Draft, message: Json) -> Json:
    """A message as an output holds it: mappings and lists as Python text, no more than a field may hold (§5, §19)."""
    text = str(message) if isinstance(message, (dict, list)) else message
    limit = draft.limits.field_size
    return text[:limit] if isinstance(text, str) and limit >= 0 else text


def python_text(value: Json) -> str | None:
    """The `str()` of an error result, `None` if it is empty (§9)."""
    return info(str(value)) if value else None


def check_size(draft: Draft, field: str, value: Json) -> None:
    """Raise `SizeLimitExceeded` for a field that is too large to keep (§19)."""
    check_field(field, value, draft.limits.field_size)


def brief(error: Exception) -> str:
    """An error within another text, whose first line stays Mistral's: without its hint."""
    return error.brief if isinstance(error, ExpressionError) else str(error)


def run_failure(draft: Draft, task: Task, error: Exception) -> str:
    """Why a task could not be started."""
    return f"Failed to run task [error={brief(error)}, wf={draft.spec.name}, task={task.name}]:\n{error}"


def completion_failure(draft: Draft, task: Task, error: Exception) -> str:
    """Why a task could not be completed."""
    found = task.action or task.items
    action = found.name if found else None
    return (
        f"Failed to handle action completion [error={brief(error)}, wf={draft.spec.name}, "
        f"task={task.name}, action={action}]:\n{error}"
    )


def output_failure(error: Exception, action: Action, task: Task | None = None) -> str:
    """Why the result of an ad-hoc action could not be reshaped."""
    whose = f", task={task.name}" if task is not None else ""
    return f"Failed to complete action [error={brief(error)}, action={action.name}{whose}]:\n{error}"


def workflow_failure(draft: Draft, tasks: list[Task]) -> str:
    """Why a run failed: its failed tasks without an `on-error` clause, sorted by name (§9)."""
    blamed = sorted(
        (task for task in tasks if task.state is State.ERROR and not draft.spec_of(task).has_error_clause),
        key=lambda task: task.name,
    )
    head = ", ".join(task.name for task in blamed)
    return f"Failure caused by error in tasks: {head}\n" + "".join(_blame(draft, task) for task in blamed)


def _blame(draft: Draft, task: Task) -> str:
    lines = f"\n  {task.name} [task_ex_id={ids.task_id(draft.part, task.key)}] -> {task.state_info}\n"
    for number, action in enumerate(draft.actions(task)):
        if action.state is State.ERROR:
            lines += (
                _blame_child(draft, action, number)
                if task.kind == sub_executions.KIND
                else _line(draft, action, number)
            )
    return lines


def _line(draft: Draft, action: Action, number: int) -> str:
    result = draft.load(action.output)
    shown = "Unknown" if result is None else result  # it was not kept
    return f"    [action_ex_id={ids.action_id(draft.part, action.key)}, idx={number}]: {shown}\n"


def _blame_child(draft: Draft, child: Action, number: int) -> str:
    output = draft.load(child.output)
    if not isinstance(output, dict):  # it was refused, so there is none
        return ""
    return f"    [wf_ex_id={sub_executions.id_of(draft.part, child.key)}, idx={number}]: {output.get('result')}\n"
