"""Whatever AWS call a process dies at: a signal brings its result once, to all that wait (P1)."""

from __future__ import annotations

from chalicelib.core.jsontext import Json
from chalicelib.errors import NotFound
from tests.faults.disturbance import Disturbance
from tests.faults.process import Adapters
from tests.faults.rig import CALLER, DISTURBANCES, Rig

ONE = """
version: '2.0'
WORKFLOW:
  output: {said: <% $.said %>}
  tasks:
    ask:
      action: std.wait_signal key="WORKFLOW"
      publish: {said: <% task().result %>}
"""
TWO = ONE.replace("      action", "      with-items: who in <% [1, 2] %>\n      action")


class SignalRig(Rig):
    """A workflow that waits for a signal."""

    def send(self, answer: str) -> None:
        """Send the signal until there is an answer; who got none cannot tell whether it came through."""

        def ask() -> None:
            try:
                self.process.signals.send(CALLER, self.name, "SUCCESS", {"answer": answer})
            except NotFound:
                return

        self.insist(ask)


def test_a_crash_at_any_call_of_a_request_brings_all_that_wait_the_same_result(adapters: Adapters) -> None:
    def played(disturbance: Disturbance) -> SignalRig:
        rig = SignalRig(adapters, TWO)
        DISTURBANCES[:] = [disturbance]
        rig.start()
        rig.deliver()
        with disturbance.on(*adapters.clients):
            rig.send("first")
            rig.send("second")
            rig.deliver()
        return rig

    quiet = Disturbance()
    played(quiet)
    for death in quiet.deaths():
        check(played(death), [{"answer": "first"}] * 2, f"{death} of {quiet.names}")


def test_a_crash_at_any_call_loses_no_answer_of_a_link(adapters: Adapters) -> None:
    def played(disturbance: Disturbance) -> SignalRig:
        rig = SignalRig(adapters, ONE)
        made = rig.process.signal_links.make(CALLER.project_id, rig.name, "?", 60)
        DISTURBANCES[:] = [disturbance]
        with disturbance.on(*adapters.clients):
            rig.start()
            rig.deliver()
            rig.insist(lambda: rig.process.signal_links.answer(made.url.rpartition("/")[2], True))
            rig.deliver()
        return rig

    quiet = Disturbance()
    played(quiet)
    for death in quiet.deaths():
        check(played(death), {"approved": True, "comment": ""}, f"{death} of {quiet.names}")


def check(rig: SignalRig, said: Json, where: str) -> None:
    outcome = rig.outcome()
    assert (outcome["state"], outcome["output"]) == ("SUCCESS", {"said": said}), where
    assert rig.process.signals.waiting(CALLER, rig.name) == [], where
