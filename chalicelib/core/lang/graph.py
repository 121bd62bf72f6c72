"""What the transitions of a direct workflow and the requirements of a reverse one must fulfil (§3.8, §3.9, §5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chalicelib.core.lang.refusal import Refusal
from chalicelib.core.lang.spec import COMMANDS, Target, TaskSpec, WorkflowSpec, WorkflowType


def inbound_of(tasks: Mapping[str, TaskSpec]) -> dict[str, tuple[str, ...]]:
    """Task to the distinct tasks that name it in any clause, in document order."""
    found: dict[str, dict[str, None]] = {name: {} for name in tasks}
    for task in tasks.values():
        for _, target in _named(task):
            if target.name in found:
                found[target.name][task.name] = None
    return {name: tuple(sources) for name, sources in found.items()}


def start_tasks_of(tasks: Mapping[str, TaskSpec], inbound: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Tasks that no clause names, in document order."""
    return tuple(name for name in tasks if not inbound[name])


def check_graph(spec: WorkflowSpec) -> None:
    """Raise `Refusal` (path relative to the workflow) for the first rule that the order of tasks breaks."""
    if spec.type == WorkflowType.REVERSE:
        _check_requirements(spec)
        return
    if not spec.start_tasks:
        raise Refusal(
            "Failed to find start tasks in direct workflow. "
            f"There must be at least one task without inbound transition.[workflow_name={spec.name}]",
            ("tasks",),
        )
    for task in spec.tasks.values():
        for clause, target in _named(task):
            if target.name not in spec.tasks and target.name not in COMMANDS:
                raise Refusal(f"Task '{target.name}' not found.", _where(task, clause))
    _check_joins(spec)


def _check_requirements(spec: WorkflowSpec) -> None:
    for task in spec.tasks.values():
        for name in task.requires:
            if name not in spec.tasks:
                raise Refusal(f"Task '{name}' not found.", _where(task, "requires"))


def _check_joins(spec: WorkflowSpec) -> None:
    problems = [(task, text) for task in spec.tasks.values() for text in _join_problem(task, spec)]
    if problems:
        raise Refusal("\n".join(text for _, text in problems), ("tasks", problems[0][0].name, "join"))


def _join_problem(task: TaskSpec, spec: WorkflowSpec) -> Iterator[str]:
    count = len(spec.inbound[task.name])
    if task.join == "all" and not count:
        yield f"No inbound tasks for task with 'join: all' [task_name={task.name}]"
    if isinstance(task.join, int) and count < task.join:
        yield (
            "Not enough inbound tasks for task with 'join' "
            f"[task_name={task.name}, join={task.join}, inbound_tasks={count}]"
        )


def _where(task: TaskSpec, key: str) -> tuple[str, ...]:
    """Where a key of a task is written: with the task or with the defaults."""
    return ("tasks", task.name, key) if key in task.body else ("task-defaults", key)


def _named(task: TaskSpec) -> Iterator[tuple[str, Target]]:
    yield from (("on-success", target) for target in task.on_success)
    yield from (("on-error", target) for target in task.on_error)
    yield from (("on-complete", target) for target in task.on_complete)
    yield from (("on-skip", target) for target in task.on_skip)
