"""Task executions in DynamoRuns against moto and ministack: wherever they are, they are read as they were written."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.bootstrap.adapters import connect
from chalicelib.core import ids
from chalicelib.core.engine.state.draft import Changes
from chalicelib.core.model import Action, Start, Task, opened
from chalicelib.core.progress import Progress
from chalicelib.core.states import State
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.errors import LostRace
from chalicelib.ports.runs import Runs
from tests.contract.conftest import Backend

NOW = datetime(2026, 11, 23, 4, 7, 16, 123456, tzinfo=UTC)
START = Start(
    id="an execution",
    project_id="p",
    workflow_id="w",
    workflow_name="w",
    workflow_namespace="",
    definition="d",
    input={},
    params={},
    created_at=NOW,
)
PART = ids.partition(START.id)
LARGE = 20_000


class Story:
    """A run, commit after commit, and what ought to be read of it."""

    def __init__(self, backend: Backend, seed: int = 0) -> None:
        self.backend = backend
        self.runs = store(backend)
        self.runs.create(START, NOW)
        self.head = opened(START)
        self.tasks: dict[TaskKey, Task] = {}
        self._random = random.Random(seed)

    def commit(self, keys: Iterable[TaskKey], state: State = State.SUCCESS, info: int = 0) -> None:
        """Write these task executions, new or changed, with so many bytes that do not deflate."""
        written = [self._task(key, state, info) for key in dict.fromkeys(keys)]
        everything = self.tasks | {task.key: task for task in written}
        self.head = self.runs.commit(START, self.changes(written, everything))
        self.tasks = everything

    def changes(self, tasks: Sequence[Task], everything: Iterable[TaskKey]) -> Changes:
        head = replace(self.head, version=self.head.version + 1, progress=progress_of(everything))
        return Changes(head, tuple(tasks))

    def _task(self, key: TaskKey, state: State, info: int) -> Task:
        order = self.tasks[key].order if key in self.tasks else len(self.tasks) + key.place + key.instance
        noise = self._random.randbytes(info // 2).hex() or None
        updated = NOW + timedelta(microseconds=self._random.randrange(10**9))
        return replace(task(key), state=state, state_info=noise, order=order, updated_at=updated)

    def is_read(self) -> None:
        """Everything is read back in every way, by this process and by another one."""
        for runs in (self.runs, store(self.backend)):
            assert {task.key: task for task in runs.tasks(PART)} == self.tasks
            orders = [task.order for task in runs.tasks(PART)]
            assert orders == sorted(orders)
            assert len(orders) == len(self.tasks)
            kept = {task.key for task in self.head.kept}
            outside = [key for key in self.tasks if key not in kept]
            assert {task.key: task for task in runs.fetch(PART, outside)} == {key: self.tasks[key] for key in outside}
            for key in self._random.sample(sorted(self.tasks), min(5, len(self.tasks))):
                assert runs.task(PART, key) == self.tasks[key]


def store(backend: Backend) -> Runs:
    return connect(backend.settings).runs


def task(key: TaskKey) -> Task:
    return Task(key=key, name=f"t{key.place}", order=0, state=State.RUNNING, created_at=NOW, updated_at=NOW)


def progress_of(keys: Iterable[TaskKey]) -> Progress:
    counts: dict[int, int] = {}
    for key in keys:
        counts[key.place] = max(counts.get(key.place, 0), key.instance + 1)
    more = {place: count for place, count in counts.items() if count > 1}
    return Progress(seen=sum(1 << place for place in counts), instances=more)


def row(first: int, end: int, instance: int = 0) -> list[TaskKey]:
    return [TaskKey(place, instance) for place in range(first, end)]


def test_a_long_chain(backend: Backend) -> None:
    story = Story(backend)
    for first in range(0, 270, 90):
        story.commit(row(first, first + 90))
    story.is_read()


def test_a_wide_fork_whose_results_come_one_by_one(backend: Backend) -> None:
    story = Story(backend)
    story.commit(row(0, 60), State.RUNNING)
    story.commit(row(60, 140), State.RUNNING)
    for number, place in enumerate(random.Random(1).sample(range(140), 70)):
        story.commit([TaskKey(place, 0)], info=LARGE if number % 10 == 3 else 300)
    story.is_read()


def test_a_loop_with_many_instances_of_each_task(backend: Backend) -> None:
    story = Story(backend)
    for instance in range(0, 100, 20):
        story.commit(TaskKey(place, instance + turn) for turn in range(20) for place in (3, 4, 20))
    story.commit((TaskKey(3, instance) for instance in range(0, 100, 7)), State.ERROR)
    story.is_read()


def test_as_many_large_ones_as_a_commit_may_have(backend: Backend) -> None:
    story = Story(backend)
    story.commit(row(0, 90), info=LARGE)
    story.commit(row(0, 90), State.ERROR)
    story.commit(row(0, 45), info=LARGE)
    story.commit([TaskKey(place * 16, 1) for place in range(90)], info=LARGE)  # not two of them are neighbours
    story.is_read()


@pytest.mark.parametrize("seed", range(2))
def test_anything_in_any_order(backend: Backend, seed: int) -> None:
    story, chance = Story(backend, seed), random.Random(seed)
    for _ in range(12):
        count = chance.choice([1, 2, 8, 40, 80])
        keys = [TaskKey(chance.randrange(40), chance.randrange(12)) for _ in range(count)]
        story.commit(keys, chance.choice([State.RUNNING, State.SUCCESS]), chance.choice([0, 0, 40, 400, 4000]))
    story.is_read()


def test_a_lost_race_leaves_nothing(backend: Backend) -> None:
    story = Story(backend)
    story.commit(row(0, 60))
    late = [replace(task(key), state_info="late") for key in row(0, 70)]
    stale = story.changes(late, row(0, 70))
    story.commit(row(20, 80), State.ERROR)
    with pytest.raises(LostRace):
        story.runs.commit(START, stale)
    story.is_read()
    assert story.runs.task(PART, TaskKey(99, 0)) is None
    assert story.runs.fetch(PART, [*row(0, 2), TaskKey(99, 0)]) == story.runs.fetch(PART, row(0, 2))
    assert story.runs.fetch(PART, []) == []


def test_action_executions_by_number_wherever_the_task_is(backend: Backend) -> None:
    story = Story(backend)
    story.commit(row(0, 60))
    for key in (TaskKey(7, 0), TaskKey(60, 0)):  # one in a chunk before, one that is new
        old, current = action(key, 1, State.ERROR), action(key, 2, State.RUNNING)
        changed = replace(task(key), action=current, attempts=2)
        changes = replace(story.changes([changed], [*story.tasks, key]), actions=(old,))
        story.head = story.runs.commit(START, changes)
        story.tasks[key] = changed
        assert story.runs.actions(PART, key) == [old, current]
        assert [story.runs.actions(PART, key, among) for among in (range(1, 2), range(2, 9))] == [[old], [current]]
        assert story.runs.action(PART, old.key) == old
    assert story.runs.actions(PART, TaskKey(8, 0)) == []
    story.is_read()


def test_a_part_of_many_action_executions(backend: Backend) -> None:
    story, key = Story(backend), TaskKey(0, 0)
    found = tuple(action(key, number, State.SUCCESS) for number in (1, 2, 15, 16, 17, 255, 256, 257))
    changed = replace(task(key), attempts=257)
    story.runs.commit(START, replace(story.changes([changed], [key]), actions=found))
    for among in (range(1, 16), range(16, 18), range(256, 400), range(300, 400)):
        assert story.runs.actions(PART, key, among) == [action for action in found if action.key.number in among]


def action(key: TaskKey, number: int, state: State) -> Action:
    return Action(ActionKey(key, number), "std.noop", state, input={}, created_at=NOW, updated_at=NOW)


def test_a_deleted_run_leaves_no_task_to_the_next_of_its_name(backend: Backend) -> None:
    story = Story(backend)
    story.commit(row(0, 80))
    story.runs.delete(PART)
    assert story.runs.tasks(PART) == []
    assert story.runs.task(PART, TaskKey(0, 0)) is None
    again = Story(backend)
    again.commit(row(0, 3))
    again.is_read()
