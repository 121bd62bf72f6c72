"""The crash sweep: whatever AWS call a process dies at, the execution ends as if nothing had happened (P1-P3, P8)."""

from __future__ import annotations

import pytest

from tests.faults.disturbance import Disturbance
from tests.faults.families import FAMILIES
from tests.faults.maintaining import MAINTENANCE
from tests.faults.process import Adapters
from tests.faults.scenarios import DISPATCHED, comparable, played
from tests.faults.scenarios import SCENARIOS as ORDINARY
from tests.faults.second_chances import SECOND_CHANCES

SCENARIOS = ORDINARY | FAMILIES | SECOND_CHANCES | MAINTENANCE


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_crash_at_any_call_changes_nothing(own_adapters: Adapters, name: str) -> None:
    quiet = Disturbance()
    undisturbed = played(own_adapters, SCENARIOS[name], quiet)
    assert undisturbed.outcome()["state"] == SCENARIOS[name].state
    assert undisturbed.outcome()["output"] == SCENARIOS[name].output
    assert quiet.calls > 5
    expected = comparable(undisturbed)
    for death in quiet.deaths():
        where = str(death)
        rig = played(own_adapters, SCENARIOS[name], death)
        assert comparable(rig) == expected, f"{where} of {quiet.names}"


@pytest.mark.parametrize("after", [False, True])
def test_an_action_with_effects_never_runs_twice(own_adapters: Adapters, after: bool) -> None:
    """Here it matters on which side of a call the process dies: the action runs between two of them."""
    quiet = Disturbance()
    played(own_adapters, DISPATCHED, quiet)
    for call in range(1, quiet.calls + 1):
        rig = played(own_adapters, DISPATCHED, Disturbance(crash_at=call, after=after))
        assert all(count == 1 for count in rig.ran.values()), f"crash at call {call} of {quiet.names}"
        assert rig.outcome()["state"] == "SUCCESS"
        ended = {"done": "called"} if rig.tasks()[0].state == "SUCCESS" else {"done": "unknown"}
        assert rig.outcome()["output"] == ended
