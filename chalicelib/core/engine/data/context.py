"""Branch contexts without copies: an index of where each variable's value is, and the counters that joins merge by.

A context maps a variable to a `Source`. Outbound context of a task = inbound context with what it published laid over
it, name by name (engine rules §3.2). Where branches meet, the strictly higher write counter wins, mappings are merged
leaf by leaf (§3.3). Small values travel in the index itself; others stay where they were published.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.jsontext import Json, JsonDict, dumps
from chalicelib.core.model import Context, Source, SourceKind, Task
from chalicelib.core.values import Blob, TaskKey, Value
from chalicelib.errors import NotFound

INLINE_BYTES = 48
"""Values up to this size are copied into the index: cheaper than a look at the row that published them."""
NAMES_BYTES = 512
"""An index larger than this becomes a row of its own, shared by all tasks that have it."""
COUNTS_BYTES = 512
"""Nested counters larger than this are replaced by their maximum."""


def names(draft: Draft, context: Context) -> dict[str, Source]:
    """The whole index of a context."""
    base = draft.index(context.base) if context.base else {}
    return {**base, **context.names}


def value_of(draft: Draft, name: str, source: Source) -> Json:
    """The value a source stands for. Raises `NotFound` if its row is gone."""
    if source.kind in (SourceKind.INLINE, SourceKind.BLOB):
        return draft.load(source.value)
    task = draft.task(source.task) if source.task else None
    kept = _kept(task, source.kind) if task else None
    if kept is None or name not in kept:
        raise NotFound(f"the value of '{name}' is gone")
    return draft.load(kept[name])


def _kept(task: Task, kind: SourceKind) -> Mapping[str, Value] | None:
    if kind is SourceKind.MERGED:
        return task.merged
    return task.frozen if task.again else task.published


def outbound(draft: Draft, task: Task) -> Context:
    """The context that successors of `task` get."""
    if not task.published:
        return task.context
    known = names(draft, task.context)
    fresh = {name: _published(draft, task, name, value, known.get(name)) for name, value in task.published.items()}
    return compact(draft, Context({**task.context.names, **fresh}, task.context.base))


def compact(draft: Draft, context: Context) -> Context:
    """The same context, its own names moved to a shared row if they have grown."""
    if len(dumps(_plain(context.names))) <= NAMES_BYTES:
        return context
    whole = names(draft, context)
    text = dumps(_plain(dict(sorted(whole.items()))))
    base = hashlib.sha256(text.encode()).hexdigest()[:32]
    if base != context.base:
        draft.keep_index(base, whole)
    return Context({}, base)


def merge(draft: Draft, contexts: Iterable[Context], join: Task) -> tuple[Context, Mapping[str, Value]]:
    """The context of a join where several branches meet, and the values that its row keeps for it.

    A join that begins once more has its new values kept elsewhere: contexts of the time before refer to its row.
    """
    total, merged = meet(draft, contexts, join.key)
    if not join.again:
        return compact(draft, Context(total)), draft.keep_all(merged)
    apart = {
        name: Source(SourceKind.BLOB, total[name].count, draft.keep(merged[name], 0), mapping=True) for name in merged
    }
    return compact(draft, Context({**total, **apart})), join.merged


def meet(draft: Draft, contexts: Iterable[Context], key: TaskKey) -> tuple[dict[str, Source], dict[str, JsonDict]]:
    """Several contexts as one, and the values that had to be merged for it; their sources say they are in `key`."""
    total: dict[str, Source] = {}
    merged: dict[str, JsonDict] = {}
    last: Context | None = None
    for context in contexts:
        if context == last:
            continue
        last = context
        for name, source in names(draft, context).items():
            total[name] = _meet(draft, name, total.get(name), source, merged, key)
    return total, merged


def _published(draft: Draft, task: Task, name: str, value: Value, before: Source | None) -> Source:
    count = _bumped(draft, name, value, before)
    mapping = isinstance(draft.load(value), dict)
    if not isinstance(value, Blob) and len(dumps(value)) > INLINE_BYTES:
        if not task.again:
            return Source(SourceKind.PUBLISHED, count, None, task.key, mapping)
        value = draft.keep(value, INLINE_BYTES)
    return Source(SourceKind.BLOB if isinstance(value, Blob) else SourceKind.INLINE, count, value, mapping=mapping)


def _bumped(draft: Draft, name: str, value: Value, before: Source | None) -> Json:
    if before is None:
        return 1
    plain = draft.load(value)
    if not isinstance(plain, dict):
        return before.count + 1 if isinstance(before.count, int) and not before.mapping else 1
    old = _spread(before.count, value_of(draft, name, before)) if before.mapping else {}
    return _folded(_added(plain, old))


def _added(value: JsonDict, old: JsonDict) -> JsonDict:
    """Counters after a write of `value`: one more for each of its leaves; other leaves keep theirs."""
    counts: JsonDict = dict(old)
    for key, item in value.items():
        before = old.get(key, 0)
        if isinstance(item, dict) and item:
            counts[key] = _added(item, before if isinstance(before, dict) else {})
        else:
            counts[key] = (before if isinstance(before, int) else 0) + 1
    return counts


def _spread(count: Json, value: Json) -> JsonDict:
    """Counters as a nested mapping, one number a leaf."""
    if isinstance(count, dict):
        return count
    if not isinstance(value, dict):
        return {}
    return {key: _spread(count, item) if isinstance(item, dict) and item else count for key, item in value.items()}


def _folded(counts: JsonDict) -> Json:
    """One number where all leaves have the same, or where the counters take too much room."""
    leaves = set(_leaves(counts))
    if len(leaves) <= 1 or len(dumps(counts)) > COUNTS_BYTES:
        return max(leaves, default=1)
    return counts


def _leaves(counts: Json) -> Iterable[int]:
    if isinstance(counts, dict):
        for item in counts.values():
            yield from _leaves(item)
    elif isinstance(counts, int):
        yield counts


def _meet(
    draft: Draft, name: str, left: Source | None, right: Source, merged: dict[str, JsonDict], key: TaskKey
) -> Source:
    if left is None:
        return right
    if left == right:
        return left
    if not left.mapping or not right.mapping:
        merged.pop(name, None)
        return _stronger(left, right)
    mine = merged[name] if name in merged else value_of(draft, name, left)
    other = value_of(draft, name, right)
    assert isinstance(mine, dict)
    assert isinstance(other, dict)
    value, counts = _merge(mine, _spread(left.count, mine), other, _spread(right.count, other))
    merged[name] = value
    return Source(SourceKind.MERGED, _folded(counts), None, key, True)


def _stronger(left: Source, right: Source) -> Source:
    """Of two sources that are not both mappings: a leaf beats a mapping, then the strictly higher counter wins."""
    if left.mapping != right.mapping:
        return right if left.mapping else left
    ahead = isinstance(left.count, int) and isinstance(right.count, int) and right.count > left.count
    return right if ahead else left


def _merge(left: JsonDict, mine: JsonDict, right: JsonDict, other: JsonDict) -> tuple[JsonDict, JsonDict]:
    """Merge two mappings and their counters leaf by leaf."""
    value, counts = dict(left), dict(mine)
    for key, item in right.items():
        here, there = mine.get(key, 0), other.get(key, 0)
        if key not in value:
            value[key], counts[key] = item, there
            continue
        old = value[key]
        if isinstance(old, dict) and isinstance(item, dict):
            value[key], counts[key] = _merge(
                old, here if isinstance(here, dict) else {}, item, there if isinstance(there, dict) else {}
            )
        elif _number(there) > _number(here):
            value[key], counts[key] = item, there
    return value, counts


def _number(count: Json) -> int:
    return count if isinstance(count, int) else 0


def _plain(index: Mapping[str, Source]) -> Json:
    return {name: [source.kind, source.count, _place(source), source.mapping] for name, source in index.items()}


def _place(source: Source) -> Json:
    """What tells where the value is apart from every other place, whatever its type."""
    if isinstance(source.value, Blob):
        return source.value.hash
    return [*source.task] if source.task else [[source.value]]
