"""Sub-executions as their parent sees them (engine rules §14).

What the parent knows of one stands where other tasks have their action execution: name, input, state, output. Its id
follows from that of the task and the number of the attempt. It is started and heard of by effects and events; how
states travel between the two is in `family`.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core import ids
from chalicelib.core.engine.draft import Draft
from chalicelib.core.engine.effects import StartExecution
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Action, ActionKey, Task
from chalicelib.core.states import RUNNING

KIND = "WORKFLOW"
"""The kind of a task that runs a workflow."""


def id_of(part: str, child: ActionKey) -> str:
    """The id of a sub-execution of the run in partition `part`."""
    return ids.child_execution_id(ids.task_id(part, child.task), child.number)


def ids_of(part: str, task: Task) -> list[str]:
    """The ids of all sub-executions that a task execution asked for; one that was refused does not exist."""
    if task.kind != KIND:
        return []
    return [id_of(part, ActionKey(task.key, number)) for number in range(1, task.attempts + 1)]


def launch(draft: Draft, task: Task, name: str, given: JsonDict) -> None:
    """Have the workflow `name` started for a task."""
    if task.action is not None:
        draft.put_action(task.action)
    child = Action(
        key=ActionKey(task.key, task.attempts + 1),
        name=name,
        state=RUNNING,
        input=draft.keep(given),
        created_at=draft.now,
        updated_at=draft.now,
    )
    draft.put(replace(task, action=child, attempts=child.key.number))
    send(draft, child)


def send(draft: Draft, child: Action) -> None:
    """Have a sub-execution started that a task has a record of."""
    draft.send(StartExecution(child.key, child.name, child.input))
