"""How a pause, its end and a cancellation travel through a tree of executions (engine rules §14).

Down: all unfinished sub-executions are asked to follow, some in each step, and told the version of the head that asked;
so none follows an older wish after a newer one. How far that is, is in `Progress.asking`. Up: every sub-execution tells
its parent in which state it is, and whether it was asked to; what it was asked to do changes the parent no further.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from chalicelib.core.engine import children, counting
from chalicelib.core.engine.draft import Draft
from chalicelib.core.engine.effects import AskChild
from chalicelib.core.model import Action, Task, TaskKey
from chalicelib.core.progress import Asking
from chalicelib.core.states import PAUSED, RUNNING, TERMINAL, State

LOOK = 200
"""Task executions, or sub-executions of one of them, that a step looks at."""


def pause(draft: Draft, info: str | None = None) -> None:
    """Pause a running run with all its sub-executions."""
    draft.set_head(state=PAUSED, state_info=info)
    ask(draft, PAUSED)


def resume(draft: Draft) -> None:
    """Have a run go on with what it put aside, then with what was left to do, and its sub-executions, too."""
    go_on(draft)
    ask(draft, RUNNING)


def go_on(draft: Draft) -> None:
    """Have a run go on, be it paused or over."""
    progress = draft.progress
    draft.set_head(state=RUNNING, state_info=None)
    draft.set_progress(work=(*progress.backlog, *progress.work), backlog=())


def ask(draft: Draft, state: State) -> None:
    """Have all unfinished sub-executions follow this run into `state`, whatever they were asked before."""
    first = next(_keys(draft, TaskKey(0, 0)), None)
    draft.set_progress(asking=None if first is None else Asking(state, first))


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
        task = counting.held(draft, task, 1 if state is PAUSED else -1)
    if asked:
        return
    if state is PAUSED and draft.head.state is RUNNING:
        pause(draft)
    elif state is RUNNING and child.state is PAUSED and draft.head.state is PAUSED and not draft.progress.paused:
        resume(draft)


def stray(draft: Draft, task: Task) -> None:
    """A task execution is over or tries again; remember it if some of its sub-executions are not."""
    if task.kind == children.KIND and _is_open(task):
        draft.set_progress(strays=draft.progress.strays | 1 << task.key.place)


def _asked(draft: Draft, asking: Asking) -> Asking | None:
    """Ask some; where to go on."""
    keys = list(islice(_keys(draft, asking.task), LOOK + 1))
    for task in draft.fetch(keys[:LOOK]):
        number = _ask_some(draft, task, asking.state, asking.number if task.key == asking.task else 1)
        if number is not None:
            return Asking(asking.state, task.key, number)
    return Asking(asking.state, keys[LOOK]) if len(keys) > LOOK else None


def _ask_some(draft: Draft, task: Task, state: State, number: int) -> int | None:
    """Ask sub-executions of a task from `number` on; where to go on, `None` if all were asked."""
    first = max(number, _first(draft, task))
    last = min(task.attempts, first + LOOK - 1)
    for child in _between(draft, task, first, last):
        if child.state in TERMINAL:
            continue
        if draft.room_for_family() <= 0:
            return child.key.number
        draft.send(AskChild(child.key, state))
    return last + 1 if last < task.attempts else None


def _keys(draft: Draft, start: TaskKey) -> Iterator[TaskKey]:
    """Task executions that may have unfinished sub-executions, from `start` on."""
    progress = draft.progress
    wanted = progress.busy | progress.strays
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
