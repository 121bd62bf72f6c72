"""What a warm process still knows of runs."""

from __future__ import annotations

from typing import cast

import pytest

from chalicelib.core import ids
from chalicelib.core.engine.state.draft import Changes
from chalicelib.core.model import Head, Source, SourceKind, Start, Task
from chalicelib.core.states import State
from chalicelib.core.values import TaskKey
from chalicelib.ports.runs import Runs
from chalicelib.service.outgoing.large_values import KeptValues
from chalicelib.service.runs.run_cache import MAX_ROWS, Known, StoredRows, Warm
from tests.unit.service.worlds import ID, NOW, PART, FakeBlobs, FakeRuns


def task(place: int) -> Task:
    return Task(key=TaskKey(place, 0), name="t", order=place, state=State.RUNNING, created_at=NOW, updated_at=NOW)


def rows_over(runs: FakeRuns, known: Known) -> StoredRows:
    return StoredRows(cast(Runs, runs), KeptValues(FakeBlobs()), ID, "p", known)


def test_a_run_is_taken_by_one() -> None:
    warm, known = Warm(), Known(version=3)
    warm.put("a", known)
    assert warm.take("a") is known
    assert warm.take("a") is None


def test_the_run_used_longest_ago_is_forgotten() -> None:
    warm = Warm(max_runs=2)
    for part in "abc":
        warm.put(part, Known())
    assert [warm.take(part) is not None for part in "abc"] == [False, True, True]


def test_a_run_with_too_many_rows_is_remembered_without_them() -> None:
    warm, known = Warm(), Known(version=7, tasks={TaskKey(n, 0): task(n) for n in range(MAX_ROWS + 1)})
    warm.put("a", known)
    found = warm.take("a")
    assert found is not None
    assert (found.version, len(found.tasks)) == (7, 0)


def test_rows_are_read_once() -> None:
    runs = FakeRuns()
    runs.rows = {(PART, TaskKey(n, 0)): task(n) for n in range(5)}
    rows = rows_over(runs, Known())
    assert rows.task(TaskKey(0, 0)) == task(0)
    assert list(rows.fetch([TaskKey(n, 0) for n in (2, 0, 1)])) == [task(2), task(0), task(1)]
    assert list(rows.fetch([TaskKey(n, 0) for n in (2, 0, 1)])) == [task(2), task(0), task(1)]
    assert runs.reads == ["fetch 1", "fetch 2"]


def test_missing_rows_are_left_out() -> None:
    rows = rows_over(FakeRuns(), Known())
    assert rows.task(TaskKey(0, 0)) is None
    assert list(rows.fetch([TaskKey(0, 0)])) == []


def test_indexes_are_read_once() -> None:
    runs, index = FakeRuns(), {"x": Source(SourceKind.INLINE, 1, 5)}
    runs.indexes[PART, "i"] = index
    rows = rows_over(runs, Known())
    assert [rows.index("i"), rows.index("i")] == [index, index]
    assert runs.reads == ["index"]


def test_what_was_committed_is_known() -> None:
    runs, known = FakeRuns(), Known(version=1)
    rows = rows_over(runs, known)
    head = Head(version=2, state=State.RUNNING, updated_at=NOW)
    rows.committed(Changes(head, (task(1),), indexes={"i": {}}), head)
    assert (known.version, rows.task(TaskKey(1, 0)), rows.index("i"), runs.reads) == (2, task(1), {}, [])


@pytest.mark.parametrize(
    ("project", "seen"),
    [("p", True), ("q", False)],
)
def test_only_runs_of_the_same_project_are_seen(project: str, seen: bool) -> None:
    runs = FakeRuns()
    runs.starts[ids.partition("other")] = Start(
        id="other",
        project_id=project,
        workflow_id="w",
        workflow_name="w",
        workflow_namespace="",
        definition="w:1",
        input={},
        params={},
        created_at=NOW,
    )
    assert (rows_over(runs, Known()).other("other") is not None) is seen
    assert rows_over(runs, Known()).other("nobody") is None
