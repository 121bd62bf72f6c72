"""How much is read for a page of what one task execution started."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import pytest

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.model import Action, Run, Task
from chalicelib.core.states import SUCCESS
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.ports.runs import Runs
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.paging import Page
from chalicelib.service.executions.queries import CHUNK, Queries
from chalicelib.service.runs.action_status import AnyAction
from tests.api.fakes import NOW, FakeRuns, PlainValues, run, task

CALLER = Caller("<default-project>")
PART = ids.partition("e")
MANY = 1_000


class CountedRuns(FakeRuns):
    """Counts the rows that are read of a task execution with many action executions or sub-executions."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.read = 0
        self.owner = task(0, kind=kind, attempts=MANY)
        self.add(run("e"), self.owner)

    def actions(self, part: str, key: TaskKey, among: range | None = None) -> list[Action]:
        numbers = range(1, MANY + 1) if among is None else among
        self.read += len(numbers)
        return [_action(ActionKey(key, number)) for number in numbers]

    def some(self, parts: Sequence[str]) -> list[Run]:
        self.read += len(parts)
        known = {ids.partition(child): child for child in sub_executions.ids_of(PART, self.owner)}
        return [run(known[part]) for part in parts]


def _action(key: ActionKey) -> Action:
    return Action(key, "std.noop", SUCCESS, {}, created_at=NOW, updated_at=NOW)


def queries(runs: FakeRuns) -> Queries:
    return Queries(cast(Runs, runs), cast(Definitions, None), PlainValues())


def task_id(owner: Task) -> str:
    return ids.task_id(PART, owner.key)


def tenth(found: AnyAction) -> bool:
    return found.action.key.number % 10 == 0


@pytest.mark.parametrize(
    ("page", "marker", "numbers", "read"),
    [
        (Page[AnyAction](3, by_creation=False), 0, [1, 2, 3], 3),
        (Page[AnyAction](3, by_creation=True), 0, [1000, 999, 998], 3),
        (Page[AnyAction](3, by_creation=False), 500, [501, 502, 503], 3),
        (Page[AnyAction](3, by_creation=True), 3, [2, 1], 2),
        (Page[AnyAction](3, by_creation=False), 999, [1000], 1),
        (Page[AnyAction](3, by_creation=False, filters=(tenth,)), 0, [10, 20, 30], CHUNK),
        (Page[AnyAction](3), 0, [1, 2, 3], MANY),
    ],
)
def test_actions(page: Page[AnyAction], marker: int, numbers: list[int], read: int) -> None:
    runs = CountedRuns("ACTION")
    if marker:
        page = Page(page.limit, ids.action_id(PART, ActionKey(runs.owner.key, marker)), by_creation=page.by_creation)
    found = queries(runs).actions_page(CALLER, task_id(runs.owner), page)
    assert found is not None
    assert [row.action.key.number for row in found.rows] == numbers
    assert runs.read == read


class CountedTasks(FakeRuns):
    """Counts how often the tasks of a run are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def tasks(self, part: str) -> list[Task]:
        self.read += 1
        return super().tasks(part)


def test_the_pages_of_the_tasks_of_a_run_are_cut_from_one_read_while_nothing_happens() -> None:
    runs = CountedTasks()
    runs.add(run("e", version=3), task(0), task(1))
    asked = queries(runs)
    assert [len(asked.tasks(CALLER, "e")) for _ in range(3)] == [2, 2, 2]
    assert runs.read == 1
    runs.kept.clear()
    runs.add(run("e", version=4), task(0))
    assert len(asked.tasks(CALLER, "e")) == 1
    runs.kept.clear()
    runs.add(run("e", version=4, created_at=NOW + timedelta(seconds=1)))
    assert asked.tasks(CALLER, "e") == []
    assert runs.read == 3


@pytest.mark.parametrize("number", [0, MANY + 1])
def test_what_is_not_there_is_no_marker(number: int) -> None:
    runs = CountedRuns("ACTION")
    page = Page[AnyAction](3, ids.action_id(PART, ActionKey(runs.owner.key, number)), by_creation=False)
    assert queries(runs).actions_page(CALLER, task_id(runs.owner), page) is None


@pytest.mark.parametrize(
    ("descending", "marker", "numbers"),
    [(False, 0, [1, 2, 3]), (True, 0, [1000, 999, 998]), (False, 998, [999, 1000]), (True, 2, [1])],
)
def test_sub_executions(descending: bool, marker: int, numbers: list[int]) -> None:
    runs = CountedRuns(sub_executions.KIND)
    known = sub_executions.ids_of(PART, runs.owner)
    page = Page[Run](3, known[marker - 1] if marker else None, by_creation=descending)
    found = queries(runs).children_page(CALLER, task_id(runs.owner), page)
    assert found is not None
    assert [row.start.id for row in found.rows] == [known[number - 1] for number in numbers]
    assert runs.read == len(numbers)
    assert queries(runs).children_page(CALLER, task_id(runs.owner), Page[Run](3, "nobody")) is None
