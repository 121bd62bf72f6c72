"""Bookkeeping of a run's progress: which tasks were seen, are busy, have triggered which join.

Nothing is decided here. Every function moves the masks and counters of `Progress` in step with one thing that happened.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.language.spec import TaskSpec, WorkflowSpec
from chalicelib.core.model import Task
from chalicelib.core.progress import Work
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING
from chalicelib.core.values import TaskKey

KEPT = 24
"""How many ends and failures the head names before it leaves them to the rows."""


def next_key(draft: Draft, place: int) -> TaskKey:
    """The key that the next execution of the task at `place` gets."""
    progress = draft.progress
    return TaskKey(place, progress.instances.get(place, 1) if progress.seen >> place & 1 else 0)


def created(draft: Draft, task: Task) -> None:
    """A task execution came into being."""
    place, progress = task.key.place, draft.progress
    instances = dict(progress.instances)
    if task.key.instance:
        instances[place] = task.key.instance + 1
    draft.set_progress(seen=progress.seen | 1 << place, instances=instances, created=progress.created + 1)
    opened(draft, place)


def opened(draft: Draft, place: int) -> None:
    """A task execution has something to do, for the first time or again."""
    progress, crowds = draft.progress, dict(draft.progress.crowds)
    if progress.busy >> place & 1:
        crowds[place] = crowds.get(place, 1) + 1
    draft.set_progress(busy=progress.busy | 1 << place, crowds=crowds, active=progress.active + 1)


def closed(draft: Draft, place: int) -> None:
    """A task execution is over."""
    progress, crowds = draft.progress, dict(draft.progress.crowds)
    busy = progress.busy
    left = crowds.pop(place, 1) - 1
    if left > 1:
        crowds[place] = left
    if not left:
        busy &= ~(1 << place)
    draft.set_progress(busy=busy, crowds=crowds, active=progress.active - 1)


def noted(draft: Draft, task: Task) -> None:
    """Remember a finished task execution if the end of the run will ask for it, else forget it."""
    progress = draft.progress
    failed = (task.state is ERROR and not task.error_handled) or task.state is CANCELLED
    draft.set_progress(
        ends=_noted(progress.ends, task.key, not task.has_next), failed=_noted(progress.failed, task.key, failed)
    )


def forgotten(draft: Draft, key: TaskKey) -> None:
    """A finished task execution comes back to life."""
    progress = draft.progress
    draft.set_progress(ends=_noted(progress.ends, key, False), failed=_noted(progress.failed, key, False))


def held(draft: Draft, task: Task, change: int) -> Task:
    """An action or sub-execution of a task was paused (1), or is so no longer (-1); the task is PAUSED while one is."""
    paused = change
    if task.items is not None:
        paused = task.items.paused + change
        task = draft.put(replace(task, items=replace(task.items, paused=paused)))
    state = PAUSED if paused > 0 else RUNNING
    if task.state is not state:
        draft.set_progress(paused=draft.progress.paused + change)
        task = draft.put(replace(task, state=state))
    return task


def unpaused(draft: Draft, task: Task) -> None:
    """A task execution is about to leave the state it is in."""
    if task.state is PAUSED:
        draft.set_progress(paused=draft.progress.paused - 1)


def judged(draft: Draft, spec: TaskSpec, triggered: frozenset[str]) -> None:
    """Set, for every join that `spec` leads to, whether the execution that just ended triggered it."""
    for name in leads_to(draft.spec, spec):
        join = draft.spec.tasks[name].index
        bit = 1 << draft.spec.inbound[name].index(spec.name)
        progress = draft.progress
        fired, missed = progress.fired.get(join, 0), progress.missed.get(join, 0)
        hit = name in triggered
        draft.set_progress(
            fired={**progress.fired, join: fired | bit if hit else fired & ~bit},
            missed={**progress.missed, join: missed & ~bit if hit else missed | bit},
        )


def leads_to(workflow: WorkflowSpec, spec: TaskSpec) -> list[str]:
    """The joins that some clause of `spec` names, guards aside."""
    targets = (*spec.on_success, *spec.on_error, *spec.on_complete, *spec.on_skip)
    found = (workflow.tasks.get(target.name) for target in targets)
    return list(dict.fromkeys(task.name for task in found if task is not None and task.join is not None))


def push(draft: Draft, work: Work) -> None:
    """Put work at the end of the queue."""
    draft.set_progress(work=(*draft.progress.work, work))


def pop(draft: Draft) -> Work:
    """Take the work at the front of the queue."""
    first, *rest = draft.progress.work
    draft.set_progress(work=tuple(rest))
    return first


def drop(draft: Draft, key: TaskKey) -> None:
    """Forget what was left to do for a task execution."""
    progress = draft.progress
    draft.set_progress(
        work=tuple(work for work in progress.work if work.task != key),
        backlog=tuple(work for work in progress.backlog if work.task != key),
    )


def push_front(draft: Draft, work: Work) -> None:
    """Put work back to the front of the queue."""
    draft.set_progress(work=(work, *draft.progress.work))


def _noted(keys: tuple[TaskKey, ...] | None, key: TaskKey, wanted: bool) -> tuple[TaskKey, ...] | None:
    if keys is None or (key in keys) == wanted:
        return keys
    if not wanted:
        return tuple(kept for kept in keys if kept != key)
    return (*keys, key) if len(keys) < KEPT else None
