"""What follows a completed task: its clauses, their guards, and the order of commands (engine rules §7, §10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.core.engine.data import context
from chalicelib.core.engine.data.expression_host import Answers
from chalicelib.core.engine.data.scopes import Scopes
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.expressions import evaluate
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.language.spec import COMMANDS, Target, TaskSpec
from chalicelib.core.model import Task
from chalicelib.core.states import ERROR, SKIPPED, SUCCESS

Command = tuple[str, str, JsonDict]
"""Target, the event that led to it, parameters."""


@dataclass(frozen=True, slots=True)
class Following:
    """What follows a task: commands in the order in which they are carried out."""

    commands: tuple[Command, ...] = ()
    has_next: bool = False
    error_handled: bool = False
    triggered: frozenset[str] = frozenset()


def following(draft: Draft, task: Task, recomputed: bool = False) -> Following:
    """What follows a completed task. `recomputed`: after a pause, when `pause` commands are ignored."""
    spec = draft.spec_of(task)
    fired = list(_fired(draft, task, spec))
    tasks = frozenset(name for name, _, _ in fired if name not in COMMANDS)
    ignored = ("noop", "pause") if recomputed else ("noop",)
    commands = _ordered(draft, [command for command in fired if command[0] not in ignored])
    handled = task.state is ERROR and any(event == "on-error" for _, event, _ in fired)
    return Following(commands, bool(tasks), handled, tasks)


def _fired(draft: Draft, task: Task, spec: TaskSpec) -> Iterable[Command]:
    for event, targets in _clauses(draft, task, spec):
        yield from _open(draft, task, event, targets)


def _clauses(draft: Draft, task: Task, spec: TaskSpec) -> Iterable[tuple[str, tuple[Target, ...]]]:
    if task.state is ERROR:
        yield "on-error", spec.on_error
    elif task.state is SKIPPED:
        skipped = list(_open(draft, task, "on-skip", spec.on_skip))
        yield ("on-skip", spec.on_skip) if skipped else ("on-success", spec.on_success)
    elif task.state is SUCCESS:
        yield "on-success", spec.on_success
    if task.state in (SUCCESS, ERROR):
        yield "on-complete", spec.on_complete


def _open(draft: Draft, task: Task, event: str, targets: tuple[Target, ...]) -> Iterable[Command]:
    """The entries of a clause whose guards are true, their parameters evaluated."""
    if not targets:
        return
    scope = None
    answers = Answers(draft, task)
    for target in targets:
        if (target.guard is not None or target.params) and scope is None:
            scope = Scopes(draft).transition(task, context.outbound(draft, task))
        if target.guard is not None and not evaluate(target.guard, scope or {}, answers):
            continue
        params = evaluate(dict(target.params), scope or {}, answers) if target.params else {}
        yield target.name, event, params if isinstance(params, dict) else {}


def _ordered(draft: Draft, commands: list[Command]) -> tuple[Command, ...]:
    """Tasks up to a state command (joins last), then that command; only `pause` lets the rest follow (§10)."""
    ordered: list[Command] = []
    run: list[Command] = []
    for command in commands:
        if command[0] not in COMMANDS:
            run.append(command)
            continue
        ordered += [*_joins_last(draft, run), command]
        run = []
        if command[0] != "pause":
            break
    return (*ordered, *_joins_last(draft, run))


def _joins_last(draft: Draft, commands: list[Command]) -> list[Command]:
    return sorted(commands, key=lambda command: draft.spec.tasks[command[0]].join is not None)
