"""Pages of runs, and the sweeper's index, against moto and ministack."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamo.runs.standalone_actions import DynamoLooseActions
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.core import ids
from chalicelib.core.model import Run, Start, opened
from chalicelib.core.states import ERROR, PAUSED, RUNNING, SUCCESS
from chalicelib.ports.runs import LISTED, Runs, Selection
from tests.contract.conftest import REGION, Backend
from tests.contract.test_loose import loose
from tests.contract.test_runs import LATER, NOW, PART, changes, start, store


def some(runs: Runs, count: int) -> list[Start]:
    """Runs of two projects, three created at each moment; those of project `p` in order."""
    made = [start(f"e{n:02}", "pq"[n % 4 == 3], NOW + timedelta(seconds=n // 3)) for n in range(count)]
    for one in made:
        runs.create(one, one.created_at)
    return [one for one in made if one.project_id == "p"]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 4, 100])
def test_pages(backend: Backend, descending: bool, limit: int) -> None:
    runs = store(backend)
    expected = [one.id for one in some(runs, 20)]
    found: list[str] = []
    after: tuple[datetime, str] | None = None
    while page := runs.page(Selection("p"), after, limit, descending):
        assert len(page) <= limit
        found += [run.start.id for run in page]
        after = page[-1].start.created_at, page[-1].start.id
    assert found == (expected[::-1] if descending else expected)


def test_a_page_beyond_a_run_that_is_gone(backend: Backend) -> None:
    runs = store(backend)
    made = some(runs, 12)
    runs.delete(ids.partition(made[4].id))
    page = runs.page(Selection("p"), (made[4].created_at, made[4].id), 2, False)
    assert [run.start.id for run in page] == [made[5].id, made[6].id]


def ids_of(runs: Runs, **wanted: Any) -> list[str]:
    return [run.start.id for run in runs.page(Selection("p", **wanted), None, 100, False)]


def test_runs_of_a_workflow(backend: Backend) -> None:
    runs = store(backend)
    for number, name in enumerate(("a", "b", "a", "a#b")):
        runs.create(replace(start(f"e{number}"), workflow_name=name), NOW)
    runs.create(replace(start("e9", "p#a"), workflow_name="b"), NOW)
    assert ids_of(runs, workflow="a") == ["e0", "e2"]
    assert ids_of(runs, workflow="a#b") == ["e3"]
    assert ids_of(runs, workflow="c") == []


def test_runs_in_a_state_follow_it(backend: Backend) -> None:
    runs = store(backend)
    head = opened(start())
    runs.create(start(), NOW)
    for state, listed in ((RUNNING, True), (PAUSED, True), (RUNNING, True), (ERROR, True), (SUCCESS, False)):
        head = runs.commit(start(), changes(replace(head, state=state)))
        assert ids_of(runs, state=state) == ([start().id] if listed or state is SUCCESS else [])
        assert not any(ids_of(runs, state=other) for other in LISTED - {state})


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"since": "2026-01-02 03:04:07"}, [2, 3, 4]),
        ({"until": "2026-01-02 03:04:07"}, [0, 1, 2]),
        ({"until": "2026-01-02 03:04:07.000000"}, [0, 1, 2]),
        ({"since": "2026-01-02 03:04:06", "until": "2026-01-02 03:04:07"}, [1, 2]),
        ({"since": "2026-01-02"}, [0, 1, 2, 3, 4]),
        ({"until": "2026-01-01"}, []),
        ({"since": "2026-02", "until": "2026-01"}, []),
        ({"since": "no time", "until": ""}, []),
    ],
)
def test_runs_of_a_time(backend: Backend, bounds: dict[str, str], expected: list[int]) -> None:
    runs = store(backend)
    first = datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC)
    for number in range(5):
        runs.create(replace(start(f"e{number}"), created_at=first + timedelta(seconds=number)), NOW)
    assert ids_of(runs, **bounds) == [f"e{number}" for number in expected]


def test_a_page_shows_runs_as_they_are(backend: Backend) -> None:
    runs = store(backend)
    runs.create(start(), NOW)
    head = runs.commit(start(), changes(opened(start())))
    assert runs.page(Selection("p"), None, 10, True) == [Run(start(), head)]
    assert runs.page(Selection("nobody"), None, 10, True) == []


# --- the sweeper's index ---------------------------------------------------------------------------------------------


def due_ids(runs: Runs, now: datetime, limit: int = 100) -> list[str]:
    return sorted(run.start.id for run in runs.due(now, limit).runs)


def test_runs_are_due_at_their_time(backend: Backend) -> None:
    runs = store(backend)
    for number in range(6):
        runs.create(start(f"e{number}"), NOW + timedelta(minutes=number))
    assert due_ids(runs, NOW - timedelta(seconds=1)) == []
    assert due_ids(runs, NOW + timedelta(minutes=2, seconds=1)) == ["e0", "e1", "e2"]


def test_what_was_looked_at_comes_no_more(backend: Backend) -> None:
    runs = store(backend)
    for number in range(3):
        runs.create(start(f"e{number}"), NOW)
    due = runs.due(NOW + timedelta(seconds=1), 100)
    runs.look_again(ids.partition("e1"), NOW + timedelta(minutes=5))
    runs.looked_at(due)
    assert due_ids(runs, NOW + timedelta(minutes=4)) == []
    assert due_ids(runs, NOW + timedelta(minutes=6)) == ["e1"]


def test_looking_goes_on_where_it_stopped(backend: Backend) -> None:
    runs, found = store(backend), list[str]()
    for number in range(20):
        runs.create(start(f"e{number}"), NOW + timedelta(seconds=number))
    while (due := runs.due(LATER, 2)).cursors:
        found += [run.start.id for run in due.runs]
        runs.looked_at(due)
    assert sorted(found) == sorted(f"e{number}" for number in range(20))


def test_a_run_that_is_gone_is_not_looked_at_again(backend: Backend) -> None:
    runs = store(backend)
    runs.create(start(), NOW)
    runs.delete(PART)
    runs.look_again(PART, NOW)
    assert due_ids(runs, LATER) == []
    assert runs.run(PART) is None


def test_what_is_not_over_is_ahead(backend: Backend) -> None:
    """Page by page, wherever the sweeper is; what was looked at and is over is behind it."""
    runs = store(backend)
    started = some(runs, 5)
    runs.looked_at(runs.due(LATER, 100))
    for begun in started[:3]:
        runs.look_again(ids.partition(begun.id), LATER + timedelta(days=1))
    found: list[str] = []
    due = runs.ahead({}, 1)
    while due.cursors:
        found += [run.start.id for run in due.runs]
        due = runs.ahead({**due.cursors}, 1)
    assert sorted(found) == sorted(begun.id for begun in started[:3])


@pytest.mark.parametrize("project", ["p#q", "run-p", "loose-p", "p" * 255, "é\n"])
def test_projects_are_kept_apart(backend: Backend, project: str) -> None:
    runs = store(backend)
    alone = DynamoLooseActions(Table(backend.settings.runs_table, REGION, backend.settings.endpoint_url))
    for number, one in enumerate(("p", project)):
        runs.create(start(f"e{number}", one), NOW)
        alone.create(replace(loose(f"a{number}"), project_id=one))
    assert [run.start.id for run in runs.page(Selection(project), None, 10, True)] == ["e1"]
    assert [found.id for found in alone.newest(project, 10)] == ["a1"]
    assert sorted(runs.projects()) == sorted(alone.projects()) == sorted(["p", project])
