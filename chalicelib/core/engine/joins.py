"""When a join begins, fails or goes on waiting (engine rules §8).

A join is judged by three sets of its inbound tasks: those that triggered it, those that ended without doing so, and
those that never ran. The last ones count as failed once no way leads to them any more; that is asked only when the run
has nothing else to do by itself, so that every trigger under way has arrived. Each task is visited once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.core.engine import context, counting, tasks
from chalicelib.core.engine.draft import Draft
from chalicelib.core.lang.spec import TaskSpec
from chalicelib.core.model import Context, Task, TaskKey, Work
from chalicelib.core.states import CANCELLED, ERROR, RUNNING, SUCCESS, WAITING


def trigger(draft: Draft, spec: TaskSpec) -> None:
    """A parent triggered a join: create it, or have it begin, or begin once more (§8, late arrivals)."""
    key = TaskKey(spec.index, 0)
    bit = 1 << spec.index
    if not draft.progress.seen & bit:
        tasks.create(draft, spec, Context(), ())
        draft.set_progress(waiting=draft.progress.waiting | bit)
    elif not draft.progress.waiting & bit and Work("join", key) not in draft.progress.work:
        _reopen(draft, key)
        draft.set_progress(waiting=draft.progress.waiting | bit)
    if draft.progress.waiting & bit and _is_complete(draft, spec):
        draft.set_progress(waiting=draft.progress.waiting & ~bit)
        counting.push(draft, Work("join", key))


def begin(draft: Draft, key: TaskKey) -> None:
    """Begin a join: merge the contexts of the parents that triggered it, then run it like any task."""
    join = draft.task(key)
    if join is None:
        return
    tasks.begin(draft, _gathered(draft, join))


def settle(draft: Draft) -> bool:
    """Fail the waiting joins that nothing can complete any more; whether there was one."""
    failed = False
    for name in _waiting(draft):
        spec = draft.spec.tasks[name]
        if not draft.progress.waiting >> spec.index & 1 or not (lost := _lost(draft, spec)):
            continue
        join = draft.task(TaskKey(spec.index, 0))
        if join is None:
            continue
        failed = True
        draft.set_progress(waiting=draft.progress.waiting & ~(1 << spec.index))
        tasks.complete(draft, _gathered(draft, join), ERROR, f"Failed by tasks: {lost}")
        if draft.head.state is not RUNNING:
            break
    return failed


def _gathered(draft: Draft, join: Task) -> Task:
    """The join with the merged contexts of the parents that triggered it."""
    parents = _parents(draft, join)
    merged, values = context.merge(draft, (context.outbound(draft, parent) for parent in parents), join.key)
    triggered_by = tuple((parent.key, _event(draft, parent, join.name)) for parent in parents)
    return draft.put(replace(join, context=merged, merged=values, triggered_by=triggered_by))


def _waiting(draft: Draft) -> list[str]:
    names, mask, found = draft.spec.names, draft.progress.waiting, []
    while mask:
        low = mask & -mask
        found.append(names[low.bit_length() - 1])
        mask ^= low
    return found


def _reopen(draft: Draft, key: TaskKey) -> None:
    join = draft.task(key)
    if join is None:
        return
    if join.state in (SUCCESS, ERROR, CANCELLED):
        counting.opened(draft, key.place)
        draft.put(replace(join, state=WAITING, state_info="Task is waiting.", processed=False))


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


def _parents(draft: Draft, join: Task) -> list[Task]:
    """The latest executions of the inbound tasks that triggered the join, in document order."""
    inbound = draft.spec.inbound[join.name]
    fired = draft.progress.fired.get(join.key.place, 0)
    places = [draft.spec.tasks[name].index for position, name in enumerate(inbound) if fired >> position & 1]
    keys = [TaskKey(place, draft.progress.instances.get(place, 1) - 1) for place in places]
    return [task for task in draft.fetch(keys) if task.state in (SUCCESS, ERROR, CANCELLED)]


def _event(draft: Draft, parent: Task, join: str) -> str:
    spec = draft.spec_of(parent)
    first = ("on-success", spec.on_success) if parent.state is SUCCESS else ("on-error", spec.on_error)
    return first[0] if any(target.name == join for target in first[1]) else "on-complete"
