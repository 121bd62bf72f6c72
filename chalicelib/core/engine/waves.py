"""What the items of a task are, and which of them are started together (engine rules §12).

The inputs of a wave are evaluated before any of its calls starts, so that a wave starts whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.core.engine import calls, children, inputs, redo
from chalicelib.core.engine.answers import Answers
from chalicelib.core.engine.calls import Call
from chalicelib.core.engine.draft import Draft
from chalicelib.core.engine.variables import Scopes
from chalicelib.core.expr import evaluate
from chalicelib.core.items import Items
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, ActionKey, Task
from chalicelib.core.states import RUNNING
from chalicelib.errors import InputError


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
    found, kept, good = list[Item](), 0, redo.succeeded(draft, items)
    most = until(items) - items.started
    for index in range(items.started, items.count):
        if good >> index & 1:
            kept += 1
            continue
        if len(found) == most or (found and len(found) >= _room(draft, task)):
            break
        item = {name: values[index] for name, values in lists.items() if isinstance(values, list)}
        key = ActionKey(task.key, task.attempts + len(found) + 1)
        prepare = _sub_execution if task.kind == children.KIND else _action
        found.append(prepare(draft, task, key, index, item))
    return found, kept


def _room(draft: Draft, task: Task) -> int:
    return min(draft.room(), draft.room_for_family()) if task.kind == children.KIND else draft.room()


def _action(draft: Draft, task: Task, key: ActionKey, index: int, item: JsonDict) -> Item:
    spec, items = draft.spec_of(task), task.items
    assert items is not None
    call = calls.prepare(draft, task, items.name, inputs.evaluated(draft, task, spec, item))
    target = evaluate(spec.target, Scopes(draft).target(task, call.given, item), Answers(draft, task))
    action = calls.opened(draft, task, key, call, leaves=True, timeout=items.timeout)
    return Item(replace(action, index=index), call, target)


def _sub_execution(draft: Draft, task: Task, key: ActionKey, index: int, item: JsonDict) -> Item:
    items = task.items
    assert items is not None
    given = inputs.evaluated(draft, task, draft.spec_of(task), item)
    flaw = inputs.too_large(draft, given)
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
