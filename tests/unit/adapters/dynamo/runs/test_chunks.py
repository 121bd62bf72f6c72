"""Task executions share rows without anybody noticing, and never at a higher price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.dynamo.runs import row_keys, serializers, task_chunks
from chalicelib.adapters.dynamo.runs.task_chunks import Copy
from chalicelib.core.model import Task
from chalicelib.core.progress import Progress
from chalicelib.core.states import State
from chalicelib.core.values import TaskKey

NOW = datetime(2026, 11, 23, 4, 7, 16, tzinfo=UTC)
ITEM_BYTES = 400 * 1024

KEYS = st.builds(TaskKey, st.integers(0, 40), st.integers(0, 20))
BYTES = st.one_of(st.just(b""), st.binary(max_size=400), st.binary(min_size=1000, max_size=3000))
NOISE = BYTES.map(lambda data: data.hex() or None)
COMMITS = st.lists(st.dictionaries(KEYS, NOISE, min_size=1, max_size=40), min_size=1, max_size=8)


def task(key: TaskKey, noise: str | None = None) -> Task:
    return Task(
        key=key, name=f"t{key.place}", order=0, state=State.SUCCESS, state_info=noise, created_at=NOW, updated_at=NOW
    )


def progress_of(keys: Iterable[TaskKey]) -> Progress:
    counts: dict[int, int] = {}
    for key in keys:
        counts[key.place] = max(counts.get(key.place, 0), key.instance + 1)
    more = {place: count for place, count in counts.items() if count > 1}
    return Progress(seen=sum(1 << place for place in counts), instances=more)


class Shelf:
    """What the store does, on a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.keys: set[TaskKey] = set()
        self.version = 0

    def commit(self, tasks: Sequence[Task]) -> dict[str, bytes]:
        self.version += 1
        self.keys |= {task.key for task in tasks}
        written: dict[str, bytes] = {}
        for bundle in task_chunks.bundles(tasks, self.version):
            read = bundle.adds_to(progress_of(self.keys)) and bundle.chunk in self.rows
            written |= bundle.rows(task_chunks.copies(self.rows[bundle.chunk]) if read else [])
        self.rows |= written
        return written

    def found(self, places: Iterable[str]) -> dict[TaskKey, Task]:
        read = task_chunks.newest(
            copy for place in places if place in self.rows for copy in task_chunks.copies(self.rows[place])
        )
        return {key: serializers.task_in(copy.plain) for key, copy in read.items()}

    @property
    def copies(self) -> set[tuple[str, TaskKey]]:
        return {(place, copy.key) for place, data in self.rows.items() for copy in task_chunks.copies(data)}


@given(COMMITS)
def test_what_was_written_last_is_read(commits: list[dict[TaskKey, str | None]]) -> None:
    shelf, wanted = Shelf(), dict[TaskKey, Task]()
    for commit in commits:
        tasks = [task(key, noise) for key, noise in commit.items()]
        shelf.commit(tasks)
        wanted |= {task.key: task for task in tasks}
    assert shelf.found(shelf.rows) == wanted
    for key, expected in wanted.items():
        assert shelf.found([row_keys.chunk(key), row_keys.task(key)])[key] == expected


@given(COMMITS)
def test_a_copy_stays_in_its_row_so_that_slow_readers_find_one(commits: list[dict[TaskKey, str | None]]) -> None:
    shelf = Shelf()
    for commit in commits:
        before = shelf.copies
        shelf.commit([task(key, noise) for key, noise in commit.items()])
        assert before <= shelf.copies


@given(COMMITS)
def test_a_commit_writes_no_more_rows_and_units_than_with_a_row_each(commits: list[dict[TaskKey, str | None]]) -> None:
    shelf = Shelf()
    for commit in commits:
        tasks = [task(key, noise) for key, noise in commit.items()]
        written = shelf.commit(tasks)
        apart: dict[str, bytes] = {}
        for bundle in task_chunks.bundles(tasks, shelf.version):
            apart |= {**bundle.apart, **bundle.large}
        assert len(apart) == len(tasks) >= len(written)
        assert units(apart) >= units(written)


