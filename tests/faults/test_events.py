"""Whatever AWS call the function that fires event triggers dies at: each trigger has its one execution (P1, P3).

The event is put on a bus, so this also shows that its rule, the queue and the function fit together.
"""

from __future__ import annotations

from chalicelib.core.jsontext import dumps
from chalicelib.entry.functions.listen import handle_incoming
from chalicelib.ports.definitions import DefinitionRecord
from chalicelib.ports.runs import Selection
from chalicelib.service.outgoing.large_values import KeptValues
from chalicelib.service.triggers.events.triggers import EventRequest
from tests.faults.disturbance import Disturbance
from tests.faults.process import Adapters
from tests.faults.rig import CALLER, DISTURBANCES, Answer, Rig

WORKFLOW = """
version: '2.0'
WORKFLOW:
  output: {cpu: <% execution().params.event_params.payload.cpu %>}
  tasks:
    say: {action: std.noop}
"""
OTHER = "version: '2.0'\nWORKFLOW: {tasks: {say: {action: std.noop}}}\n"


class EventRig(Rig):
    """Two triggers wait for an event; the workflow of one wants an input by now that it does not give."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters, WORKFLOW)
        self.bus = adapters.backend.resources.names["Bus"]
        wrong = OTHER.replace("WORKFLOW", f"{self.name}-wrong")
        definitions = self.process.definitions
        definitions.create_workflows(CALLER, wrong, "", "private")
        self.good, self.wrong = self.trigger(self.name), self.trigger(f"{self.name}-wrong")
        definitions.update_workflows(CALLER, wrong.replace("{tasks", "{input: [a], tasks"), "", "private")

    def trigger(self, workflow: str) -> DefinitionRecord:
        found = self.process.definitions.find_workflow(CALLER.project_id, workflow, "")
        return self.process.event_triggers.create(CALLER, EventRequest(self.bus, self.name, "alarm", found.id))

    def happen(self) -> None:
        """Put the event on the bus."""
        entry = {"EventBusName": self.bus, "Source": self.name, "DetailType": "alarm", "Detail": dumps({"cpu": 100})}
        answer = self.adapters.backend.clients.events.put_events(Entries=[entry])  # type: ignore[list-item]
        assert answer["FailedEntryCount"] == 0

    def turn(self) -> bool:
        incoming = self.adapters.backend.resources.environment()["INCOMING_QUEUE"]
        return self._turn(incoming, self._listen) or super().turn()

    def _listen(self, event: Answer) -> Answer:
        return handle_incoming(event, self.process.events)

    def outputs(self) -> list[object]:
        """What came out of the executions of the right workflow."""
        runs, values = self.adapters.runs, KeptValues(self.adapters.blobs)
        found = runs.page(Selection(CALLER.project_id, workflow=self.name), None, 10, descending=False)
        return [values.load(run.head.output) for run in found]


def played(adapters: Adapters, disturbance: Disturbance) -> EventRig:
    rig = EventRig(adapters)
    rig.happen()
    DISTURBANCES[:] = [disturbance]
    with disturbance.on(*adapters.clients, adapters.definitions.client):
        rig.deliver()
    return rig


def test_a_crash_at_any_call_of_the_function_that_fires_event_triggers(adapters: Adapters) -> None:
    quiet = Disturbance()
    played(adapters, quiet)
    assert quiet.calls > 15
    for death in quiet.deaths():
        rig = played(adapters, death)
        assert rig.outputs() == [{"cpu": 100}], f"{death} of {quiet.names}"
        noted = rig.process.event_triggers.trigger(CALLER, rig.wrong.id).facts["error"]
        assert "missing=['a']" in str(noted)
