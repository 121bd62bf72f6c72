"""Sub-executions as their parent sees them (engine rules §14).

What the parent knows of one stands where other tasks have their action execution: name, input, state, output. Its id
follows from that of the task and the number of the attempt. It is started, asked and heard of by effects and events.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core import ids
from chalicelib.core.engine.draft import Draft
from chalicelib.core.engine.effects import AskChild, StartExecution
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Action, ActionKey, Task, TaskKey
from chalicelib.core.states import RUNNING, TERMINAL, State

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
    draft.effects.append(StartExecution(child.key, name, child.input))


def ask(draft: Draft, state: State) -> None:
    """Have all unfinished sub-executions follow this run into `state`."""
    for task in _running(draft):
        if task.action is not None and task.action.state not in TERMINAL:
            draft.effects.append(AskChild(task.action.key, state))


def _running(draft: Draft) -> list[Task]:
    """Task executions that run a workflow and are not over."""
    busy, keys = draft.progress.busy, list[TaskKey]()
    for spec in draft.spec.tasks.values():
        if spec.workflow is not None and busy >> spec.index & 1:
            count = draft.progress.instances.get(spec.index, 1)
            keys += [TaskKey(spec.index, instance) for instance in range(count)]
    return [task for task in draft.fetch(keys) if task.state not in TERMINAL]
