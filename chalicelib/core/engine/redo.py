"""Only the failed items of a task are done again (engine rules §15: a rerun without `reset`).

Which items succeeded stands in the rows of their action executions. These are looked through page by page, as `more`
work of the run, before any item is started again; what is found is a mask in the record of the task.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core.engine import counting
from chalicelib.core.engine.draft import Draft
from chalicelib.core.items import Items
from chalicelib.core.model import Task
from chalicelib.core.progress import Work, WorkKind
from chalicelib.core.states import SUCCESS

PAGE = 256
"""How many action executions are looked at together."""
MASK_BYTES = 512
"""A longer mask is kept outside, as the task's row is written once for each item that ends."""


def prepared(task: Task) -> Task:
    """The task such that its next beginning starts no item again that has succeeded; one without items starts anew."""
    if task.items is None or task.attempts == task.superseded:
        return replace(task, superseded=task.attempts)
    fresh = replace(
        task.items,
        base=task.attempts,
        started=0,
        ended=0,
        failed=0,
        redone=task.attempts,
        seen=task.superseded,
        done=None,
    )
    return replace(task, items=fresh)


def is_prepared(task: Task) -> bool:
    """Whether the items of a task that begins are those of before."""
    items = task.items
    return items is not None and items.redone == items.base > task.superseded and not items.started


def is_unclear(items: Items) -> bool:
    """Whether it is still to find out which items succeeded before."""
    return items.seen < items.redone


def look(draft: Draft, task: Task) -> None:
    """Look through the next page of earlier action executions, and come back for more."""
    items = task.items
    assert items is not None
    numbers = range(items.seen + 1, min(items.seen + PAGE, items.redone) + 1)
    mask = succeeded(draft, items)
    for action in draft.actions(task, numbers):
        if action.accepted and action.state is SUCCESS:
            mask |= 1 << action.index
    draft.put(replace(task, items=replace(items, seen=numbers[-1], done=draft.keep(f"{mask:x}", MASK_BYTES))))
    counting.push(draft, Work(WorkKind.MORE, task.key))


def succeeded(draft: Draft, items: Items) -> int:
    """The items that are known to have succeeded before, one bit each."""
    return int(str(draft.load(items.done) or "0"), 16)
