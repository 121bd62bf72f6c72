"""What the items of a task are, and which of them are started together (engine rules §12).

The inputs of a wave are evaluated before any of its calls starts, so that a wave starts whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.core.engine import children, inputs
from chalicelib.core.engine.answers import Answers
from chalicelib.core.engine.draft import Draft
from chalicelib.core.engine.variables import Scopes
from chalicelib.core.expr import evaluate
from chalicelib.core.items import Items
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, ActionKey, Task
from chalicelib.core.states import RUNNING
from chalicelib.errors import InputError


@dataclass(frozen=True, slots=True)
class Call:
    """An action execution, or a sub-execution, about to be started for an item."""

    action: Action
    given: JsonDict
    target: Json
    flaw: str | None


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


def wave(draft: Draft, task: Task, items: Items) -> list[Call]:
    """The next calls, at least one, as far as the step has room. Raises one of `FAULTS`."""
    lists = draft.load(items.sources)
    assert isinstance(lists, dict)
    family = task.kind == children.KIND
    prepare = _sub_execution if family else _action
    calls: list[Call] = []
    for index in range(items.started, until(items)):
        room = min(draft.room(), draft.room_for_family()) if family else draft.room()
        if calls and len(calls) >= room:
            break
        item = {name: values[index] for name, values in lists.items() if isinstance(values, list)}
        calls.append(prepare(draft, task, items, index, item))
    return calls


def _action(draft: Draft, task: Task, items: Items, index: int, item: JsonDict) -> Call:
    spec = draft.spec_of(task)
    given = draft.library.prepare(items.name, inputs.evaluated(draft, task, spec, item))
    target = evaluate(spec.target, Scopes(draft).target(task, given, item), Answers(draft, task))
    flaw = inputs.flaw(draft, items.name, given)
    action = replace(
        _blank(draft, task, items, index),
        input=draft.keep(given) if flaw is None else None,
        is_sync=draft.library.is_sync(items.name),
        safe_rerun=spec.safe_rerun,
        timeout=items.timeout,
    )
    return Call(action, given, target, flaw)


def _sub_execution(draft: Draft, task: Task, items: Items, index: int, item: JsonDict) -> Call:
    given = inputs.evaluated(draft, task, draft.spec_of(task), item)
    flaw = inputs.flaw(draft, None, given)
    child = replace(_blank(draft, task, items, index), input=draft.keep(given) if flaw is None else None)
    return Call(child, given, None, flaw)


def _blank(draft: Draft, task: Task, items: Items, index: int) -> Action:
    return Action(
        key=ActionKey(task.key, items.base + index + 1),
        name=items.name,
        state=RUNNING,
        input=None,
        created_at=draft.now,
        updated_at=draft.now,
        index=index,
    )
