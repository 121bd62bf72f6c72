"""Maintenance as an operator has it: asked for, and carried on by ticks until it has come about."""

from __future__ import annotations

from tests.faults.rig import Rig
from tests.faults.scenarios import SCENARIOS, Scenario

MAINTAINED = """
    version: '2.0'
    WORKFLOW:
      input: [n: 0]
      output: {n: '<% $.get(n, 0) %>'}
      tasks:
        ask: {action: std.async_noop, on-success: end}
        end: {action: std.noop}
        later: {action: std.noop, wait-before: 5}
        decide: {action: std.noop, on-success: [{below: <% $.n < 1 %>}]}
        below: {workflow: WORKFLOW n=<% $.n + 1 %>}
    """
"""Waits for a result from outside and for time to pass, and so does its sub-execution."""

TICKS = 6
"""How many ticks it may take, deaths of the process included."""


def maintain(rig: Rig, wanted: str) -> None:
    """Begin or end maintenance, and let ticks and messages pass, but not time, until it has come about."""
    rig.insist(lambda: rig.process.maintenance.change(wanted))
    for _ in range(TICKS):
        deliver_at_once(rig)
        if _asked(rig) == 0 and status(rig) == wanted:
            return
    raise AssertionError(f"maintenance is {status(rig)} and not {wanted}")


def tick(rig: Rig) -> str:
    """One tick; the status then."""
    _asked(rig)
    return status(rig)


def _asked(rig: Rig) -> int:
    """How many executions a tick asks to pause or to go on."""
    seen: list[int] = []
    rig.insist(lambda: seen.append(rig.process.maintenance.tick()))
    return seen[-1]


def status(rig: Rig) -> str:
    """PAUSING, PAUSED or RUNNING."""
    seen: list[str] = []
    rig.insist(lambda: seen.append(rig.process.maintenance.status))
    return seen[-1]


def deliver_at_once(rig: Rig) -> None:
    """Deliver all messages that need not wait for their time."""
    while rig.turn_at_once():
        pass


def _maintain(rig: Rig) -> None:
    rig.start()
    deliver_at_once(rig)
    maintain(rig, "PAUSED")
    rig.complete("ask", {"by": "someone"})
    maintain(rig, "RUNNING")
    rig.settle()


MAINTENANCE = {"maintenance": Scenario(SCENARIOS["pause and resume"].text, play=_maintain, output={"by": "someone"})}
