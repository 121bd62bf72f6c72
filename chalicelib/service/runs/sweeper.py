"""Look after what nothing else would: runs that may be stuck, and messages that nobody could handle (property P2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chalicelib.core import ids
from chalicelib.core.engine.state.events import Poisoned
from chalicelib.core.states import ERROR, TERMINAL
from chalicelib.messaging.bodies import RemoveExecution, RunAction, StepBody, kind_of
from chalicelib.ports.clock import Clock
from chalicelib.ports.messaging import Queues
from chalicelib.ports.runs import Runs
from chalicelib.service.outgoing import messages
from chalicelib.service.runs.advance import Advance, Errand, Orphan, UnknownExecution
from chalicelib.service.runs.creation import LOOK_AFTER
from chalicelib.service.runs.removal import Removal

SWEPT = 100
"""How many runs a shard one look takes."""


class Sweeper:
    """Asks runs that are due to check themselves, and ends those whose messages are beyond help."""

    def __init__(self, runs: Runs, queues: Queues, advance: Advance, removal: Removal, clock: Clock) -> None:
        self._runs = runs
        self._queues = queues
        self._advance = advance
        self._removal = removal
        self._clock = clock

    def tick(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Send a check to every unfinished run that is due; how many. What there is no time for comes next time."""
        now, checked = self._clock.now(), 0
        while True:
            due = self._runs.due(now, SWEPT)
            unfinished = [run for run in due.runs if run.head.state not in TERMINAL or run.head.outbox]
            occasion = now.strftime("%Y%m%d%H%M")
            if unfinished:
                self._queues.send_events([messages.check_message(run.start.id, occasion) for run in unfinished])
            for run in unfinished:
                if run.head.state not in TERMINAL:
                    self._runs.look_again(ids.partition(run.start.id), now + _patience(now - run.start.created_at))
            self._runs.looked_at(due)
            checked += len(unfinished)
            if not due.cursors or not may_go_on():
                return checked

    def bury_event(self, body: StepBody) -> None:
        """End the run whose event could not be handled in ERROR, saying so; one that was to be removed is removed."""
        if isinstance(body, RemoveExecution):
            self._removal.go_on(body)
            return
        reason = f"The event '{kind_of(body)}' could not be handled, however often it was tried."
        self._poison(body.execution, reason)

    def _poison(self, execution_id: str, reason: str) -> None:
        try:
            self._advance.apply(execution_id, [Poisoned(reason)], Errand(again=True))
        except Orphan:
            self._removal.remove(messages.group_of(execution_id))
        except UnknownExecution:  # deleted meanwhile
            return

    def bury_unreadable(self, execution_id: str) -> None:
        """End a run, one of whose messages cannot be read, in ERROR."""
        self._poison(execution_id, "A message of this execution cannot be read.")

    def bury_order(self, body: RunAction) -> None:
        """End the action that no executor could run in ERROR."""
        reason = "The action could not be handed to an executor, however often it was tried."
        ended = messages.result_message(body.execution, body.action, ERROR, reason)
        self._queues.send_events([ended])


def _patience(age: timedelta) -> timedelta:
    return min(max(LOOK_AFTER, age), timedelta(hours=1))
