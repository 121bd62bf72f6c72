"""How much the read side reads."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest

from chalicelib.core.model import Run
from chalicelib.errors import InvalidRequest
from chalicelib.ports.runs import Runs, Selection
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.paging import Order, Page
from chalicelib.service.executions.queries import CHUNK, RECENT, SCAN, SORTED, Queries
from tests.api.fakes import NOW, FakeRuns, PlainValues, run, task

CALLER = Caller("<default-project>")


class ManyRuns(FakeRuns):
    """Pages of as many runs as are asked for, one a second, without end or up to `count`."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def page(self, selection: Selection, after: tuple[object, str] | None, limit: int, descending: bool) -> list[Run]:
        self.pages.append(limit)
        first = int(after[1]) + 1 if after else 0
        return [self._run(number) for number in range(first, min(first + limit, self._count))]

    @staticmethod
    def _run(number: int) -> Run:
        return run(str(number), created_at=NOW + timedelta(seconds=number))


def queries(runs: FakeRuns) -> Queries:
    return Queries(cast(Runs, runs), cast(Definitions, None), PlainValues())


def never(_: Run) -> bool:
    return False


def fourth(found: Run) -> bool:
    return int(found.start.id) % 4 == 0


@pytest.mark.parametrize(
    ("count", "page", "rows", "more", "pages"),
    [
        (0, Page[Run](limit=5, by_creation=False), 0, None, [5]),
        (3, Page[Run](limit=5, by_creation=False), 3, None, [5]),
        (9, Page[Run](limit=5, by_creation=False), 5, "4", [5]),
        (CHUNK * 2, Page[Run](limit=60, by_creation=False, filters=(fourth,)), 60, "236", [60, 120, CHUNK]),
        (CHUNK + 1, Page[Run](limit=60, by_creation=False, filters=(fourth,)), 51, None, [60, 120, CHUNK]),
        (CHUNK + 1, Page[Run](limit=CHUNK * 2, by_creation=False, filters=(fourth,)), 51, None, [CHUNK * 2]),
        (
            SCAN * 2,
            Page[Run](limit=CHUNK, by_creation=False, filters=(never,)),
            0,
            str(SCAN - 1),
            [CHUNK] * (SCAN // CHUNK),
        ),
    ],
)
def test_pages_in_order_of_creation(count: int, page: Page[Run], rows: int, more: str | None, pages: list[int]) -> None:
    runs = ManyRuns(count)
    found = queries(runs).executions(CALLER, page)
    assert (len(found.rows), found.next, runs.pages) == (rows, more, pages)


def test_another_order_reads_everything_up_to_a_bound() -> None:
    page = Page[Run](limit=2, order=(Order(lambda found: found.start.id, True),))
    assert [found.start.id for found in queries(ManyRuns(12)).executions(CALLER, page).rows] == ["9", "8"]
    with pytest.raises(InvalidRequest, match=f"More than {SORTED} executions"):
        queries(ManyRuns(SORTED + 1)).executions(CALLER, page)


def test_tasks_without_an_execution_are_those_of_the_newest_runs() -> None:
    runs = FakeRuns()
    for number in range(RECENT + 1):
        runs.add(run(str(number), created_at=NOW + timedelta(seconds=number)), task())
    found = queries(runs).tasks(CALLER, None)
    assert len(found) == RECENT
    assert {one.run.start.id for one in found} == {str(number) for number in range(1, RECENT + 1)}
