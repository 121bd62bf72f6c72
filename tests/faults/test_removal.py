"""A tree of executions that is deleted is gone, whatever call a process dies at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from chalicelib.core.engine.state.draft import Limits
from chalicelib.errors import NotFound
from chalicelib.ports.runs import Selection
from tests.faults.disturbance import READS, Disturbance
from tests.faults.process import Adapters, Process
from tests.faults.rig import CALLER, DISTURBANCES, Rig

TREE = """
    version: '2.0'
    WORKFLOW:
      input: [n: 0]
      tasks:
        decide: {action: std.noop, on-success: [{each: <% $.n < 2 %>}, {wait: <% $.n = 2 %>}]}
        each: {with-items: 'i in [1, 2]', workflow: WORKFLOW n=<% $.n + 1 %>}
        wait: {action: std.async_noop}
    """


def delete(rig: Rig) -> None:
    try:
        rig.process.executions.delete(CALLER, rig.execution_id, True)
    except NotFound:  # the answer was lost, the deletion was not
        return


def left(adapters: Adapters, disturbance: Disturbance) -> int:
    """How many of seven executions are there after the first of them was deleted."""
    rig = Rig(adapters, TREE)
    rig.start()
    rig.deliver()
    parts = rig.family()
    assert len(parts) == 7
    DISTURBANCES[:] = [disturbance]
    with disturbance.on(*adapters.clients):
        rig.insist(lambda: delete(rig))
        rig.deliver()
    return sum(adapters.runs.run(part) is not None for part in parts)


def test_a_crash_at_any_call_leaves_nothing_behind(adapters: Adapters) -> None:
    quiet = Disturbance()
    assert left(adapters, quiet) == 0
    assert "SendMessageBatch" in quiet.names
    for death in quiet.deaths():
        where = str(death)
        assert left(adapters, death) == 0, f"{where} of {quiet.names}"


GROWING = TREE.replace("[1, 2]", "<% range(2 - $.n) %>")
TIMED = GROWING.replace("wait: {", "wait: {timeout: 60, retry: {count: 1, delay: 5}, ")


@dataclass
class Intrusion(Disturbance):
    """At one call somebody else does something, from beginning to end; then the call, and its process, goes on."""

    meddle: Callable[[], object] = field(default=lambda: None)

    def _die(self) -> None:
        self.crash_at = None
        noticed, self.calls = self.calls, -MANY  # the calls of the other one do not count
        self.meddle()
        self.calls = noticed


MANY = 1_000_000


def left_of(rig: Rig) -> list[str]:
    """The ids of all executions of a tree that anybody can still find."""
    found = rig.adapters.runs.page(Selection(CALLER.project_id), None, 10_000, True)
    return [run.start.id for run in found if rig.execution_id in (run.start.id, run.start.root_execution_id)]


def grown_meanwhile(adapters: Adapters, intrusion: Intrusion) -> Rig:
    """A tree of three levels that is deleted by another process at some call while it grows."""
    rig = Rig(adapters, GROWING)
    other = Process(adapters, Limits(), rig.ran)
    rig.start()
    intrusion.meddle = lambda: other.executions.delete(CALLER, rig.execution_id, True)
    DISTURBANCES[:] = [intrusion]
    with intrusion.on(*adapters.clients):
        rig.deliver()
    return rig


@pytest.mark.timeout(300)
def test_whenever_a_growing_tree_is_deleted_nothing_of_it_is_left(own_adapters: Adapters) -> None:
    quiet = Intrusion()
    assert len(left_of(grown_meanwhile(own_adapters, quiet))) == 5
    writes = [(call, name) for call, name in enumerate(quiet.names, start=1) if not name.startswith(READS)]
    for call, name in writes:  # before a read is as after what was written last
        rig = grown_meanwhile(own_adapters, Intrusion(crash_at=call))
        assert left_of(rig) == [], f"deleted before call {call}, {name}, of {quiet.names}"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("turns", [1, 3])
def test_a_deletion_of_a_growing_tree_that_is_cut_short_is_finished(own_adapters: Adapters, turns: int) -> None:
    """By a message: the client need not ask again."""

    def played(disturbance: Disturbance) -> Rig:
        rig = Rig(own_adapters, TIMED)
        rig.start()
        for _ in range(turns):
            rig.turn()
        DISTURBANCES[:] = [disturbance]
        with disturbance.on(*own_adapters.clients):
            rig.insist(lambda: delete(rig))
            rig.deliver()
        return rig

    quiet = Disturbance()
    assert left_of(played(quiet)) == []
    for death in quiet.deaths():
        where = str(death)
        assert left_of(played(death)) == [], f"{where} of {quiet.names}"
