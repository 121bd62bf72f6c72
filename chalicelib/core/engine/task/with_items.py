"""Tasks with items: an action execution, or a sub-execution, for each item (engine rules §12).

The task holds a record of constant size (`Items`), every action execution has a row of its own. Items are started in
waves (`waves`), as many as `concurrency` and the room of the step allow; what is left is `more` work of the run, also
while it is paused.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.action import calls
from chalicelib.core.engine.data import messages
from chalicelib.core.engine.state import bookkeeping
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.engine.state.interfaces import FAULTS, NoOutcome, Outcome
from chalicelib.core.engine.task import item_batches, lifecycle, policies
from chalicelib.core.engine.task.item_batches import Item
from chalicelib.core.jsontext import Json
from chalicelib.core.model import Action, Task
from chalicelib.core.progress import Work, WorkKind
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, SUCCESS, TERMINAL
from chalicelib.core.values import TaskKey
from chalicelib.core.with_items import Items

SOURCE_BYTES = 512
"""Lists of items that are longer are kept outside: the task's row is written once for each item that ends."""

FAILED = "One or more actions had failed."
STOPPED = "One or more actions was cancelled."
NOT_STARTED = "The execution was cancelled before all items were started."


def start(draft: Draft, key: TaskKey) -> None:
    """Begin the items of a task: evaluate what they are, start the first of them."""
    task = _begun(draft, key)
    if task is None or _cancelled(draft, task, running=False):
        return
    try:
        items = _record(draft, task)
    except FAULTS as error:
        lifecycle.fail(draft, task, messages.run_failure(draft, task, error))
        return
    task = draft.put(replace(task, items=items))
    if not items.count:
        lifecycle.complete(draft, task, SUCCESS, None)
    elif _named(draft, task, items):
        more(draft, key)


def _record(draft: Draft, task: Task) -> Items:
    """What the items are, none of them started; those of before if only some are done again. Raises one of `FAULTS`."""
    old, wanted = task.items, policies.values(draft, task)
    if old is not None and item_batches.is_prepared(task):
        tolerated = policies.tolerated(wanted.tolerate, old.count)
        return replace(old, concurrency=wanted.concurrency, timeout=wanted.timeout, tolerated=tolerated)
    spec, sources = draft.spec_of(task), item_batches.sources(draft, task)
    count = len(next(iter(sources.values())))
    return Items(
        name=str(spec.workflow or spec.action or ""),
        sources=draft.keep(dict(sources), SOURCE_BYTES),
        count=count,
        base=task.attempts,
        concurrency=wanted.concurrency,
        tolerated=policies.tolerated(wanted.tolerate, count),
        timeout=wanted.timeout,
        wiped=old.wiped if old is not None else 0,
        redone=old.redone if old is not None else 0,
        seen=old.redone if old is not None else 0,
    )


def more(draft: Draft, key: TaskKey) -> None:
    """Start as many items as may be started now, once it is clear which have to be."""
    task = _begun(draft, key)
    if task is None or task.items is None or _cancelled(draft, task, running=task.items.started > task.items.ended):
        return
    if item_batches.is_unclear(task.items):
        item_batches.look(draft, task)
    elif task.items.started < item_batches.until(task.items):
        _more(draft, task, task.items)


def _more(draft: Draft, task: Task, items: Items) -> None:
    try:
        wave, kept = item_batches.wave(draft, task, items)
    except FAULTS as error:
        lifecycle.fail(draft, task, messages.run_failure(draft, task, error))
        return
    problem = next((each.call.flaw for each in wave if each.call.flaw is not None), None)
    if problem is not None:
        lifecycle.complete(draft, task, ERROR, problem)
        return
    items = replace(items, started=items.started + len(wave) + kept, ended=items.ended + kept)
    draft.put(replace(task, items=items, attempts=task.attempts + len(wave)))
    for each in wave:
        if not _launch(draft, task.key, each):
            return
    _settle(draft, task.key)


