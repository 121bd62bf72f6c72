"""Builds specs from a checked body, and the task graph of a workflow.

`body` is what `parse.py` stores: the parsed mapping with injected keys, known to be valid. A cold handler restores
its workflow here, so this has to be quick.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.errors import Refusal
from chalicelib.core.language.shorthand import CLAUSES, effective, items, merged, split_call, targets
from chalicelib.core.language.spec import (
    COMMANDS,
    REQUIRED,
    ActionSpec,
    Parameter,
    Policies,
    Retry,
    Target,
    TaskSpec,
    WorkflowSpec,
    WorkflowType,
)


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


_FRACTION = re.compile(r"(?<!\S)(backoff|jitter)=(\d+\.\d+)(?!\S)")


def workflow_spec(body: JsonDict) -> WorkflowSpec:
    """The spec of a stored workflow."""
    data: Any = body
    kind = WorkflowType(data.get("type", WorkflowType.DIRECT))
    defaults = data.get("task-defaults", {})
    bodies = {task: each for task, each in data["tasks"].items() if task != "version"}
    tasks = {task: _task(task, at, each, defaults, kind) for at, (task, each) in enumerate(bodies.items())}
    inbound = inbound_of(tasks) if kind == WorkflowType.DIRECT else {}
    return WorkflowSpec(
        name=data["name"],
        type=kind,
        body=body,
        tasks=tasks,
        start_tasks=start_tasks_of(tasks, inbound) if kind == WorkflowType.DIRECT else (),
        inbound=inbound,
        parameters=_parameters(data.get("input", [])),
        output=data.get("output"),
        output_on_error=data.get("output-on-error"),
        vars=data.get("vars", {}),
        tags=tuple(data.get("tags", ())),
        description=data.get("description"),
    )


def action_spec(body: JsonDict) -> ActionSpec:
    """The spec of a stored ad-hoc action."""
    data: Any = body
    base, inline = split_call(data["base"])
    return ActionSpec(
        name=data["name"],
        body=body,
        base=base,
        base_input=merged(data.get("base-input", {}), inline),
        parameters=_parameters(data.get("input", [])),
        output=data.get("output"),
        tags=tuple(data.get("tags", ())),
        description=data.get("description"),
    )


def _task(name: str, index: int, data: Any, defaults: Any, kind: WorkflowType) -> TaskSpec:
    direct = kind == WorkflowType.DIRECT
    action, workflow, inline = _call(data)
    clauses = {each: _targets(each, name, data, defaults) if direct else () for each in CLAUSES}
    return TaskSpec(
        name=name,
        index=index,
        body=data,
        action=action,
        workflow=workflow,
        input=_input(data.get("input", {}), inline),
        with_items=items(data["with-items"], data) if "with-items" in data else {},
        on_success=clauses["on-success"],
        on_error=clauses["on-error"],
        on_complete=clauses["on-complete"],
        on_skip=clauses["on-skip"],
        publish_on_success=effective(data.get("publish", {}), data.get("on-success"), data.get("on-complete")),
        publish_on_error=effective(data.get("publish-on-error", {}), data.get("on-error"), data.get("on-complete")),
        publish_on_skip=effective(data.get("publish-on-skip", {}), data.get("on-skip"), data.get("on-complete")),
        join=_join(data.get("join")),
        requires=() if direct else _requires(name, data, defaults),
        policies=_policies(data, defaults),
        target=data.get("target"),
        keep_result=bool(data.get("keep-result", True)),
        safe_rerun=bool(data.get("safe-rerun", defaults.get("safe-rerun", False))),
        tags=tuple(data.get("tags", ())),
        has_error_clause=bool(clauses["on-error"]),
    )


def _call(data: Any) -> tuple[str | None, str | None, JsonDict]:
    """Action, workflow (one of them is given) and inline parameters."""
    if "workflow" in data:
        workflow, inline = split_call(data["workflow"])
        return None, workflow, inline
    action, inline = split_call(data.get("action", "std.noop"))
    return action, None, inline


def _input(given: Json, inline: JsonDict) -> Json:
    return merged(given, inline) if isinstance(given, dict) else given


def _targets(clause: str, task: str, data: Any, defaults: Any) -> tuple[Target, ...]:
    """The task's own targets, else the default ones; nobody inherits a way to itself."""
    own = targets(data[clause]) if clause in data else ()
    if own or clause not in defaults:
        return own
    return tuple(target for target in targets(defaults[clause]) if target.name != task)


def _join(given: Any) -> int | str | None:
    if given == "all":
        return "all"
    return 1 if given == "one" else int(given or 0) or None


def _requires(task: str, data: Any, defaults: Any) -> tuple[str, ...]:
    names = [*_names(data.get("requires", [])), *_names(defaults.get("requires", []))]
    return tuple(name for name in dict.fromkeys(names) if name != task)


def _names(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


def _policies(data: Any, defaults: Any) -> Policies:
    """An own value wins if it is truthy: `wait-before: 0` does not switch a default off (a quirk that is kept)."""

    def value(key: str) -> Json:
        return data.get(key) or defaults.get(key) or None

    return Policies(
        pause_before=value("pause-before"),
        wait_before=value("wait-before"),
        wait_after=value("wait-after"),
        timeout=value("timeout"),
        concurrency=value("concurrency"),
        tolerate=value("tolerate"),
        fail_on=value("fail-on"),
        retry=_retry(value("retry")),
    )


def _retry(given: Json) -> Retry | None:
    if given is None:
        return None
    values: Mapping[str, Json] = given if isinstance(given, dict) else retry_values(str(given))
    return Retry(
        count=values["count"],
        delay=values["delay"],
        break_on=values.get("break-on"),
        continue_on=values.get("continue-on"),
        backoff=values.get("backoff"),
        max_delay=values.get("max-delay"),
        jitter=values.get("jitter"),
    )


def retry_values(text: str) -> JsonDict:
    """The mapping that the string form of `retry` stands for; without a blank there are no values.

    The syntax knows no fractions (`delay=1.5` is 1); those of keys that Mistral does not have are read all the same.
    """
    values = split_call(text)[1]
    fractions = {key: float(fraction) for key, fraction in _FRACTION.findall(text) if key in values}
    return {**values, **fractions}


def _parameters(declared: Iterable[Json]) -> tuple[Parameter, ...]:
    """Declared inputs in order; a later declaration of the same name replaces the earlier one."""
    found: dict[str, Parameter] = {}
    for entry in declared:
        name, default = next(iter(entry.items())) if isinstance(entry, dict) else (str(entry), REQUIRED)
        found[name] = Parameter(name, default)
    return tuple(found.values())
