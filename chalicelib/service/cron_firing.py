"""Fire cron triggers: exactly one execution for each fire time (property P3).

The record of a trigger says when it is due, and is found by that. A tick hands every trigger that is due before long
over to the timers queue, so that many are spread over handlers; it changes nothing. A handler starts the execution and
then moves the record on to the next fire time, under its version:

* The message names the version of the record. Once that has moved on, repeated and late messages are dropped.
* The id of the execution follows from the trigger and the fire time. Who dies between starting it and moving the record
  on, or is overtaken, has it started again under the same id, which changes nothing.
* What is not moved on is still due, and the next tick hands it over again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from chalicelib.core import ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Run
from chalicelib.core.states import CANCELLED, TERMINAL
from chalicelib.errors import LostRace, MeltemiError
from chalicelib.messaging.bodies import FireCronTrigger
from chalicelib.ports import Clock, DefinitionChange, DefinitionRecord, DefinitionStore, Runs
from chalicelib.ports_due import DueDefinitions
from chalicelib.service.caller import Caller
from chalicelib.service.cron_facts import ALLOW, BUFFER_ONE, SKIP, CronFacts, execution_id, facts_of
from chalicelib.service.cron_queue import CronQueue
from chalicelib.service.cron_records import removal, with_facts
from chalicelib.service.definitions_kinds import CRON_TRIGGER
from chalicelib.service.executions import StartRequest
from chalicelib.service.trigger_content import Given, runs_for

log = logging.getLogger(__name__)

RACES = 3
"""How often a lost race is run again before the message has to come again."""


class Starts(Protocol):
    """Starts and stops executions: `Executions`."""

    def start(self, caller: Caller, request: StartRequest) -> Run:
        """Start an execution, or return the one that has the id already."""
        ...

    def change_state(
        self, caller: Caller, execution_id: str, state: str, message: str | None, env: JsonDict | None
    ) -> Run:
        """Pause, resume or stop an execution."""
        ...


class Turn(Enum):
    """What is to be done at a fire time."""

    START = auto()
    PASS = auto()
    WAIT = auto()


class CronFiring:
    """Starts what cron triggers say. Safe for one trigger to be fired by several threads and processes at once."""

    def __init__(
        self,
        store: DefinitionStore,
        due: DueDefinitions,
        executions: Starts,
        runs: Runs,
        queue: CronQueue,
        clock: Clock,
        is_open: Callable[[], bool],
    ) -> None:
        """`is_open`: whether the service takes writes; triggers wait while it does not."""
        self._store = store
        self._due = due
        self._executions = executions
        self._runs = runs
        self._queue = queue
        self._clock = clock
        self._is_open = is_open

    def tick(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Hand over what is due before the next tick; how many. What there is no time for comes next time."""
        if not self._is_open():
            return 0
        handed = 0
        for page in self._due.due(self._clock.now() + self._queue.ahead):
            self._queue.hand_over(page)
            handed += len(page)
            if not may_go_on():
                break
        return handed

    def fire(self, body: FireCronTrigger) -> None:
        """Start what a trigger is due to start and move it on, unless that has happened. Raises what is retryable."""
        self._settle(body, self._fire)

    def bury(self, body: FireCronTrigger) -> None:
        """Move a trigger on whose message could not be handled, however often it was tried; it says so."""
        self._settle(body, lambda record: self._move_on(record, "The trigger could not be fired."))

    def _settle(self, body: FireCronTrigger, settle: Callable[[DefinitionRecord], None]) -> None:
        for _ in range(RACES):
            record = self._store.by_id(CRON_TRIGGER.name, body.trigger)
            if record is None or record.version != body.version or not self._is_open():
                return
            try:
                return settle(record)
            except LostRace:
                continue
        raise LostRace()

    def _fire(self, record: DefinitionRecord) -> None:
        facts = facts_of(record.facts)
        turn = self._turn(record, facts)
        if turn is Turn.START:
            self._move_on(record, self._start(record, facts))
        elif turn is Turn.PASS:
            self._write(record, facts.passed(self._clock.now()))

    def _turn(self, record: DefinitionRecord, facts: CronFacts) -> Turn:
        if record.due is None or facts.is_missed(record.due, self._clock.now()):
            return Turn.PASS
        if facts.overlap == ALLOW or facts.last is None:
            return Turn.START
        previous = execution_id(record.id, facts.last)
        run = self._runs.run(ids.partition(previous))
        if run is None or run.head.state in TERMINAL:
            return Turn.START
        if facts.overlap in (SKIP, BUFFER_ONE):
            return Turn.PASS if facts.overlap == SKIP else Turn.WAIT
        reason = f"Cancelled by cron trigger '{record.id}', which starts the next execution."
        self._executions.change_state(Caller(record.project_id), previous, CANCELLED, reason, None)
        return Turn.START

    def _start(self, record: DefinitionRecord, facts: CronFacts) -> str | None:
        """Start the execution of a fire time; why it was refused."""
        request = start_request(
            record, Given.of(self._store.text(record.ref).body), execution_id(record.id, facts.next)
        )
        try:
            self._executions.start(runs_for(record), request)
        except MeltemiError as error:
            if error.retryable:
                raise
            log.warning("cron trigger %s started nothing: %s", record.id, error.message)
            return error.message
        return None

    def _move_on(self, record: DefinitionRecord, error: str | None) -> None:
        self._write(record, facts_of(record.facts).fired(self._clock.now(), error))

    def _write(self, record: DefinitionRecord, facts: CronFacts | None) -> None:
        """Give a trigger its next fire time; without one it is removed."""
        if facts is None:
            return self._store.write(removal(self._store, record))
        moved = with_facts(record, facts, self._clock.now())
        self._store.write([DefinitionChange(record, moved)])
        self._queue.moved(record, moved)


def start_request(record: DefinitionRecord, given: Given, identifier: str | None) -> StartRequest:
    """What a trigger starts (engine rules §22)."""
    triggered_by: Json = {"type": "cron_trigger", "id": record.id}
    description = {
        "description": f"Workflow execution created by cron trigger '({record.id})'.",
        "triggered_by": triggered_by,
    }
    return StartRequest(
        workflow=record.uses,
        input=given.input,
        params=given.params,
        description=json.dumps(description),
        id=identifier,
    )
