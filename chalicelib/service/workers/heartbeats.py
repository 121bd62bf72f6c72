"""Workers that fall silent: a timer looks, once a heartbeat's time, whether the worker of an action was heard of.

A timer costs a message for that time and a read, however often the worker reports. What Mistral's checker does when a
heartbeat is missed happens here too: the action ends in ERROR. One that may run again gets time for it: the order was
not deleted by the worker that died, so the queue hands it to another one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from chalicelib.core.states import ERROR
from chalicelib.errors import LostRace
from chalicelib.messaging.bodies import CheckClaim, CheckDeadline, CheckHeartbeat, WorkerTimer
from chalicelib.ports.clock import Clock
from chalicelib.ports.workers import Watch, Watches
from chalicelib.service.actions.results import Endings
from chalicelib.service.outgoing import heartbeat_timers
from chalicelib.service.outgoing.timers import Timers
from chalicelib.service.runs.action_status import Standing, Standings

SILENT = "Heartbeat wasn't received."

PATIENCE = 5
"""For how many times in a row an action that may run again can wait for another worker."""


class Pulses:
    """Sets the timers, and acts on them."""

    def __init__(
        self,
        watches: Watches,
        standings: Standings,
        endings: Endings,
        timers: Timers,
        heartbeat: timedelta,
        clock: Clock,
    ) -> None:
        self._watches = watches
        self._standings = standings
        self._endings = endings
        self._timers = timers
        self._heartbeat = heartbeat
        self._clock = clock

    def due(self, watch: Watch) -> datetime:
        """Until when a worker has to be heard of."""
        return watch.heard_at + self._heartbeat

    def expect(self, action_id: str, attempt: str, at: datetime | None = None) -> None:
        """Look at `at`, or in a heartbeat's time, whether the worker of this attempt was heard of."""
        self._timers.set([heartbeat_timers.pulse(action_id, attempt, at or self._next)])

    def look(self, timer: WorkerTimer) -> None:
        """Act on a timer that is due. Raises what has the message come again."""
        watch, standing = self._watches.find(timer.action), self._standings.of(timer.action)
        if standing is None or not standing.wanted:
            return
        match timer:
            case CheckDeadline():
                self._endings.end(standing, ERROR, f"Timeout after {timer.seconds:g} seconds")
            case CheckClaim():
                if watch is None:
                    reason = f"No worker has claimed the action within {timer.seconds:g} seconds."
                    self._endings.end(standing, ERROR, reason)
            case CheckHeartbeat():
                if watch is not None and watch.attempt == timer.attempt:
                    self._look_at(watch, standing)
            case _:
                assert_never(timer)

    def _look_at(self, watch: Watch, standing: Standing) -> None:
        if self._clock.now() < self.due(watch):
            self.expect(watch.action_id, watch.attempt, self.due(watch))
        elif standing.safe_rerun and watch.lost < PATIENCE:
            self.expect(watch.action_id, watch.attempt)
            with suppress(LostRace):  # heard of at this moment; the timer is set, and another one would be one too many
                self._watches.change(replace(watch, lost=watch.lost + 1))
        else:
            self.fail(standing)

    def revive(self, timer: WorkerTimer) -> None:
        """Set a timer anew that could not be acted on, however often it was tried: its worker must not go unwatched."""
        self._timers.set([heartbeat_timers.timer(timer, self._next)])

    @property
    def _next(self) -> datetime:
        return self._clock.now() + self._heartbeat

    def fail(self, standing: Standing) -> None:
        """End an action execution whose worker is gone."""
        self._endings.end(standing, ERROR, SILENT)
