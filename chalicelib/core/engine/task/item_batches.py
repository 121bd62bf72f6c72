"""Batches of with-items (`concurrency`), and rerun of failed items.

Which items succeeded stands in the rows of their action executions. These are looked through page by page, as `more`
work of the run, before any item is started again; what is found is a mask in the record of the task.

The inputs of a wave are evaluated before any of its calls starts, so that a wave starts whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.action import calls
from chalicelib.core.engine.action.calls import Call
from chalicelib.core.engine.data.expression_host import Answers
from chalicelib.core.engine.data.scopes import Scopes
from chalicelib.core.engine.state import bookkeeping
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.expressions import evaluate
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, Task
from chalicelib.core.progress import Work, WorkKind
from chalicelib.core.states import RUNNING, SUCCESS
from chalicelib.core.values import ActionKey
from chalicelib.core.with_items import Items
from chalicelib.errors import InputError

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
    bookkeeping.push(draft, Work(WorkKind.MORE, task.key))


def succeeded(draft: Draft, items: Items) -> int:
    """The items that are known to have succeeded before, one bit each."""
    return int(str(draft.load(items.done) or "0"), 16)


@dataclass(frozen=True, slots=True)
class Item:
    """An action execution, or a sub-execution, about to be started for an item."""

    action: Action
    call: Call
    target: Json = None


def sources(draft: Draft, task: Task) -> dict[str, list[Json]]:
    """Item variable to its values. Raises one of `FAULTS`."""
    spec = draft.spec_of(task)
    found = evaluate(dict(spec.with_items), Scopes(draft).before(task), Answers(draft, task))
    lists: dict[str, list[Json]] = {}
    for name, value in (found if isinstance(found, dict) else {}).items():
        if not isinstance(value, (list, str, dict)):
            raise InputError(f"Wrong input format for: {lists}. Iterable type is expected for each value.")
        lists[name] = list(value)
    if len({len(values) for values in lists.values()}) > 1:
        raise InputError(f"Wrong input format for: {lists}. All arrays must have the same length.")
    return lists


def until(items: Items) -> int:
    """Up to where items may be started now."""
    capacity = items.count if items.capacity is None else items.capacity
    return min(items.count, items.started + capacity)


def wave(draft: Draft, task: Task, items: Items) -> tuple[list[Item], int]:
    """The next calls, as far as the step has room, and how many items on the way stay as they were.

    There is at least one call unless no item is left. Raises one of `FAULTS`.
    """
    lists = draft.load(items.sources)
    assert isinstance(lists, dict)
    found, kept, good = list[Item](), 0, succeeded(draft, items)
    most = until(items) - items.started
    for index in range(items.started, items.count):
        if good >> index & 1:
            kept += 1
            continue
        if len(found) == most or (found and len(found) >= _room(draft, task)):
            break
        item = {name: values[index] for name, values in lists.items() if isinstance(values, list)}
        key = ActionKey(task.key, task.attempts + len(found) + 1)
        prepare = _sub_execution if task.kind == sub_executions.KIND else _action
        found.append(prepare(draft, task, key, index, item))
    return found, kept


def _room(draft: Draft, task: Task) -> int:
    return min(draft.room(), draft.room_for_family()) if task.kind == sub_executions.KIND else draft.room()


def _action(draft: Draft, task: Task, key: ActionKey, index: int, item: JsonDict) -> Item:
    spec, items = draft.spec_of(task), task.items
    assert items is not None
    call = calls.prepare(draft, task, items.name, calls.evaluated(draft, task, spec, item))
    target = evaluate(spec.target, Scopes(draft).target(task, call.given, item), Answers(draft, task))
    action = calls.opened(draft, task, key, call, leaves=True, timeout=items.timeout)
    return Item(replace(action, index=index), call, target)


def _sub_execution(draft: Draft, task: Task, key: ActionKey, index: int, item: JsonDict) -> Item:
    items = task.items
    assert items is not None
    given = calls.evaluated(draft, task, draft.spec_of(task), item)
    flaw = calls.too_large(draft, given)
    child = Action(
        key=key,
        name=items.name,
        state=RUNNING,
        input=draft.keep(given) if flaw is None else None,
        created_at=draft.now,
        updated_at=draft.now,
        index=index,
    )
    return Item(child, Call(items.name, given, flaw=flaw))
