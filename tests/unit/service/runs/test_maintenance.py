"""Pausing every execution and letting those go on that were paused, over runs and a store in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import cast

import pytest

from chalicelib.core import ids
from chalicelib.core.model import Run
from chalicelib.core.progress import Progress
from chalicelib.core.states import PAUSED, RUNNING, SUCCESS, State
from chalicelib.errors import InvalidRequest, LostRace
from chalicelib.messaging.bodies import MaintenanceBegan, MaintenanceEnded
from chalicelib.ports.housekeeping import Maintenance
from chalicelib.ports.messaging import Message
from chalicelib.ports.runs import Due, Runs
from chalicelib.service.runs.maintenance import PAGE, MaintenanceMode
from tests.api.fakes import FakeRuns, QuietQueues, run, task


class PagedRuns(FakeRuns):
    """Runs that are looked at in the order in which they were added."""

    def ahead(self, cursors: Mapping[str, str], limit: int) -> Due:
        since = int(cursors.get("0", 0))
        found = self.kept[since : since + limit]
        return Due(found, {"0": str(since + len(found))} if found else {})

    def become(self, was: State, state: State) -> None:
        """Have all runs that are in one state be in another."""
        self.kept = [
            replace(one, head=replace(one.head, state=state if one.head.state is was else one.head.state))
            for one in self.kept
        ]


class MemoryStore:
    """A `MaintenanceStore` of one state and a set."""

    def __init__(self) -> None:
        self.state = Maintenance()
        self.ids: list[str] = []

    def read(self) -> Maintenance:
        return self.state

    def write(self, after: Maintenance) -> Maintenance:
        if after.version != self.state.version:
            raise LostRace
        self.state = replace(after, version=after.version + 1)
        return self.state

    def note(self, execution_ids: Collection[str]) -> None:
        self.ids += [one for one in execution_ids if one not in self.ids]

    def noted(self, limit: int) -> list[str]:
        return self.ids[:limit]

    def forget(self, execution_ids: Collection[str]) -> None:
        self.ids = [one for one in self.ids if one not in execution_ids]


class Bench:
    """The service with everything around it."""

    def __init__(self) -> None:
        self.runs, self.store, self.queues = PagedRuns(), MemoryStore(), QuietQueues()
        self.mode = MaintenanceMode(self.store, cast(Runs, self.runs), self.queues)

    def add(self, number: int, state: State = RUNNING, **changes: object) -> Run:
        return self.runs.add(run(f"11111111-0000-4000-8000-{number:012}", state=state, **changes))

    def asked(self) -> list[tuple[str, str]]:
        """Which executions were asked to follow into which state, since the last look."""
        found = [_asked(message) for message in self.queues.sent]
        self.queues.sent.clear()
        return found


def _asked(message: Message) -> tuple[str, str]:
    body = message.body
    assert isinstance(body, MaintenanceBegan | MaintenanceEnded)
    return body.execution[-2:], str(PAUSED if isinstance(body, MaintenanceBegan) else RUNNING)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_those_that_run_are_paused_and_go_on_afterwards(bench: Bench) -> None:
    for number, state in enumerate((RUNNING, PAUSED, SUCCESS, RUNNING)):
        bench.add(number, state)
    assert bench.mode.change("PAUSED") == bench.mode.status == "PAUSING"
    assert bench.asked() == [("00", "PAUSED"), ("03", "PAUSED")]
    bench.runs.become(RUNNING, PAUSED)
    bench.mode.tick()
    assert bench.mode.status == "PAUSED"
    assert bench.mode.change("RUNNING") == bench.mode.status == "RUNNING"
    assert bench.asked() == [("00", "RUNNING"), ("03", "RUNNING")]
    assert (bench.mode.tick(), bench.store.ids) == (0, [])


def test_who_still_runs_is_asked_again(bench: Bench) -> None:
    bench.add(0)
    bench.mode.change("PAUSED")
    first = bench.queues.sent[0]
    bench.mode.tick()
    assert (bench.mode.status, len(bench.queues.sent)) == ("PAUSING", 2)
    assert bench.queues.sent[1].dedup != first.dedup


def test_nothing_to_pause(bench: Bench) -> None:
    assert bench.mode.change("PAUSED") == "PAUSING"
    assert bench.mode.status == "PAUSED"


def test_a_task_that_still_runs_holds_it_up(bench: Bench) -> None:
    paused = bench.add(0, PAUSED, progress=Progress(active=1))
    part = ids.partition(paused.start.id)
    bench.runs.kept_tasks[part] = [task(state=RUNNING)]
    bench.mode.change("PAUSED")
    assert bench.mode.status == "PAUSING"
    bench.runs.kept_tasks[part] = [task(state=SUCCESS)]
    bench.mode.tick()
    assert bench.mode.status == "PAUSED"


def test_a_request_leaves_the_rest_to_the_tick(bench: Bench) -> None:
    for number in range(PAGE * 10):
        bench.add(number)
    bench.mode.change("PAUSED")
    assert PAGE * 4 < len(bench.asked()) < PAGE * 8
    bench.mode.tick()
    assert len(bench.store.ids) == PAGE * 10
    bench.mode.change("RUNNING")
    bench.mode.tick()
    assert bench.store.ids == []


@pytest.mark.parametrize("first", ["PAUSED", "RUNNING"])
def test_what_is_so_already_stays(bench: Bench, first: str) -> None:
    bench.add(0)
    before = bench.mode.change(first)
    version = bench.store.state.version
    assert (bench.mode.change(first), bench.store.state.version) == (before, version)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [("PAUSING", "Consider PAUSED, RUNNING"), ("odd", "Not found odd maintenance state"), (None, "Not found None")],
)
def test_other_states_are_refused(bench: Bench, wanted: str | None, text: str) -> None:
    with pytest.raises(InvalidRequest, match=text):
        bench.mode.change(wanted)


def test_going_on_while_others_are_still_being_paused(bench: Bench) -> None:
    bench.add(0)
    bench.mode.change("PAUSED")
    bench.asked()
    assert bench.mode.change("RUNNING") == "RUNNING"
    assert bench.asked() == [("00", "RUNNING")]
