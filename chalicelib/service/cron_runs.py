"""Executions of a cron trigger that somebody asks for: now, or for fire times of the past. When it fires by itself is
in `cron_firing`; neither counts for the other."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import NamedTuple

from chalicelib.errors import InvalidRequest
from chalicelib.ports import Clock
from chalicelib.service.caller import Caller
from chalicelib.service.cron_facts import execution_id, facts_of
from chalicelib.service.cron_firing import Starts, start_request
from chalicelib.service.cron_triggers import CronTriggers
from chalicelib.service.trigger_content import runs_for

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
