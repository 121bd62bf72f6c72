"""Fires cron triggers that are due; run-now and backfill.

The record of a trigger says when it is due, and is found by that. A tick hands every trigger that is due before long
over to the timers queue, so that many are spread over handlers; it changes nothing. A handler starts the execution and
then moves the record on to the next fire time, under its version:

* The message names the version of the record. Once that has moved on, repeated and late messages are dropped.
* The id of the execution follows from the trigger and the fire time. Who dies between starting it and moving the record
  on, or is overtaken, has it started again under the same id, which changes nothing.
* What is not moved on is still due, and the next tick hands it over again.

in `cron_firing`; neither counts for the other.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from itertools import islice
from typing import NamedTuple, Protocol

from chalicelib.core import ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Run
from chalicelib.core.states import CANCELLED, TERMINAL
from chalicelib.errors import InvalidRequest, LostRace, MeltemiError
from chalicelib.messaging.bodies import FireCronTrigger
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import DefinitionChange, DefinitionRecord, DefinitionStore, DueDefinitions
from chalicelib.ports.runs import Runs
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.kinds import CRON_TRIGGER
from chalicelib.service.executions.commands import StartRequest
from chalicelib.service.triggers.content import Given, runs_for
from chalicelib.service.triggers.cron.dispatch import CronQueue
from chalicelib.service.triggers.cron.schedule import (
    ALLOW,
    BUFFER_ONE,
    SKIP,
    CronFacts,
    execution_id,
    facts_of,
    removal,
    with_facts,
)
from chalicelib.service.triggers.cron.triggers import CronTriggers

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


MOST = 100
"""How many fire times one request makes up for."""


FIRST_YEAR = 1970


class Made(NamedTuple):
    """A fire time and the execution that it has."""

    at: datetime
    execution_id: str


class CronRuns:
    """Starts what a trigger would start."""

    def __init__(self, triggers: CronTriggers, executions: Starts, clock: Clock) -> None:
        self._triggers = triggers
        self._executions = executions
        self._clock = clock

    def run(self, caller: Caller, identifier: str) -> str:
        """Start one execution now; its id. Raises `NotFound`, `Forbidden`, and what starting an execution does."""
        record = self._triggers.changeable(caller, identifier)
        request = start_request(record, self._triggers.given(record.ref), None)
        return self._executions.start(runs_for(record), request).start.id

    def backfill(self, caller: Caller, identifier: str, start: datetime, end: datetime, dry_run: bool) -> list[Made]:
        """Start an execution for each fire time from `start` to before `end`, or say which, if it is a `dry_run`.

        A fire time that has its execution gets no second one, so the same can be asked for again. Raises as `run`, and
        `InvalidRequest` for a period that is not over or has too many fire times.
        """
        if start.year < FIRST_YEAR:  # times at the edge of the calendar cannot be reckoned with
            raise InvalidRequest(f"'from' must not lie before the year {FIRST_YEAR}")
        if not start < end <= self._clock.now():
            raise InvalidRequest("'from' must be before 'to', and 'to' must not lie in the future")
        record = self._triggers.changeable(caller, identifier)
        times = list(islice(facts_of(record.facts).between(start, end), MOST + 1))
        if len(times) > MOST:
            raise InvalidRequest(f"There are more than {MOST} fire times in this period: ask for a part of it first")
        found = [Made(at, execution_id(record.id, at)) for at in times]
        for made in [] if dry_run else found:
            request = start_request(record, self._triggers.given(record.ref), made.execution_id)
            self._executions.start(runs_for(record), request)
        return found
