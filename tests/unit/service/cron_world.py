"""Cron triggers in memory and in virtual time: a store, a queue that delays, and executions that are only noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import cast

from chalicelib.core import ids
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Run, Start, opened
from chalicelib.core.states import SUCCESS, State
from chalicelib.errors import LostRace, MeltemiError
from chalicelib.messaging.bodies import FireCronTrigger
from chalicelib.ports.definitions import (
    DefinitionChange,
    DefinitionRecord,
    DefinitionStore,
    DefinitionText,
    DueDefinition,
)
from chalicelib.ports.messaging import Message
from chalicelib.ports.runs import Runs
from chalicelib.service.access.caller import Caller
from chalicelib.service.executions.commands import StartRequest
from chalicelib.service.triggers.cron.dispatch import CronQueue
from chalicelib.service.triggers.cron.firing import CronFiring
from chalicelib.service.triggers.cron.schedule import CronFacts, execution_id, facts_of
from tests.bodies import body_of, sent
from tests.unit.service.worlds import FakeClock

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class FakeStore:
    """Records by id, and what DynamoDB guards of them."""

    def __init__(self) -> None:
        self.records: dict[str, DefinitionRecord] = {}
        self.before_write: list[Callable[[], None]] = []

    def by_id(self, kind: str, identifier: str) -> DefinitionRecord | None:
        return self.records.get(identifier)

    def by_name(self, kind: str, project_id: str, namespace: str, name: str) -> DefinitionRecord | None:
        return self.records.get(name)

    def text(self, ref: str) -> DefinitionText:
        return DefinitionText("", {"input": {"ref": ref}, "params": {"env": {"x": 1}}})

    def due(self, until: datetime) -> Iterator[Sequence[DueDefinition]]:
        found = [
            DueDefinition(one.kind, one.id, one.version, one.due)
            for one in list(self.records.values())
            if one.due is not None and one.due < until
        ]
        if found:
            yield sorted(found, key=lambda due: due.at)

    def write(self, changes: Sequence[DefinitionChange]) -> None:
        while self.before_write:
            self.before_write.pop()()
        for before, _ in changes:
            if before is not None and self.records.get(before.id) != before:
                raise LostRace()
        for before, after in changes:
            if before is not None:
                del self.records[before.id]
            if after is not None:
                self.records[after.id] = after


_START = Start(
    id="some execution",
    project_id="p",
    workflow_id="workflow-id",
    workflow_name="w",
    workflow_namespace="",
    definition="d",
    input={},
    params={},
    vars={},
    description="",
    created_at=START,
)
RUN = Run(_START, opened(_START))
"""What is answered; nobody looks at more than its state."""


@dataclass
class FakeStarts:
    """Notes what was started, and when; an id is started once."""

    clock: FakeClock
    runs: dict[str, State] = field(default_factory=dict)
    requests: list[StartRequest] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)
    error: MeltemiError | None = None
    state: State = SUCCESS
    """What new executions are in."""

    def start(self, caller: Caller, request: StartRequest) -> Run:
        if self.error is not None:
            raise self.error
        part = ids.partition(str(request.id))
        if part not in self.runs:
            self.runs[part] = self.state
            self.requests.append(request)
            self.callers.append(caller)
            self.at.append(self.clock.now())
        return RUN

    def change_state(
        self, caller: Caller, execution_id: str, state: str, message: str | None, env: JsonDict | None
    ) -> Run:
        self.end(execution_id, State(state))
        return RUN

    def end(self, execution_id: str, state: State = SUCCESS) -> None:
        """Have an execution end."""
        self.runs[ids.partition(execution_id)] = state

    def run(self, part: str) -> Run | None:
        return replace(RUN, head=replace(RUN.head, state=self.runs[part])) if part in self.runs else None

    def in_state(self, state: State, name: str, times: Sequence[datetime]) -> list[datetime]:
        """Those of `times` whose executions are in a state."""
        return [at for at in times if self.runs.get(ids.partition(execution_id(name, at))) == state]


class CronWorld:
    """The service that fires, and the clock that it lives by."""

    def __init__(self, start: datetime = START) -> None:
        self.clock, self.store = FakeClock(start), FakeStore()
        self.starts = FakeStarts(self.clock)
        self.waiting: list[tuple[datetime, int, Message]] = []
        """Messages in the timers queue by when they come, and how many were sent before; a heap."""
        self.sent = 0
        self.is_open = True
        self.firing = CronFiring(
            cast(DefinitionStore, self.store),
            self.store,
            self.starts,
            cast(Runs, self.starts),
            CronQueue(self, self.clock, MINUTE),
            self.clock,
            lambda: self.is_open,
        )

    def send_timers(self, messages: Sequence[Message]) -> None:
        for message in messages:
            at = self.clock.now() + timedelta(seconds=message.delay)
            heappush(self.waiting, (at, self.sent, message))
            self.sent += 1

    def send_events(self, messages: Sequence[Message]) -> None:
        raise AssertionError("triggers send timers only")

    send_actions = send_events

    def add(self, pattern: str = "* * * * *", name: str = "t", **facts: object) -> DefinitionRecord:
        """Store a trigger whose first fire time is the next match."""
        first = CronFacts(pattern, None, None, self.clock.now())
        kept = replace(first, **facts)  # type: ignore[arg-type]
        if "next" not in facts:
            found = kept.passed(self.clock.now())
            assert found is not None
            kept = found
        made = DefinitionRecord(
            kind="cron_trigger",
            id=name,
            project_id="p",
            namespace="",
            name=name,
            scope="private",
            version=1,
            ref=f"{name}/1",
            created_at=self.clock.now(),
            facts={**kept.plain(), "workflow": "w"},
            uses="workflow-id",
            due=kept.due(name),
        )
        self.store.records[name] = made
        return made

    def facts(self, name: str = "t") -> CronFacts:
        return facts_of(self.store.records[name].facts)

    def arrive(self, until: datetime) -> None:
        """Let time pass, and hand over each message when it comes."""
        while self.waiting and self.waiting[0][0] <= until:
            at, _, message = heappop(self.waiting)
            self.clock.moment = max(self.clock.moment, at)
            self.firing.fire(body_of(FireCronTrigger, message))
        self.clock.moment = max(self.clock.moment, until)

    def take(self, position: int, again: bool = False) -> FireCronTrigger:
        """What a message says, when it has come; it stays in the queue if it is to come `again`."""
        at, _, message = self.waiting[position]
        self.clock.moment = max(self.clock.moment, at)
        if not again:
            del self.waiting[position]
            heapify(self.waiting)
        return sent(FireCronTrigger, message)

    def live(self, minutes: int, tick: Callable[[int], bool] = lambda _: True) -> None:
        """Let minutes pass, with a tick at the start of each for which `tick` says so."""
        for minute in range(minutes):
            if tick(minute):
                self.firing.tick()
            self.arrive(self.clock.moment + MINUTE)

    def fired(self, name: str = "t", times: Sequence[datetime] = ()) -> list[datetime]:
        """Which of `times` the trigger started an execution for."""
        return [at for at in times if ids.partition(execution_id(name, at)) in self.starts.runs]
