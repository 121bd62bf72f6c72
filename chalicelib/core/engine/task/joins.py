"""When a join begins, fails or goes on waiting (engine rules §8).

A join is judged by three sets of its inbound tasks: those that triggered it, those that ended without doing so, and
those that never ran. The last ones count as failed once no way leads to them any more; that is asked only when the run
has nothing else to do by itself, so that every trigger under way has arrived. Each task is visited once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.core.engine.data import context
from chalicelib.core.engine.state import bookkeeping
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.engine.task import lifecycle
from chalicelib.core.language.spec import TaskSpec
from chalicelib.core.model import Context, DelayKind, Task
from chalicelib.core.progress import Work, WorkKind
from chalicelib.core.states import ERROR, RUNNING, SKIPPED, TERMINAL, WAITING
from chalicelib.core.values import TaskKey

NOT_TRIGGERED = "not triggered"
"""The event by which a failed join names a task that did not lead to it."""

REMEMBERED = 8
"""How many executions of one inbound task a join looks back at; it has the context of those before already."""

FAILED_BY = "Failed by tasks: "
"""How the state info of a join begins that failed because of tasks before it."""


def trigger(draft: Draft, spec: TaskSpec) -> None:
    """A parent triggered a join: create it, or have it begin, or begin once more (§8, late arrivals)."""
    key = TaskKey(spec.index, 0)
    if not draft.progress.seen >> spec.index & 1:
        lifecycle.create(draft, spec, Context(), ())
        _wait(draft, spec)
    elif Work(WorkKind.JOIN, key) in draft.progress.work or _is_skipped(draft, key):
        return
    elif not draft.progress.busy >> spec.index & 1:
        _reopen(draft, key)
        _wait(draft, spec)
    _begin_if_complete(draft, spec)


def begin(draft: Draft, key: TaskKey) -> None:
    """Begin a join: merge the contexts of the parents that triggered it, then run it like any task."""
    join = draft.task(key)
    if join is None or join.state is SKIPPED:
        return
    if join.state in TERMINAL:  # it was running when it was triggered once more, and has ended since
        join = _reopen(draft, key)
    elif join.attempts or join.items is not None:
        bookkeeping.unpaused(draft, join)
        join = _again(draft, join)
    lifecycle.begin(draft, _gathered(draft, join))


def begin_again(draft: Draft, join: Task) -> None:
    """A failed join is run again: with what those parents bring that have triggered it, however few they are."""
    draft.put(join)
    draft.put(replace(_reopen(draft, join.key), superseded=join.superseded))
    bookkeeping.push(draft, Work(WorkKind.JOIN, join.key))


def wake(draft: Draft, key: TaskKey) -> None:
    """The delay of a task is over. A join that is tried again for want of its parents is judged once more (§8, §13)."""
    task = draft.task(key)
    if task is None or not _lacks_parents(draft, task):
        lifecycle.wake(draft, key)
        return
    draft.put(replace(task, state=WAITING, state_info="Task is waiting.", delay=None))
    _wait(draft, draft.spec_of(task))


def settle(draft: Draft) -> bool:
    """Fail the first waiting join that nothing can complete any more; whether there was one.

    Joins that wait for nobody but each other would wait for ever: the first of them fails. One that was completed
    while the run was over begins, now that the run came back to life.
    """
    waiting = [draft.spec.tasks[name] for name in _waiting(draft)]
    for spec in waiting:
        if _begin_if_complete(draft, spec):
            return True
        if lost := _lost(draft, spec):
            _fail(draft, spec, lost)
            return True
    if waiting and draft.progress.active == len(waiting):
        _fail(draft, waiting[0], _absent(draft, waiting[0]))
        return True
    return False


def _begin_if_complete(draft: Draft, spec: TaskSpec) -> bool:
    if not _is_complete(draft, spec):
        return False
    _wait_no_more(draft, spec)
    bookkeeping.push(draft, Work(WorkKind.JOIN, TaskKey(spec.index, 0)))
    return True


def _fail(draft: Draft, spec: TaskSpec, lost: list[str]) -> None:
    _wait_no_more(draft, spec)
    join = draft.task(TaskKey(spec.index, 0))
    if join is not None:
        join = replace(_gathered(draft, join), triggered_by=_blamed(draft, spec, lost))
        lifecycle.complete(draft, join, ERROR, f"{FAILED_BY}{lost}")


def _blamed(draft: Draft, spec: TaskSpec, lost: list[str]) -> tuple[tuple[TaskKey, str], ...]:
    """What Mistral 23.0.0 shows as the triggers of a join that failed: the tasks that ended without leading to it.

    Only if it needed them all; tasks that never ran have no execution to show.
    """
    if spec.join != "all":
        return ()
    progress, found = draft.progress, list[tuple[TaskKey, str]]()
    for name in lost:
        place = draft.spec.tasks[name].index
        if progress.seen >> place & 1 and not progress.busy >> place & 1:
            found.append((TaskKey(place, progress.instances.get(place, 1) - 1), NOT_TRIGGERED))
    return tuple(found)


def _gathered(draft: Draft, join: Task) -> Task:
    """The join with the merged contexts of the parents that triggered it; one that begins again keeps what it had."""
    parents = _parents(draft, join)
    contexts = [context.outbound(draft, parent) for parent in parents]
    merged, values = context.merge(draft, [join.context, *contexts] if join.again else contexts, join)
    triggered_by = tuple((parent.key, _event(parent, join.name)) for parent in parents)
    return draft.put(replace(join, context=merged, merged=values, triggered_by=triggered_by))


def _wait(draft: Draft, spec: TaskSpec) -> None:
    draft.set_progress(waiting=draft.progress.waiting | 1 << spec.index)


def _wait_no_more(draft: Draft, spec: TaskSpec) -> None:
    draft.set_progress(waiting=draft.progress.waiting & ~(1 << spec.index))


def _waiting(draft: Draft) -> list[str]:
    names, mask, found = draft.spec.names, draft.progress.waiting, []
    while mask:
        low = mask & -mask
        found.append(names[low.bit_length() - 1])
        mask ^= low
    return found


def _reopen(draft: Draft, key: TaskKey) -> Task:
    """A join that had ended waits once more; what it did in vain does not count any longer."""
    join = draft.task(key)
    assert join is not None
    bookkeeping.opened(draft, key.place)
    action = join.action
    if action is not None and join.state is ERROR:
        action = replace(action, accepted=False)
    void = join.attempts if join.items is not None and join.state is ERROR else join.superseded
    join = replace(join, state=WAITING, state_info="Task is waiting.", processed=False, action=action, superseded=void)
    return draft.put(_again(draft, join))


def _is_skipped(draft: Draft, key: TaskKey) -> bool:
    """Whether somebody has decided that the run goes on without this join."""
    join = None if draft.progress.busy >> key.place & 1 else draft.task(key)
    return join is not None and join.state is SKIPPED


def _again(draft: Draft, join: Task) -> Task:
    """The join marked as triggered once more, what it has published so far kept for those who refer to it."""
    return join if join.again else replace(join, again=True, frozen=join.published or {})


def _needed(spec: TaskSpec, inbound: Sequence[str]) -> int:
    return len(inbound) if spec.join == "all" else int(spec.join or 0)


def _is_complete(draft: Draft, spec: TaskSpec) -> bool:
    fired = draft.progress.fired.get(spec.index, 0)
    return fired.bit_count() >= _needed(spec, draft.spec.inbound[spec.name])


def _lost(draft: Draft, spec: TaskSpec) -> list[str]:
    """The inbound tasks that make the join impossible, or nothing if it may still begin."""
    inbound = draft.spec.inbound[spec.name]
    progress = draft.progress
    missed, fired = progress.missed.get(spec.index, 0), progress.fired.get(spec.index, 0)
    gone = []
    for position, name in enumerate(inbound):
        place = draft.spec.tasks[name].index
        if fired >> position & 1 or progress.busy >> place & 1:
            continue
        if missed >> position & 1 or not _reachable(draft, name):
            gone.append(name)
    return gone if len(gone) > len(inbound) - _needed(spec, inbound) else []


def _reachable(draft: Draft, name: str) -> bool:
    """Whether a task that never ran may still be triggered."""
    if draft.progress.seen >> draft.spec.tasks[name].index & 1:
        return False
    visited, ahead = {name}, [name]
    while ahead:
        for parent in draft.spec.inbound.get(ahead.pop(), ()):
            place = draft.spec.tasks[parent].index
            if draft.progress.busy >> place & 1:
                return True
            if not draft.progress.seen >> place & 1 and parent not in visited:
                visited.add(parent)
                ahead.append(parent)
    return False


def _lacks_parents(draft: Draft, task: Task) -> bool:
    retries = draft.head.state is RUNNING and task.delay is not None and task.delay.kind is DelayKind.RETRY
    spec = draft.spec_of(task)
    return retries and spec.join is not None and not _is_complete(draft, spec)


def _absent(draft: Draft, spec: TaskSpec) -> list[str]:
    """The inbound tasks that have not triggered a join."""
    fired = draft.progress.fired.get(spec.index, 0)
    return [name for position, name in enumerate(draft.spec.inbound[spec.name]) if not fired >> position & 1]


def _parents(draft: Draft, join: Task) -> list[Task]:
    """The last few executions of each inbound task, as far as they triggered the join, in document order."""
    inbound = draft.spec.inbound[join.name]
    fired = draft.progress.fired.get(join.key.place, 0)
    places = [draft.spec.tasks[name].index for position, name in enumerate(inbound) if fired >> position & 1]
    found = draft.fetch(key for place in places for key in _last(draft, place))
    return [task for task in found if _event(task, join.name) and (task.state in TERMINAL or task.key == join.key)]


def _last(draft: Draft, place: int) -> list[TaskKey]:
    count = draft.progress.instances.get(place, 1)
    return [TaskKey(place, instance) for instance in range(max(0, count - REMEMBERED), count)]


def _event(parent: Task, join: str) -> str:
    """The clause by which a parent triggered a join; empty if it did not."""
    return next((event for target, event, _ in parent.next if target == join), "")
