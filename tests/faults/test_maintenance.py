"""Maintenance over real stores and queues: every execution comes to rest, and those that it paused go on."""

from __future__ import annotations

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.states import State
from tests.faults.maintaining import MAINTAINED, deliver_at_once, maintain, status, tick
from tests.faults.process import Adapters
from tests.faults.rig import Rig

WORKING = """
version: '2.0'
WORKFLOW:
  tasks:
    work: {action: std.sleep seconds=1, on-success: after}
    after: {action: std.noop}
"""


def states(rig: Rig) -> list[State]:
    """Those of the execution and of all below it."""
    found = [rig.adapters.runs.run(part) for part in rig.family()]
    return [run.head.state for run in found if run is not None]


def test_all_executions_pause_though_something_waits_and_go_on_afterwards(own_adapters: Adapters) -> None:
    """One waits for a result from outside, its task for time to pass, and below it a sub-execution does both."""
    rig, alone = Rig(own_adapters, MAINTAINED), Rig(own_adapters, MAINTAINED)
    for one in (rig, alone):
        one.start()
        deliver_at_once(one)
    maintain(rig, "PAUSED")
    for one in (rig, alone):
        assert states(one) == ["PAUSED", "PAUSED"]
    maintain(rig, "RUNNING")
    for one in (rig, alone):
        assert states(one) == ["RUNNING", "RUNNING"]
        one.complete_everywhere("ask", {})
        one.settle()
        assert states(one) == ["SUCCESS", "SUCCESS"]


def test_what_comes_meanwhile_counts_afterwards(own_adapters: Adapters) -> None:
    """Results and the ends of delays are taken in, and nothing follows from them until maintenance is over."""
    rig = Rig(own_adapters, MAINTAINED)
    rig.start()
    deliver_at_once(rig)
    maintain(rig, "PAUSED")
    rig.complete_everywhere("ask", {})
    rig.settle()
    assert (status(rig), states(rig)) == ("PAUSED", ["PAUSED", "PAUSED"])
    maintain(rig, "RUNNING")
    rig.settle()
    assert states(rig) == ["SUCCESS", "SUCCESS"]


def test_an_action_that_runs_is_waited_for(own_adapters: Adapters) -> None:
    rig = Rig(own_adapters, WORKING)
    rig.start()
    rig.process.maintenance.change("PAUSED")
    for _ in range(3):
        while rig.turn_of_events():
            pass
        assert tick(rig) == "PAUSING"
    assert states(rig) == ["PAUSED"]
    deliver_at_once(rig)  # the executor has run it
    assert [tick(rig), tick(rig)][-1] == "PAUSED"
    assert [task.name for task in rig.tasks()] == ["work"]
    maintain(rig, "RUNNING")
    rig.settle()
    assert (states(rig), [task.name for task in rig.tasks()]) == (["SUCCESS"], ["work", "after"])


def test_what_people_paused_stays_paused(own_adapters: Adapters) -> None:
    rig = Rig(own_adapters, MAINTAINED)
    rig.start()
    deliver_at_once(rig)
    rig.change("PAUSED")
    deliver_at_once(rig)
    maintain(rig, "PAUSED")
    maintain(rig, "RUNNING")
    rig.settle()
    assert states(rig) == ["PAUSED", "PAUSED"]
    rig.change("RUNNING")
    rig.complete_everywhere("ask", {})
    rig.settle()
    assert states(rig) == ["SUCCESS", "SUCCESS"]


def test_what_a_client_pauses_alone_below_stays_paused(own_adapters: Adapters) -> None:
    """Maintenance asks each execution by itself, so the wish of a client for one of them is not lost."""
    rig = Rig(own_adapters, MAINTAINED)
    rig.start()
    deliver_at_once(rig)
    part = ids.partition(rig.execution_id)
    (child_id,) = [one for task in rig.tasks() for one in sub_executions.ids_of(part, task)]
    rig.change("PAUSED", child_id)
    deliver_at_once(rig)
    before = states(rig)
    maintain(rig, "PAUSED")
    maintain(rig, "RUNNING")
    assert states(rig) == before == ["PAUSED", "PAUSED"]
