"""Whatever AWS call a process dies at: listeners hear of every change, in order, at least once."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.functions.notify import handle_notifications
from chalicelib.ports.messaging import Notice
from chalicelib.service.executions.commands import StartRequest
from chalicelib.service.notifications import Notifier
from chalicelib.service.outgoing.large_values import KeptValues
from tests.faults.disturbance import Disturbance
from tests.faults.process import Adapters
from tests.faults.rig import CALLER, DISTURBANCES, Answer, Rig

WORKFLOW = """
version: '2.0'
WORKFLOW:
  tasks:
    one: {action: std.noop, on-success: two}
    two: {action: std.sleep seconds=0, on-success: [fail]}
"""
EXPECTED = [
    ("WORKFLOW_LAUNCHED", "workflow"),
    ("TASK_LAUNCHED", "one"),
    ("TASK_SUCCEEDED", "one"),
    ("TASK_LAUNCHED", "two"),
    ("TASK_SUCCEEDED", "two"),
    ("WORKFLOW_FAILED", "workflow"),
]


class ListeningRig(Rig):
    """One who listens to everything."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters, WORKFLOW)
        self.heard: dict[str, tuple[str, str]] = {}
        """What was heard, in the order in which it was heard first."""
        values = KeptValues(adapters.blobs)
        self._notifier = Notifier(adapters.runs, values, {"ear": self._hear})

    def start(self, given: JsonDict | None = None) -> None:
        request = StartRequest(self.name, params={"notify": [{"type": "ear"}]}, id=self.execution_id)
        self.insist(lambda: self.process.executions.start(CALLER, request))

    def turn(self) -> bool:
        queue = self.adapters.backend.resources.environment()["NOTIFICATIONS_QUEUE"]
        return super().turn() or self._turn(queue, self._notify)

    def _notify(self, event: Answer) -> Answer:
        return handle_notifications(event, self._notifier, lambda: 60.0)

    def _hear(self, listener: JsonDict, notice: Notice) -> None:
        name = str(notice.payload["name"])
        self.heard.setdefault(notice.key, (notice.event, "workflow" if name == self.name else name))


def played(adapters: Adapters, disturbance: Disturbance) -> ListeningRig:
    rig = ListeningRig(adapters)
    DISTURBANCES[:] = [disturbance]
    with disturbance.on(*adapters.clients):
        rig.start()
        rig.deliver()
    return rig


def test_a_crash_at_any_call_loses_no_notification_and_keeps_their_order(adapters: Adapters) -> None:
    quiet = Disturbance()
    assert [*played(adapters, quiet).heard.values()] == EXPECTED
    for death in quiet.deaths():
        assert [*played(adapters, death).heard.values()] == EXPECTED, f"{death} of {quiet.names}"
