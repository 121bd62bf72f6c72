"""What the items of a task are, and which of them are started together (engine rules §12).

The inputs of a wave are evaluated before any of its calls starts, so that a wave starts whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.engine import redo, tasks
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
    """An action about to be started for an item."""

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


def wave(draft: Draft, task: Task, items: Items) -> tuple[list[Call], int]:
    """The next calls, as far as the step has room, and how many items on the way stay as they were.

    There is at least one call unless no item is left. Raises one of `FAULTS`.
    """
    lists = draft.load(items.sources)
    assert isinstance(lists, dict)
    calls, kept, good = list[Call](), 0, redo.succeeded(draft, items)
    most = until(items) - items.started
    for index in range(items.started, items.count):
        if good >> index & 1:
            kept += 1
            continue
        if len(calls) == most or (calls and len(calls) >= draft.room()):
            break
        item = {name: values[index] for name, values in lists.items() if isinstance(values, list)}
        calls.append(_call(draft, task, items, task.attempts + len(calls) + 1, index, item))
    return calls, kept


def _call(draft: Draft, task: Task, items: Items, number: int, index: int, item: JsonDict) -> Call:
    spec = draft.spec_of(task)
    given = draft.library.prepare(items.name, tasks.action_input(draft, task, spec, item))
    target = evaluate(spec.target, Scopes(draft).target(task, given, item), Answers(draft, task))
    flaw = tasks.flaw(draft, items.name, given)
    action = Action(
        key=ActionKey(task.key, number),
        name=items.name,
        state=RUNNING,
        input=draft.keep(given) if flaw is None else None,
        created_at=draft.now,
        updated_at=draft.now,
        is_sync=draft.library.is_sync(items.name),
        safe_rerun=spec.safe_rerun,
        timeout=items.timeout,
        index=index,
    )
    return Call(action, given, target, flaw)
