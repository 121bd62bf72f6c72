"""The crash sweep: whatever AWS call a process dies at, the execution ends as if nothing had happened (P1-P3, P8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.disturbance import Disturbance
from tests.faults.families import FAMILIES
from tests.faults.process import Adapters
from tests.faults.scenarios import DISPATCHED, comparable, played
from tests.faults.scenarios import SCENARIOS as ORDINARY
from tests.faults.second_chances import SECOND_CHANCES

SCENARIOS = ORDINARY | FAMILIES | SECOND_CHANCES


@pytest.mark.parametrize("name", SCENARIOS)
def test_undisturbed(adapters: Adapters, name: str) -> None:
    rig = played(adapters, SCENARIOS[name], Disturbance())
    assert rig.outcome()["state"] == SCENARIOS[name].state
    assert rig.outcome()["output"] == SCENARIOS[name].output


def deaths(calls: int) -> Iterator[tuple[int, Disturbance]]:
    """Every point at which a process may die. Dying before a call is dying after the one before it; both leave the
    same world behind."""
    yield 0, Disturbance(crash_at=1, after=False)
    yield from ((call, Disturbance(crash_at=call, after=True)) for call in range(1, calls + 1))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_crash_at_any_call_changes_nothing(adapters: Adapters, name: str) -> None:
    quiet = Disturbance()
    expected = comparable(played(adapters, SCENARIOS[name], quiet))
    assert quiet.calls > 5
    for call, death in deaths(quiet.calls):
        rig = played(adapters, SCENARIOS[name], death)
        assert comparable(rig) == expected, f"crash after call {call} of {quiet.names}"


def test_an_action_with_effects_never_runs_twice(adapters: Adapters) -> None:
    quiet = Disturbance()
    played(adapters, DISPATCHED, quiet)
    for call, death in deaths(quiet.calls):
        rig = played(adapters, DISPATCHED, death)
        assert all(count == 1 for count in rig.ran.values()), f"crash after call {call} of {quiet.names}"
        assert rig.outcome()["state"] == "SUCCESS"
        ended = {"done": "called"} if rig.tasks()[0].state == "SUCCESS" else {"done": "unknown"}
        assert rig.outcome()["output"] == ended
