"""Executions that expire, over runs in memory and a clock that is set."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import cast

import pytest

from chalicelib.core.states import CANCELLED, ERROR, RUNNING, SUCCESS, State
from chalicelib.errors import NotFound
from chalicelib.ports.housekeeping import Pass
from chalicelib.ports.runs import Runs
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.commands import Executions
from chalicelib.service.executions.expiration import Expiration, ExpirationPolicy, policy_of
from chalicelib.service.executions.queries import Queries
from tests.api.fakes import NOW, FakeRuns, PlainValues, SetClock, run

HOUR = timedelta(hours=1)


class KeptPass:
    """A `PassStore` of one."""

    latest: Pass | None = None

    def read(self) -> Pass | None:
        return self.latest

    def write(self, latest: Pass) -> None:
        self.latest = latest


class Removals:
    """Removes runs, and notes which."""

    def __init__(self, runs: FakeRuns) -> None:
        self.runs = runs
        self.ids: list[str] = []

    def delete(self, caller: Caller, execution_id: str, force: bool) -> None:
        found = [one for one in self.runs.kept if one.start.id == execution_id]
        if not found or found[0].start.project_id != caller.project_id:
            raise NotFound("gone")
        assert not force
        self.runs.kept.remove(found[0])
        self.ids.append(execution_id)


class World:
    """Executions of some age, each named by how many hours ago it changed, and the service that removes them."""

    def __init__(self, policy: ExpirationPolicy | None) -> None:
        self.runs, self.clock, self.passes = FakeRuns(), SetClock(), KeptPass()
        self.removals = Removals(self.runs)
        runs = cast(Runs, self.runs)
        queries = Queries(runs, cast(Definitions, None), PlainValues())
        executions = cast(Executions, self.removals)
        self.service = Expiration(policy, self.passes, runs, queries, executions, self.clock)

    def add(self, hours: int, state: State = SUCCESS, project: str = "red", parent: str | None = None) -> str:
        moment = NOW - timedelta(hours=hours)
        name = f"{project}-{state}-{hours}"
        self.runs.add(
            run(
                name,
                state=state,
                project_id=project,
                created_at=moment,
                updated_at=moment,
                task_execution_id=parent,
            )
        )
        return name


def several(world: World) -> None:
    for project in ("red", "blue"):
        for hours in range(1, 6):
            world.add(hours, project=project)


@pytest.mark.parametrize(
    ("policy", "left"),
    [
        (ExpirationPolicy(HOUR, older_than=2 * HOUR), [1, 2]),
        (ExpirationPolicy(HOUR, max_finished=3), [1, 2, 3]),
        (ExpirationPolicy(HOUR, older_than=4 * HOUR, max_finished=1), [1]),
        (ExpirationPolicy(HOUR, older_than=2 * HOUR, max_finished=4), [1, 2]),
        (None, [1, 2, 3, 4, 5]),
    ],
)
def test_old_ones_and_those_that_are_too_many_go(policy: ExpirationPolicy | None, left: list[int]) -> None:
    world = World(policy)
    several(world)
    removed = world.service.tick()
    assert {one.start.id for one in world.runs.kept} == {f"{p}-SUCCESS-{n}" for p in ("red", "blue") for n in left}
    assert removed == len(world.removals.ids) == 10 - 2 * len(left)


def test_what_stays_however_old_it_is() -> None:
    world = World(ExpirationPolicy(HOUR, older_than=HOUR, max_finished=1, ignored=frozenset({ERROR})))
    staying = {world.add(9, RUNNING), world.add(8, ERROR), world.add(7, SUCCESS, parent="a task")}
    world.add(6, CANCELLED)
    world.service.tick()
    assert {one.start.id for one in world.runs.kept} == staying


@pytest.mark.parametrize("policy", [ExpirationPolicy(HOUR, 2 * HOUR), ExpirationPolicy(HOUR, None, 2)])
def test_a_pass_goes_on_where_it_had_to_stop(policy: ExpirationPolicy) -> None:
    world = World(policy)
    several(world)
    ticks = [world.service.tick(lambda: False) for _ in range(20)]
    assert (max(ticks), sum(ticks)) == (1, 6), "one execution a tick is looked at"
    assert world.passes.latest == Pass(NOW)


def test_a_pass_begins_when_it_is_time() -> None:
    world = World(ExpirationPolicy(HOUR, older_than=HOUR))
    world.service.tick()
    world.add(3)
    world.clock.tick(3599)
    assert world.service.tick() == 0
    world.clock.tick(1)
    assert world.service.tick() == 1


def test_what_somebody_else_removed_is_gone() -> None:
    world = World(ExpirationPolicy(HOUR, older_than=HOUR))
    world.add(3)
    world.removals.runs = FakeRuns()  # where it is not any more, while the list still shows it
    assert world.service.tick() == 0


@pytest.mark.parametrize(
    ("given", "policy"),
    [
        ((0, 5, 5, ()), None),
        ((5, 0, 7, ["ERROR"]), ExpirationPolicy(timedelta(minutes=5), None, 7, frozenset({ERROR}))),
        ((5, 60, 0, ()), ExpirationPolicy(timedelta(minutes=5), HOUR)),
    ],
)
def test_the_policy_of_settings(given: tuple[int, int, int, Iterable[str]], policy: ExpirationPolicy | None) -> None:
    assert policy_of(*given) == policy
