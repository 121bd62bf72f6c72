"""Sub-executions: their records, and the propagation of states between parent and child.

What the parent knows of one stands where other tasks have their action execution: name, input, state, output. Its id
follows from that of the task and the number of the attempt. It is started and heard of by effects and events; how
states travel between the two is in `family`.

Down: all unfinished sub-executions are asked to follow, some in each step, and told the version of the head that asked;
so none follows an older wish after a newer one. How far that is, is in `Progress.asking`. Up: every sub-execution tells
its parent in which state it is, and whether it was asked to; what it was asked to do changes the parent no further.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from chalicelib.core import ids
from chalicelib.core.engine.state import bookkeeping
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.engine.state.effects import AskChild, StartExecution
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.language.spec import TaskSpec
from chalicelib.core.model import Action, Task
from chalicelib.core.progress import Asking, Work, WorkKind
from chalicelib.core.states import CANCELLED, PAUSED, RUNNING, TERMINAL, State
from chalicelib.core.values import ActionKey, TaskKey

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


LOOK = 200
"""Task executions, or sub-executions of one of them, that a step looks at."""


LEFT = "The task that started this execution timed out."


def pause(draft: Draft, info: str | None = None) -> None:
    """Pause a running run with all its sub-executions. It is paused once, however many tasks wanted that by now."""
    draft.set_head(state=PAUSED, state_info=info)
    ask(draft, PAUSED)
    draft.set_progress(work=tuple(_without_pause(draft, work) for work in draft.progress.work))


def _without_pause(draft: Draft, work: Work) -> Work:
    """What is to follow a task that has ended; a `pause` in it has no effect, as the run is paused already.

    What follows is computed again on resume, as for tasks that end while the run is paused; where some of it has been
    done, the rest is kept without the command.
    """
    if work.kind is not WorkKind.NEXT or work.task is None:
        return work
    if not _may_pause(draft.spec.tasks[draft.spec.names[work.task.place]]):
        return work
    if not work.cursor:
        return Work(WorkKind.AGAIN, work.task)
    task = draft.task(work.task)
    if task is not None:
        rest = (command for command in task.next[work.cursor :] if command[0] != "pause")
        draft.put(replace(task, next=(*task.next[: work.cursor], *rest)))
    return work


def _may_pause(spec: TaskSpec) -> bool:
    clauses = (*spec.on_success, *spec.on_error, *spec.on_complete, *spec.on_skip)
    return any(target.name == "pause" for target in clauses)


def resume(draft: Draft) -> None:
    """Have a run go on with what it put aside, then with what was left to do, and its sub-executions, too."""
    go_on(draft)
    ask(draft, RUNNING)


def go_on(draft: Draft) -> None:
    """Have a run go on, be it paused or over."""
    progress = draft.progress
    draft.set_head(state=RUNNING, state_info=None)
    draft.set_progress(work=(*progress.backlog, *progress.work), backlog=())


def ask(draft: Draft, state: State, every: bool = False, message: str | None = None) -> None:
    """Have all unfinished sub-executions follow this run into `state`, whatever they were asked before.

    `every`: the finished ones hear of it, too, as something may run below them. `message`: what they are told, if that
    is not the state info of this run.
    """
    first = next(_keys(draft, TaskKey(0, 0), every), None)
    if first is not None or draft.progress.asking is not None:
        asking = None if first is None else Asking(state, first, every=every)
        draft.set_progress(asking=asking, message=message)


def leave(draft: Draft, task: Task) -> None:
    """A task ends without waiting for its sub-executions: have those cancelled that are not over."""
    if task.kind == KIND and _is_open(task):
        bookkeeping.push_front(draft, Work(WorkKind.LEAVE, task.key, _first(draft, task)))


def cancel_left(draft: Draft) -> bool:
    """Cancel sub-executions that tasks left behind, as many as there is room for; whether those were all."""
    for work in [work for work in draft.progress.work if work.kind is WorkKind.LEAVE]:
        draft.set_progress(work=tuple(other for other in draft.progress.work if other != work))
        task = draft.task(work.task) if work.task is not None else None
        number = None if task is None else _cancelled(draft, task, work.cursor)
        if number is not None:
            bookkeeping.push_front(draft, work._replace(cursor=number))
            return False
    return True


def _cancelled(draft: Draft, task: Task, number: int) -> int | None:
    """Cancel sub-executions of a task that it does not wait for, from `number` on; where to go on."""
    waits = task.state not in TERMINAL and task.delay is None
    last = task.superseded if waits else task.attempts
    return _ask_some(draft, task, Asking(CANCELLED, task.key, number), last, LEFT)


def go_on_asking(draft: Draft) -> None:
    """Ask as many sub-executions as there is room for; the others in the next step."""
    if draft.progress.asking is None:
        return
    left = _asked(draft, draft.progress.asking)
    draft.set_progress(asking=left)
    if left is not None:
        draft.come_back()


def heard(draft: Draft, task: Task, child: Action, state: State, asked: bool) -> None:
    """A sub-execution that counts is PAUSED or RUNNING now; if it wanted that itself, this run follows."""
    if child.state is not state:
        task = bookkeeping.held(draft, task, 1 if state is PAUSED else -1)
    if asked:
        return
    if state is PAUSED and draft.head.state is RUNNING:
        pause(draft)
    elif state is RUNNING and child.state is PAUSED and draft.head.state is PAUSED and not draft.progress.paused:
        resume(draft)


def stray(draft: Draft, task: Task) -> None:
    """A task execution is over or tries again; remember it if some of its sub-executions are not."""
    if task.kind == KIND and _is_open(task):
        draft.set_progress(strays=draft.progress.strays | 1 << task.key.place)


def _asked(draft: Draft, asking: Asking) -> Asking | None:
    """Ask some; where to go on."""
    keys = list(islice(_keys(draft, asking.task, asking.every), LOOK + 1))
    for task in draft.fetch(keys[:LOOK]):
        here = asking._replace(task=task.key, number=asking.number if task.key == asking.task else 1)
        number = _ask_some(draft, task, here, task.attempts)
        if number is not None:
            return here._replace(number=number)
    return asking._replace(task=keys[LOOK], number=1) if len(keys) > LOOK else None


def _ask_some(draft: Draft, task: Task, asking: Asking, until: int, message: str | None = None) -> int | None:
    """Ask sub-executions of a task up to number `until`; where to go on, `None` if all were asked."""
    first = max(asking.number, 1 if asking.every else _first(draft, task))
    last = min(until, first + LOOK - 1)
    for child in _between(draft, task, first, last):
        if child.state in TERMINAL and not asking.every:
            continue
        if draft.room_for_family() <= 0:
            return child.key.number
        draft.send(AskChild(child.key, asking.state, message))
    return last + 1 if last < until else None


def _keys(draft: Draft, start: TaskKey, every: bool = False) -> Iterator[TaskKey]:
    """Task executions that may have unfinished sub-executions, or `every` one that may have any, from `start` on."""
    progress = draft.progress
    wanted = progress.seen if every else progress.busy | progress.strays
    for spec in draft.spec.tasks.values():
        if spec.workflow is not None and spec.index >= start.place and wanted >> spec.index & 1:
            begin = start.instance if spec.index == start.place else 0
            yield from (TaskKey(spec.index, n) for n in range(begin, progress.instances.get(spec.index, 1)))


def _first(draft: Draft, task: Task) -> int:
    """From which number on there may be unfinished sub-executions."""
    if draft.progress.strays >> task.key.place & 1:
        return 1
    if not _is_open(task):
        return task.attempts + 1
    return task.items.base + 1 if task.items is not None else task.attempts


def _is_open(task: Task) -> bool:
    """Whether some sub-execution of the present attempt is unfinished."""
    if task.items is not None:
        return task.items.started > task.items.ended
    return task.action is not None and task.action.state not in TERMINAL


def _between(draft: Draft, task: Task, first: int, last: int) -> list[Action]:
    current = [task.action] if task.action is not None and first <= task.action.key.number <= last else []
    if not task.has_rows or last - first + 1 <= len(current):
        return current
    return draft.actions(task, range(first, last + 1))
