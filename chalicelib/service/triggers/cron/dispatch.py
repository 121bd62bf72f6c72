"""How triggers get to the handlers that fire them: messages of the timers queue, each delayed to the second.

A tick hands over what is due before the next one; what is due even sooner is handed over by whoever makes it so. A
message names the version of the record it speaks of: once that has moved on, nothing comes of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.messaging.bodies import FireCronTrigger
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import DefinitionRecord, DueDefinition
from chalicelib.ports.messaging import Message, Queues

MARGIN = timedelta(seconds=5)
"""How much later than planned the next tick may come, and triggers still fire on the second."""

LATE = timedelta(seconds=1)
"""From when on a trigger has not fired on the second."""


class CronQueue:
    """Hands triggers over; ticks come every `period`."""

    def __init__(self, queues: Queues, clock: Clock, period: timedelta) -> None:
        self._queues = queues
        self._clock = clock
        self._period = period

    @property
    def ahead(self) -> timedelta:
        """How far a tick looks."""
        return self._period + MARGIN

    def hand_over(self, due: Sequence[DueDefinition]) -> None:
        """Have triggers fired when they are due. Raises `Unavailable`."""
        now = self._clock.now()
        if due:
            self._queues.send_timers([_message(found.id, found.version, found.at, now) for found in due])

    def made(self, record: DefinitionRecord) -> None:
        """Hand over a trigger that is new, if it is due before a tick may find it."""
        self._hand_over_before(record, self._period)

    def moved(self, before: DefinitionRecord, record: DefinitionRecord) -> None:
        """Hand over a trigger that has fired, if it is due again before a tick may find it.

        As a rule a tick finds what is due in a minute. It does not if it came just before the trigger had fired; then
        the trigger was late, and would be for ever.
        """
        was_late = before.due is not None and self._clock.now() - before.due >= LATE
        self._hand_over_before(record, self._period if was_late else self._period * 5 / 6)

    def _hand_over_before(self, record: DefinitionRecord, span: timedelta) -> None:
        if record.due is not None and record.due - self._clock.now() <= span:
            self.hand_over([DueDefinition(record.kind, record.id, record.version, record.due)])


def _message(trigger_id: str, version: int, at: datetime, now: datetime) -> Message:
    body = FireCronTrigger(trigger=trigger_id, version=version)
    return Message(trigger_id, f"{trigger_id}-{version}", body, max(0, math.ceil((at - now).total_seconds())))