def ended(draft: Draft, task: Task, action: Action, outcome: Outcome) -> None:
    """An item has its result; the last one completes the task, a cancelled one at once."""
    if not lifecycle.record(draft, task, action, outcome) or not _counts(task, action):
        return
    if action.state is PAUSED:
        task = bookkeeping.held(draft, task, -1)
    task = _counted(draft, task, outcome)
    if outcome.state is CANCELLED:
        lifecycle.complete(draft, task, CANCELLED, STOPPED)
    else:
        _settle(draft, task.key)


def lost(draft: Draft, task: Task, output: Json) -> Task:
    """A sub-execution of a task was deleted; the task with a note of it, if it has items and still waits for them."""
    if task.items is None or task.state not in (RUNNING, PAUSED) or not isinstance(output, dict):
        return task
    return draft.put(replace(task, state_info=messages.info(output.get("result"))))


def _begun(draft: Draft, key: TaskKey) -> Task | None:
    """The task, if it may start items: it is not over, and does not wait for its time."""
    task = draft.task(key)
    return task if task is not None and task.state in (RUNNING, PAUSED) and task.delay is None else None


def _cancelled(draft: Draft, task: Task, running: bool) -> bool:
    """Whether the run was cancelled: no more items start, and the task is CANCELLED once none of them is running."""
    if draft.head.state is not CANCELLED:
        return False
    if not running:
        lifecycle.complete(draft, task, CANCELLED, NOT_STARTED)
    return True


def _named(draft: Draft, task: Task, items: Items) -> bool:
    """Find what to run; without the item's variables, and an error here is one that `on-error` may handle."""
    spec = draft.spec_of(task)
    try:
        name = calls.callee(draft, task, spec)
        if spec.workflow is None:
            calls.find(draft, name)
    except FAULTS as error:
        lifecycle.complete(draft, task, ERROR, messages.info(str(error)))
        return False
    draft.put(replace(task, items=replace(items, name=name)))
    return True


def _launch(draft: Draft, key: TaskKey, item: Item) -> bool:
    """Perform an action, or have it or a workflow run; whether the task can go on."""
    action, task = item.action, draft.task(key)
    assert task is not None
    if task.kind == sub_executions.KIND:
        draft.put_action(action)
        sub_executions.send(draft, action)
        return True
    outcome = calls.perform(draft, item.call, action.key, item.target)
    if isinstance(outcome, NoOutcome):
        draft.put_action(action)
        if outcome is NoOutcome.NEEDS_EXECUTOR:
            draft.effects.append(calls.order(action, item.target))
        return True
    if not lifecycle.record(draft, task, action, outcome):
        return False
    _counted(draft, task, outcome)
    return True


def _counts(task: Task, action: Action) -> bool:
    """Whether the end of an action execution matters: the task is at work, and was not started anew since."""
    if task.items is None or task.state in TERMINAL or task.delay is not None:
        return False
    return action.key.number > max(task.items.base, task.superseded)


def _counted(draft: Draft, task: Task, outcome: Outcome) -> Task:
    assert task.items is not None
    failed = task.items.failed + (outcome.state is ERROR)
    return draft.put(replace(task, items=replace(task.items, ended=task.items.ended + 1, failed=failed)))


def _settle(draft: Draft, key: TaskKey) -> None:
    """Complete a task whose items have all ended, or see to the next ones."""
    task = draft.task(key)
    assert task is not None
    assert task.items is not None
    items, work = task.items, Work(WorkKind.MORE, key)
    if items.ended == items.count:
        failed = items.failed > items.tolerated
        message = f"{FAILED} {task.state_info}" if task.state_info else FAILED
        lifecycle.complete(draft, task, ERROR if failed else SUCCESS, message if failed else None)
    elif items.started < item_batches.until(items) and work not in draft.progress.work:
        bookkeeping.push(draft, work)
