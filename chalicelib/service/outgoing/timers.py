"""Deliver messages later: seconds to a year from now.

A queue delays a message by up to 15 minutes. What is further off waits in the due-index until the tick finds that it is
near, and has the queue delay it for the rest. Receivers drop a timer that comes twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.ports.clock import Clock
from chalicelib.ports.messaging import LateMessages, Message, Queues
from chalicelib.service.outgoing.messages import Timer

LONGEST = timedelta(seconds=900)
"""What SQS delays a message by at most."""

MARGIN = timedelta(minutes=2)
"""The tick takes messages out this much before they could no longer be delayed exactly; it comes every minute."""

BATCH = 100


class Timers:
    """Sends messages at their time."""

    def __init__(self, late: LateMessages, queues: Queues, clock: Clock) -> None:
        self._late = late
        self._queues = queues
        self._clock = clock

    def set(self, timers: Sequence[Timer]) -> None:
        """Have messages delivered at their time, or at once if that has passed. Raises `Unavailable`."""
        now = self._clock.now()
        soon = [_delayed(timer.message, timer.at, now) for timer in timers if timer.at - now <= LONGEST]
        if soon:
            self._queues.send_timers(soon)
        for timer in timers:
            if timer.at - now > LONGEST:
                self._late.keep(timer.at, timer.message)

    def tick(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Hand over to the queue what is due before long; how many."""
        handed = 0
        while True:
            now = self._clock.now()
            near = self._late.due(now + LONGEST - MARGIN, BATCH)
            if near:
                self._queues.send_timers([_delayed(found.message, found.at, now) for found in near])
                self._late.forget(near)
            handed += len(near)
            if len(near) < BATCH or not may_go_on():
                return handed


def _delayed(message: Message, at: datetime, now: datetime) -> Message:
    return replace(message, delay=max(0, math.ceil((at - now).total_seconds())))
