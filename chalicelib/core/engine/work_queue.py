"""The work a run does by itself: start tasks, commands that follow a task, joins that may begin.

Work is done in order of arrival, which is what concurrent tasks look like from outside, and stops when the step is
full; what is left stays in the head and the step asks to be called again (property P6).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias, assert_never

from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.data import context, messages, requirements
from chalicelib.core.engine.run import finish
from chalicelib.core.engine.state import bookkeeping
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.engine.state.interfaces import FAULTS
from chalicelib.core.engine.task import joins, lifecycle, with_items
from chalicelib.core.engine.task.transitions import Command
from chalicelib.core.jsontext import Json
from chalicelib.core.language.spec import COMMANDS, WorkflowType
from chalicelib.core.model import Context, Task
from chalicelib.core.progress import Work, WorkKind
from chalicelib.core.states import ERROR, PAUSED, RUNNING, SUCCESS, TERMINAL
from chalicelib.core.values import TaskKey

TaskWork: TypeAlias = Literal[
    WorkKind.NEXT,
    WorkKind.AGAIN,
    WorkKind.JOIN,
    WorkKind.REQUIRE,
    WorkKind.WAKE,
    WorkKind.ITEMS,
    WorkKind.MORE,
]
"""Work with a task."""


def drain(draft: Draft) -> None:
    """Do all work there is room for, then see whether the run is over."""
    if not sub_executions.cancel_left(
        draft
    ):  # before a task that tries again starts others, and whatever state the run is in
        draft.come_back()
        return
    while draft.head.state is RUNNING and (draft.progress.work or draft.progress.waiting):
        if not draft.has_room():
            draft.come_back()
            return
        if draft.progress.work:
            _do(draft, bookkeeping.pop(draft))
        elif not joins.settle(draft):
            break
    _start_items(draft)
    finish.check(draft)


def _start_items(draft: Draft) -> None:
    """Items of tasks that have begun go on being started while the run is paused (§12), and once it is over."""
    while draft.head.state is not RUNNING:
        found = next((work for work in draft.progress.work if _goes_on(draft, work)), None)
        if found is None:
            return
        if not draft.has_room():
            draft.come_back()
            return
        draft.set_progress(work=tuple(work for work in draft.progress.work if work != found))
        _do(draft, found)


def _goes_on(draft: Draft, work: Work) -> bool:
    """Whether work is done in a run that is paused or over. Sub-executions would have to be paused at once, so they
    wait for a paused run to go on."""
    if work.kind not in (WorkKind.ITEMS, WorkKind.MORE) or work.task is None:
        return False
    return draft.head.state is not PAUSED or draft.spec.tasks[draft.spec.names[work.task.place]].workflow is None


def _do(draft: Draft, work: Work) -> None:
    if work.kind is WorkKind.START:
        _start(draft, work)
        return
    if work.task is None or work.kind is WorkKind.LEAVE:
        raise ValueError(f"work of kind {work.kind} cannot be done: {work}")
    _do_with(draft, work.kind, work.task, work.cursor)


def _do_with(draft: Draft, kind: TaskWork, task: TaskKey, cursor: int) -> None:
    match kind:
        case WorkKind.NEXT:
            _follow(draft, task, cursor)
        case WorkKind.AGAIN:
            _decide_again(draft, task)
        case WorkKind.JOIN:
            joins.begin(draft, task)
        case WorkKind.REQUIRE:
            _require(draft, draft.spec.names[task.place])
        case WorkKind.WAKE:
            joins.wake(draft, task)
        case WorkKind.ITEMS:
            with_items.start(draft, task)
        case WorkKind.MORE:
            with_items.more(draft, task)
        case _:
            assert_never(kind)


def _start(draft: Draft, work: Work) -> None:
    names = requirements.first(draft) if draft.spec.type is WorkflowType.REVERSE else draft.spec.start_tasks
    for cursor in range(work.cursor, len(names)):
        if cursor > work.cursor and not draft.has_room():
            _put_back(draft, Work(WorkKind.START, None, cursor))
            return
        spec = draft.spec.tasks[names[cursor]]
        lifecycle.begin(draft, lifecycle.create(draft, spec, Context(), ()))


def _require(draft: Draft, name: str) -> None:
    """Begin a task of a reverse workflow, all of whose requirements have succeeded."""
    inbound, merged = requirements.gathered(draft, name)
    task = lifecycle.create(draft, draft.spec.tasks[name], inbound, ())
    lifecycle.begin(draft, draft.put(replace(task, merged=merged)))


def _put_back(draft: Draft, work: Work) -> None:
    """Work for the next step. Tasks that begin together all begin, whichever of them ends the run, as far as there is
    room; after that nothing new begins in a run that is over."""
    if draft.head.state not in TERMINAL:
        bookkeeping.push_front(draft, work)


def _follow(draft: Draft, key: TaskKey, cursor: int) -> None:
    task = draft.task(key)
    if task is None:
        return
    outbound = context.outbound(draft, task)
    for position in range(cursor, len(task.next)):
        if position > cursor and not draft.has_room():
            _put_back(draft, Work(WorkKind.NEXT, key, position))
            return
        command = task.next[position]
        if command[0] in COMMANDS:
            _obey(draft, task, command, position)
            return
        _trigger(draft, task, command, outbound)


def _trigger(draft: Draft, parent: Task, command: Command, outbound: Context) -> None:
    name, event, _ = command
    spec = draft.spec.tasks[name]
    if spec.join is not None:
        joins.trigger(draft, spec)
    else:
        lifecycle.begin(draft, lifecycle.create(draft, spec, outbound, ((parent.key, event),)))


def _obey(draft: Draft, task: Task, command: Command, position: int) -> None:
    """Carry out an engine command (§10). Only `pause` keeps what comes after it, for the time when the run goes on."""
    name, _, params = command
    message = params.get("msg")
    if name == "pause":
        left = (Work(WorkKind.NEXT, task.key, position + 1),) if position + 1 < len(task.next) else ()
        draft.set_progress(backlog=(*draft.progress.backlog, *left))
        sub_executions.pause(draft, messages.info(message))
    elif name == "fail":
        finish.conclude(draft, ERROR, message)
    else:
        _succeed(draft, task, message)


def _succeed(draft: Draft, task: Task, message: Json) -> None:
    try:
        finish.conclude(draft, SUCCESS, message)
    except FAULTS as error:
        lifecycle.force(draft, task, error)


def _decide_again(draft: Draft, key: TaskKey) -> None:
    task = draft.task(key)
    if task is None:
        return
    try:
        lifecycle.decide(draft, task, recomputed=True)
    except FAULTS as error:
        lifecycle.force(draft, task, error)
