"""Ids that carry their own address."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core import ids
from chalicelib.core.ids import MAX_INSTANCE, MAX_NUMBER, MAX_PLACE, RowId
from chalicelib.core.values import ActionKey, TaskKey

KEYS = st.builds(TaskKey, st.integers(0, MAX_PLACE - 1), st.integers(0, MAX_INSTANCE - 1))
NUMBERS = st.integers(1, MAX_NUMBER - 1)


@settings(deadline=None, derandomize=True)
@given(st.text(), KEYS, NUMBERS)
def test_an_id_says_where_its_row_is(execution_id: str, key: TaskKey, number: int) -> None:
    part = ids.partition(execution_id)
    assert ids.parse(ids.task_id(part, key)) == RowId(part, key, 0)
    assert ids.parse(ids.action_id(part, ActionKey(key, number))) == RowId(part, key, number)


@settings(deadline=None, derandomize=True)
@given(st.text(), KEYS, NUMBERS)
def test_an_id_is_a_uuid_as_clients_expect(execution_id: str, key: TaskKey, number: int) -> None:
    text = ids.action_id(ids.partition(execution_id), ActionKey(key, number))
    value = uuid.UUID(text)
    assert (str(value), value.version, value.variant) == (text, 8, uuid.RFC_4122)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(KEYS, NUMBERS), unique=True, min_size=2, max_size=2))
def test_different_rows_have_different_ids(rows: list[tuple[TaskKey, int]]) -> None:
    part = ids.partition("an execution")
    assert len({ids.action_id(part, ActionKey(key, number)) for key, number in rows}) == 2


@settings(deadline=None, derandomize=True)
@given(st.text(), st.text())
def test_partitions_tell_executions_apart(one: str, other: str) -> None:
    assert (ids.partition(one) == ids.partition(other)) == (one == other)
    assert len(ids.partition(one)) == 15


@pytest.mark.parametrize(
    "text", ["", "x", "an execution", str(uuid.UUID(int=0)), "b446d716-cfb0-4f9c-8000-000000000001"]
)
def test_what_is_not_ours(text: str) -> None:
    assert ids.parse(text) is None


@pytest.mark.parametrize(
    ("key", "number"),
    [(TaskKey(MAX_PLACE, 0), 1), (TaskKey(0, MAX_INSTANCE), 1), (TaskKey(0, 0), MAX_NUMBER)],
)
def test_what_an_id_cannot_name_is_refused(key: TaskKey, number: int) -> None:
    with pytest.raises(OverflowError):
        ids.action_id(ids.partition("x"), ActionKey(key, number))


def test_ids_are_derived_from_what_they_stand_for() -> None:
    task = ids.task_id(ids.partition("x"), TaskKey(1, 2))
    assert ids.child_execution_id(task, 1) == ids.child_execution_id(task, 1)
    assert ids.child_execution_id(task, 1) != ids.child_execution_id(task, 2)
    assert ids.derived_uuid("a", 1) == ids.derived_uuid("a", 1)
    assert ids.derived_uuid("a", 1) != ids.derived_uuid("a", 11)
