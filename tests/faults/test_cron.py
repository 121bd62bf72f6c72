"""Whatever AWS call a tick or a handler of cron triggers dies at: each fire time has its one execution (P1, P3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core import ids
from chalicelib.ports.runs import Selection
from chalicelib.service.triggers.cron.schedule import execution_id, facts_of
from chalicelib.service.triggers.cron.triggers import CronRequest
from tests.faults.disturbance import Disturbance
from tests.faults.process import Adapters
from tests.faults.rig import CALLER, DISTURBANCES, Rig

WORKFLOW = """
version: '2.0'
WORKFLOW:
  tasks:
    say: {action: std.noop}
"""


class CronRig(Rig):
    """A trigger that fires in two minutes, while a tick comes every minute."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters, WORKFLOW)
        request = CronRequest(name=self.name, workflow=self.name, pattern="* * * * *", remaining=2)
        self.trigger = self.process.cron_triggers.create(CALLER, request)
        first = facts_of(self.trigger.facts).next
        self.times = [first, first + timedelta(minutes=1)]

    def live(self, until: datetime) -> None:
        """Let time pass."""
        while self.adapters.clock.now() < until:
            self.insist(lambda: self.process.cron.tick())
            self.deliver()
            self.adapters.clock.pass_by(timedelta(minutes=1))

    def ended(self) -> list[tuple[str, str | None]]:
        """The executions of the two fire times: their state and description."""
        found = [self.adapters.runs.run(ids.partition(execution_id(self.trigger.id, at))) for at in self.times]
        return [(run.head.state, run.start.workflow_name) for run in found if run is not None]

    def started(self) -> int:
        """How many executions of the workflow there are."""
        selection = Selection(CALLER.project_id, workflow=self.name)
        return len(self.adapters.runs.page(selection, None, 10, descending=False))


def played(adapters: Adapters, disturbance: Disturbance) -> CronRig:
    rig = CronRig(adapters)
    DISTURBANCES[:] = [disturbance]
    with disturbance.on(*adapters.clients, adapters.definitions.client):
        rig.live(rig.times[1] + timedelta(minutes=2))
    return rig


def test_a_crash_at_any_call_of_ticks_and_handlers(adapters: Adapters) -> None:
    quiet = Disturbance()
    played(adapters, quiet)
    assert quiet.calls > 20
    for death in quiet.deaths():
        rig = played(adapters, death)
        assert rig.ended() == [("SUCCESS", rig.name)] * 2, f"{death} of {quiet.names}"
        assert rig.started() == 2
        assert rig.process.cron_triggers.triggers(CALLER) == []
