"""Look after what nothing else would: runs that may be stuck, and messages that nobody could handle (property P2)."""

from __future__ import annotations

from chalicelib.core.engine.events import Poisoned
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import ERROR
from chalicelib.errors import NotFound
from chalicelib.ports import Clock, Queues, Runs
from chalicelib.service import messages
from chalicelib.service.advance import Advance, Errand

SWEPT = 200
"""How many runs one tick looks at; the rest is due at the next one."""


class Sweeper:
    """Asks runs that are due to check themselves, and ends those whose messages are beyond help."""

    def __init__(self, runs: Runs, queues: Queues, advance: Advance, clock: Clock) -> None:
        self._runs = runs
        self._queues = queues
        self._advance = advance
        self._clock = clock

    def tick(self) -> int:
        """Send a check to every run that is due; how many."""
        now = self._clock.now()
        due = self._runs.due(now, SWEPT)
        occasion = now.strftime("%Y%m%d%H%M")
        if due:
            self._queues.send_events([messages.check_message(execution_id, occasion) for execution_id in due])
        return len(due)

    def bury_event(self, body: JsonDict) -> None:
        """End the run whose event could not be handled in ERROR, saying so."""
        reason = f"The event '{body.get('event')}' could not be handled, however often it was tried."
        try:
            self._advance.apply(messages.execution_of(body), [Poisoned(reason)], Errand(again=True))
        except NotFound:
            return

    def bury_order(self, body: JsonDict) -> None:
        """End the action that no executor could run in ERROR."""
        order = messages.order(body)
        reason = "The action could not be handed to an executor, however often it was tried."
        self._queues.send_events([messages.result_message(order, ERROR, reason)])