def units(rows: dict[str, bytes]) -> int:
    return sum(-(-(len(data) + task_chunks.KEYS) // task_chunks.UNIT) for data in rows.values())


def test_a_full_chunk_of_the_largest_that_may_share_fits_into_an_item() -> None:
    most = row_keys.CHUNK_PLACES * row_keys.CHUNK_INSTANCES
    assert most * 2 * task_chunks.SMALL < ITEM_BYTES  # deflated text can be somewhat longer together than alone


@given(st.sets(KEYS, min_size=1), KEYS)
def test_neighbours_are_those_that_exist_and_may_share_the_row(exist: set[TaskKey], key: TaskKey) -> None:
    progress = progress_of(exist)
    last: dict[int, int] = {}
    for one in exist:
        last[one.place] = max(last.get(one.place, 0), one.instance)
    everything = {TaskKey(place, number) for place, most in last.items() for number in range(most + 1)}
    expected = {one for one in everything if row_keys.chunk(one) == row_keys.chunk(key)}
    assert set(task_chunks.neighbours(key, progress)) == expected


def block(first: int, end: int, instance: int = 0) -> list[TaskKey]:
    return [TaskKey(place, instance) for place in range(first, end)]


@pytest.mark.parametrize(
    ("written", "others", "read"),
    [
        (block(0, 16), [], []),  # all that there is has just changed
        (block(0, 40), [], []),  # so it has in three chunks
        (block(0, 8), block(16, 32), []),  # others are, but elsewhere
        (block(0, 8), block(8, 9), ["TS#000#000000"]),
        (block(0, 8, instance=8), block(0, 8), []),  # the first of a new chunk: the ninth round of a loop
        (block(0, 8), block(0, 8, instance=7), ["TS#000#000000"]),
        (block(0, 1), block(1, 16), []),  # a single one is not worth it
        (block(14, 18), block(0, 32), ["TS#000#000000", "TS#001#000000"]),
    ],
)
def test_only_chunks_with_something_to_keep_are_read(
    written: list[TaskKey], others: list[TaskKey], read: list[str]
) -> None:
    progress = progress_of([*written, *others])
    bundles = task_chunks.bundles(map(task, written), 1)
    assert [bundle.chunk for bundle in bundles if bundle.adds_to(progress)] == read


@pytest.mark.parametrize(
    ("keys", "rows"),
    [
        (block(0, 16), ["TS#000#000000"]),
        (block(0, 1), ["T#0000#000000"]),
        (block(15, 17), ["T#000f#000000", "T#0010#000000"]),
        ([*block(0, 2, 7), *block(0, 2, 8)], ["TS#000#000000", "TS#000#000001"]),
    ],
)
def test_small_neighbours_share_a_row(keys: list[TaskKey], rows: list[str]) -> None:
    assert sorted(Shelf().commit([task(key) for key in keys])) == sorted(rows)


def test_a_large_one_has_a_row_of_its_own_and_comes_back_when_it_is_small() -> None:
    shelf = Shelf()
    large, small = [task(key, bytes(range(256)).hex() * 8) for key in block(0, 4)], [*map(task, block(0, 4))]
    noisy = [task(TaskKey(0, 0), "".join(f"{n * n:x}" for n in range(1000))), *small[1:]]
    for tasks, rows in [
        (large, {"TS#000#000000"}),
        (noisy, {"TS#000#000000", "T#0000#000000"}),
        (small, {"TS#000#000000"}),
    ]:
        assert set(shelf.commit(tasks)) == rows
        assert shelf.found(shelf.rows) == {task.key: task for task in tasks}


def test_the_newest_copy_counts_in_whatever_order() -> None:
    older, newer = (Copy(version, {"ky": [1, 2], "nm": str(version)}) for version in (9, 10))
    assert task_chunks.newest([older, newer]) == task_chunks.newest([newer, older]) == {TaskKey(1, 2): newer}
