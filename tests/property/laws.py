"""What is true of a run after every step, whatever happened before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chalicelib.adapters.dynamo.runs import serializers
from chalicelib.adapters.dynamo.runs.codec import pack, unpack
from chalicelib.core.engine.state.draft import Changes
from chalicelib.core.engine.state.events import Event
from chalicelib.core.model import Action, Task
from chalicelib.core.states import (
    ACTION,
    CANCELLED,
    ERROR,
    PAUSED,
    RUNNING,
    SKIPPED,
    SUCCESS,
    TASK,
    TERMINAL,
    WAITING,
    State,
)
from chalicelib.core.states import Table as LifeCycle
from tests.unit.core.engine.table import Table


def check_counters(table: Table) -> None:
    """The progress of the head says what the rows say."""
    progress, tasks = table.run.head.progress, table.rows.tasks()
    open_tasks = [task for task in tasks if task.state not in TERMINAL]
    assert progress.created == len(tasks)
    assert progress.active == len(open_tasks)
    assert progress.paused == sum(task.state is PAUSED for task in tasks)
    assert progress.seen == _mask(tasks)
    assert progress.busy == _mask(open_tasks)
    assert progress.instances == _many(tasks)
    assert progress.crowds == _many(open_tasks)
    if table.run.head.state not in TERMINAL:
        about_to_begin = [work.task for work in progress.work if work.kind == "join"]
        parentless = [task for task in tasks if task.state is WAITING and task.delay is None]
        waiting = [task for task in parentless if task.key not in about_to_begin]
        assert progress.waiting == _mask(waiting)


def check_ends(table: Table) -> None:
    """The head names the ends and failures of the run, as long as they are few."""
    progress = table.run.head.progress
    judged = [task for task in table.rows.tasks() if task.state in TERMINAL and task.processed]
    pending = {work.task for work in progress.work if work.kind == "again"}
    if table.run.head.state in TERMINAL or progress.ends is None or progress.failed is None:
        return
    ended = [task for task in judged if task.key not in pending]
    assert {task.key for task in ended if not task.has_next} <= set(progress.ends)
    failed = [task for task in ended if _unhandled(task)]
    assert {task.key for task in failed} <= set(progress.failed)


def check_not_stuck(table: Table, timers: Sequence[Event]) -> None:
    """A run that nobody has promised to go on with is over, paused, or waits for an action or a timer."""
    head = table.run.head
    if head.state is RUNNING:
        assert not head.progress.work
        assert timers or any(is_open(action) for _, action in actions(table))


def check_stored(changes: Changes) -> None:
    """What is written is what is read."""
    for task in changes.tasks:
        assert serializers.task_in(unpack(pack(serializers.task_out(task)))) == task


def check_lifecycles(table: Table, changes: Changes) -> None:
    """What has ended stays as it is: results, and states of tasks that nobody asked to run again."""
    for task in changes.tasks:
        before = table.rows.kept.get(task.key)
        if before is None:
            continue
        is_join = table.spec.tasks[task.name].join is not None
        assert before.state not in (SUCCESS, SKIPPED) or before.state is task.state or (is_join and task.again)
        assert may_become(TASK, before.state, task.state)
        if before.action is not None and task.action is not None and before.action.key == task.action.key:
            _check_action(before.action, task.action)
    for action in changes.actions:
        old = table.rows.old_actions.get(action.key)
        if old is not None:
            _check_action(old, action)


def _check_action(before: Action, after: Action) -> None:
    assert may_become(ACTION, before.state, after.state)
    assert before.state not in TERMINAL or before.output == after.output


def may_become(lifecycle: LifeCycle, old: State, new: State) -> bool:
    """Whether a way leads from one state to the other; one step may go a long way."""
    reached, ahead = {old}, [old]
    while ahead:
        found = lifecycle.get(ahead.pop(), frozenset()) - reached
        reached |= found
        ahead += found
    return new in reached


def actions(table: Table) -> list[tuple[Task, Action]]:
    """All action executions of unfinished tasks, with their tasks."""
    found = [(task, task.action) for task in table.rows.tasks() if task.action is not None]
    old = [(table.rows.kept[action.key.task], action) for action in table.rows.old_actions.values()]
    return [pair for pair in [*found, *old] if pair[0].state not in TERMINAL]


def is_open(action: Action) -> bool:
    """Whether somebody still has to report on an action execution."""
    return action.state in (RUNNING, PAUSED)


def _unhandled(task: Task) -> bool:
    return (task.state is ERROR and not task.error_handled) or task.state is CANCELLED


def _mask(tasks: Iterable[Task]) -> int:
    mask = 0
    for task in tasks:
        mask |= 1 << task.key.place
    return mask


def _many(tasks: Iterable[Task]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for task in tasks:
        counts[task.key.place] = counts.get(task.key.place, 0) + 1
    return {place: count for place, count in counts.items() if count > 1}
