"""Signals over a store in memory: who is ended by one, where many have waited before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from chalicelib.core.jsontext import Json
from chalicelib.core.states import RUNNING
from chalicelib.errors import IllegalTransition, NotFound
from chalicelib.ports.runs import Runs
from chalicelib.ports.signals import Waiting
from chalicelib.service.access.caller import Caller
from chalicelib.service.runs.action_status import Standing
from chalicelib.service.signals import MOST, Signals
from tests.unit.service.worlds import NOW, FakeClock

CALLER = Caller("p")


class FakeStore:
    """Those who wait for the one key there is, by the ids of their action executions."""

    def __init__(self, number: int) -> None:
        self.kept = {f"a{place:05}": Waiting("e", f"a{place:05}", NOW) for place in range(number)}
        self.reads = 0

    def add(self, project_id: str, key: str, waiting: Waiting) -> None:
        self.kept.setdefault(waiting.action_id, waiting)

    def waiting(self, project_id: str, key: str, limit: int) -> list[Waiting]:
        self.reads += 1
        return [self.kept[name] for name in sorted(self.kept)][:limit]

    def remove(self, project_id: str, key: str, found: Sequence[Waiting]) -> None:
        for one in found:
            del self.kept[one.action_id]


class FakeExecutions:
    """Takes the results of all action executions but the first ones, which are over."""

    def __init__(self, over: int) -> None:
        self.over = over

    def complete_action(self, caller: Caller, action_id: str, state: str, output: Json, given: bool) -> Any:
        if int(action_id[1:]) < self.over:
            raise IllegalTransition("it timed out")

    def has_result(self, caller: Caller, action_id: str, state: str, output: Json) -> bool:
        return False


def standing(action_id: str) -> Standing:
    return Standing(action_id, RUNNING, True, False, "p", "e")


def signals(waiting: int, over: int = 0) -> tuple[Signals, FakeStore]:
    store = FakeStore(waiting)
    return Signals(store, cast(Runs, None), standing, FakeExecutions(over), FakeClock()), store


@pytest.mark.parametrize("over", [0, 1, MOST, 3 * MOST])
def test_those_who_are_over_hide_nobody_who_waits(over: int) -> None:
    sent, store = signals(over + 1, over)
    assert sent.send(CALLER, "k", "SUCCESS", None) == [f"a{over:05}"]
    assert store.kept == {}


def test_one_signal_ends_no_more_than_a_request_has_time_for() -> None:
    sent, _ = signals(MOST + 1)
    assert len(sent.send(CALLER, "k", "SUCCESS", None)) == MOST
    assert sent.send(CALLER, "k", "SUCCESS", None) == [f"a{MOST:05}"]
    with pytest.raises(NotFound):
        sent.send(CALLER, "k", "SUCCESS", None)


def test_those_who_wait_since_later_are_left_alone() -> None:
    sent, store = signals(MOST + 1)
    assert sent.end(CALLER, "k", "SUCCESS", None, before=NOW.replace(year=2025)) == []
    assert (len(store.kept), store.reads) == (MOST + 1, 1)
