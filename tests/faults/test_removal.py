"""A tree of executions that is deleted is gone, whatever call a process dies at."""

from __future__ import annotations

from chalicelib.errors import NotFound
from tests.faults.disturbance import Disturbance
from tests.faults.process import Adapters
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
