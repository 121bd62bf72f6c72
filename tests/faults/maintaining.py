"""Maintenance as an operator has it: asked for, and carried on by ticks until it has come about."""

from __future__ import annotations

from chalicelib.ports_maintenance import RUNNING
from tests.faults.rig import Rig

TICKS = 6
"""How many ticks it may take, deaths of the process included."""


def maintain(rig: Rig, wanted: str) -> None:
    """Begin or end maintenance, and let ticks and messages pass, but not time, until it has come about."""
    rig.insist(lambda: rig.process.maintenance.change(wanted))
    for _ in range(TICKS):
        deliver_at_once(rig)
        if tick(rig) == wanted != RUNNING:
            return
    assert status(rig) == wanted


def tick(rig: Rig) -> str:
    """One tick; the status then."""
    rig.insist(lambda: rig.process.maintenance.tick())
    return status(rig)


def status(rig: Rig) -> str:
    """PAUSING, PAUSED or RUNNING."""
    seen: list[str] = []
    rig.insist(lambda: seen.append(rig.process.maintenance.status))
    return seen[-1]


def deliver_at_once(rig: Rig) -> None:
    """Deliver all messages that need not wait for their time."""
    while rig.turn_at_once():
        pass
