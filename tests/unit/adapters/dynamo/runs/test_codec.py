"""What is written of a run is read as it was, whatever it holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.adapters.dynamo.runs import codec, serializers
from chalicelib.core.jsontext import Json
from chalicelib.core.model import Action, Context, Delay, DelayKind, Head, Origin, Source, SourceKind, Start, Task
from chalicelib.core.progress import Progress, Work, WorkKind
from chalicelib.core.resolved_action import Base
from chalicelib.core.security import SecurityContext
from chalicelib.core.states import State
from chalicelib.core.values import ActionKey, Blob, TaskKey

T = TypeVar("T")

TEXT = st.text(max_size=20)
NAMES = st.text(min_size=1, max_size=8)
NUMBERS = st.integers(0, 1 << 20)
JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
BLOBS = st.builds(Blob, st.text("0123456789abcdef", min_size=64, max_size=64), NUMBERS)
VALUES = st.one_of(JSON, BLOBS)
NAMED = st.dictionaries(NAMES, VALUES, max_size=3)
STATES = st.sampled_from(State)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
KEYS = st.builds(TaskKey, NUMBERS, NUMBERS)
COUNTS = st.one_of(NUMBERS, st.dictionaries(NAMES, NUMBERS, min_size=1, max_size=2))
IN_TASKS = [SourceKind.PUBLISHED, SourceKind.MERGED]
SOURCES = st.one_of(
    st.builds(Source, st.just(SourceKind.INLINE), COUNTS, JSON, mapping=st.booleans()),
    st.builds(Source, st.just(SourceKind.BLOB), COUNTS, BLOBS, mapping=st.booleans()),
    st.builds(
        Source, st.sampled_from([SourceKind.PUBLISHED, SourceKind.MERGED]), COUNTS, st.none(), KEYS, st.booleans()
    ),
)
INDEXES = st.dictionaries(NAMES, SOURCES, max_size=3)
MASKS = st.integers(0, 1 << 200)
COUNTED = st.dictionaries(NUMBERS, st.integers(1, 1 << 100), max_size=3)
MANY = st.one_of(st.none(), st.lists(KEYS, max_size=3).map(tuple))
WORK = st.lists(st.builds(Work, st.sampled_from(WorkKind), st.none() | KEYS, NUMBERS), max_size=3).map(tuple)
TAGS = st.lists(TEXT, max_size=2).map(tuple)
MAPPINGS = st.dictionaries(NAMES, JSON, max_size=2)


BASES = st.sampled_from([None, Base("std.http", {"url": "x"}, ("a/1", "b/2")), Base("std.noop", Blob("0" * 64, 9), ())])


def actions(key: TaskKey) -> st.SearchStrategy[Action]:
    return st.builds(
        Action,
        st.integers(1, 1 << 20).map(lambda number: ActionKey(key, number)),
        TEXT,
        STATES,
        VALUES,
        TIMES,
        TIMES,
        st.booleans(),
        VALUES,
        st.none() | TEXT,
        st.booleans(),
        st.booleans(),
        NUMBERS,
        base=BASES,
    )


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    key = draw(KEYS)
    return draw(
        st.builds(
            Task,
            key=st.just(key),
            name=NAMES,
            order=NUMBERS,
            state=STATES,
            created_at=TIMES,
            updated_at=TIMES,
            state_info=st.none() | st.text(min_size=1),
            kind=st.sampled_from(["ACTION", "WORKFLOW"]),
            context=st.builds(Context, INDEXES, st.none() | NAMES),
            published=st.none() | st.dictionaries(NAMES, VALUES, min_size=1, max_size=3),
            published_global=st.none() | st.dictionaries(NAMES, VALUES, min_size=1, max_size=3),
            merged=NAMED,
            again=st.booleans(),
            frozen=NAMED,
            next=st.lists(st.tuples(NAMES, NAMES, MAPPINGS), max_size=3).map(tuple),
            has_next=st.booleans(),
            error_handled=st.booleans(),
            processed=st.booleans(),
            triggered_by=st.lists(st.tuples(KEYS, NAMES), max_size=3).map(tuple),
            runtime=MAPPINGS,
            action=st.none() | actions(key),
            attempts=NUMBERS,
            superseded=NUMBERS,
            delay=st.none() | st.builds(Delay, st.sampled_from(DelayKind), STATES, st.none() | TEXT),
            run=NUMBERS,
            wakes=NUMBERS,
            tags=TAGS,
            started_at=st.none() | TIMES,
            finished_at=st.none() | TIMES,
        )
    )


PROGRESS = st.builds(
    Progress,
    seen=MASKS,
    busy=MASKS,
    waiting=MASKS,
    instances=COUNTED,
    crowds=COUNTED,
    fired=COUNTED,
    missed=COUNTED,
    active=NUMBERS,
    paused=NUMBERS,
    created=NUMBERS,
    ends=MANY,
    failed=MANY,
    work=WORK,
    backlog=WORK,
)
HEADS = st.builds(
    Head,
    version=NUMBERS,
    state=STATES,
    state_info=st.none() | TEXT,
    output=VALUES,
    description=st.none() | TEXT,
    env=VALUES,
    globals=INDEXES,
    progress=PROGRESS,
    outbox=st.lists(MAPPINGS, max_size=2).map(tuple),
    unsure=st.booleans(),
    updated_at=TIMES,
)
STARTS = st.builds(
    Start,
    id=NAMES,
    project_id=NAMES,
    workflow_id=NAMES,
    workflow_name=NAMES,
    workflow_namespace=TEXT,
    definition=NAMES,
    input=VALUES,
    params=VALUES,
    vars=NAMED,
    description=st.none() | TEXT,
    tags=TAGS,
    created_at=TIMES,
    root_execution_id=st.none() | NAMES,
    task_execution_id=st.none() | NAMES,
    origin=st.none() | st.builds(Origin, NAMES, NUMBERS),
    request=st.none() | NAMES,
    trace=st.none() | NAMES,
    security=st.none()
    | st.builds(SecurityContext, st.none() | NAMES, st.none() | NAMES, st.none() | NAMES, TAGS, st.booleans()),
)


def stored(plain: T) -> T:
    read: T = codec.unpack(codec.pack(plain))
    return read


@given(tasks())
@settings(deadline=None, derandomize=True)
def test_tasks(task: Task) -> None:
    assert serializers.task_in(stored(serializers.task_out(task))) == task


@given(HEADS)
@settings(deadline=None, derandomize=True)
def test_heads(head: Head) -> None:
    assert serializers.head_in(stored(serializers.head_out(head)), head.version, head.kept) == head


@given(STARTS)
@settings(deadline=None, derandomize=True)
def test_starts(start: Start) -> None:
    assert serializers.start_in(stored(serializers.start_out(start))) == start


@given(INDEXES)
@settings(deadline=None, derandomize=True)
def test_indexes(index: dict[str, Source]) -> None:
    assert codec.index_in(stored(codec.index_out(index))) == index


@pytest.mark.parametrize("value", [["0" * 64, 5], [], [[1]], {"hash": "0", "size": 1}, None, [None]])
def test_no_value_is_mistaken_for_a_reference(value: Json) -> None:
    assert codec.value_in(stored(codec.value_out(value))) == value


@pytest.mark.parametrize(("size", "mark"), [(10, b"j"), (1000, b"z")])
def test_long_values_are_deflated(size: int, mark: bytes) -> None:
    data = codec.pack("x" * size)
    assert data[:1] == mark
    assert len(data) < 300
    assert codec.unpack(data) == "x" * size
