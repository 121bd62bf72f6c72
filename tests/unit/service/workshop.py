"""Everything about external workers in memory: one execution whose actions they run, and one action on its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

from chalicelib.actions.library import Library
from chalicelib.core import ids
from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.events import Proceed
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import LostRace, NotFound
from chalicelib.messaging.bodies import WorkerTimer
from chalicelib.ports.messaging import Message
from chalicelib.ports.runs import Runs
from chalicelib.ports.standalone_actions import LooseStore
from chalicelib.ports.workers import Watch, WorkerQueues
from chalicelib.service.actions.results import Endings
from chalicelib.service.actions.standalone import LooseActions
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.commands import Executions
from chalicelib.service.outgoing.large_values import KeptValues
from chalicelib.service.outgoing.timers import Timers
from chalicelib.service.outgoing.worker_orders import ReplyTokens, Ways, WorkerOrders
from chalicelib.service.runs.action_status import Standings
from chalicelib.service.runs.creation import Creation
from chalicelib.service.runs.removal import Removal
from chalicelib.service.workers.heartbeats import Pulses
from chalicelib.service.workers.reports import WorkerReports
from tests.bodies import event_of
from tests.unit.core.engine.table import workflow
from tests.unit.service.trees import Shelf
from tests.unit.service.worlds import ID, World

KEYS = ("k" * 32, "l" * 32)
HEARTBEAT = timedelta(seconds=60)
HTTP = "tasks: {t: {action: std.http, input: {url: u}, target: gpu}}"
SAFE = "tasks: {t: {action: std.http, input: {url: u}, target: gpu, safe-rerun: true}}"


class FakeWorkerQueues(WorkerQueues):
    """Queues in a dictionary; those of `missing` are not there."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, JsonDict]] = []
        self.missing: set[str] = set()

    def send_to(self, queue: str, orders: Sequence[JsonDict]) -> None:
        if queue in self.missing:
            raise NotFound(queue)
        self.sent += [(queue, order) for order in orders]


class FakeWatches:
    """Watches in a dictionary; `before_change` may meddle."""

    def __init__(self) -> None:
        self.kept: dict[str, Watch] = {}
        self.before_change: list[Callable[[], object]] = []

    def find(self, action_id: str) -> Watch | None:
        return self.kept.get(action_id)

    def begin(self, watch: Watch) -> bool:
        return self.kept.setdefault(watch.action_id, watch) is watch

    def change(self, after: Watch) -> Watch:
        if self.before_change:
            self.before_change.pop()()
        if self.kept[after.action_id].version != after.version:
            raise LostRace()
        self.kept[after.action_id] = replace(after, version=after.version + 1)
        return self.kept[after.action_id]


class FakeLinks:
    """URLs that say what they are for."""

    def link(self, digest: str, seconds: int) -> str:
        return f"https://blobs.test/{digest}?seconds={seconds}"


class NoLoose:
    """There are no action executions on their own."""

    def find(self, action_id: str) -> None:
        return None


class Workshop:
    """A world with workers; `order` is the first one that they got."""

    def __init__(
        self, body: str = HTTP, prefix: str = "w-{project}-", missing: str | None = None, claim: int = 0
    ) -> None:
        self.world, self._body = World(body), body
        queues, clock, blobs = self.world.queues, self.world.clock, self.world.blobs
        self.queues, self.watches, tokens = FakeWorkerQueues(), FakeWatches(), ReplyTokens(KEYS)
        self.queues.missing = {missing} if missing else set()
        timers = Timers(self.world.late, queues, clock)
        ways = Ways(prefix, "results", int(HEARTBEAT.total_seconds()), claim)
        self.orders = WorkerOrders(ways, self.queues, KeptValues(blobs), blobs, FakeLinks(), tokens, timers, clock)
        self.world.advance = self.world.process(self.orders)
        standings = Standings(cast(Runs, self.world.runs), cast(LooseStore, NoLoose()))
        endings = Endings(cast(LooseActions, None), blobs, queues)
        self.pulses = Pulses(self.watches, standings, endings, timers, HEARTBEAT, clock)
        self.reports = WorkerReports(standings, self.watches, self.pulses, endings, tokens, clock)
        self.world.advance.apply(ID, [Proceed()])

    def executions(self) -> Executions:
        """Brings results to the execution."""
        world, runs = self.world, cast(Runs, self.world.runs)
        shelf, removal = Shelf(workflow(self._body)), Removal(runs, world.queues, world.clock)
        values, definitions = KeptValues(world.blobs), cast(Definitions, shelf)
        creation = Creation(runs, values, world.blobs, shelf.spec, Library(), Limits())
        return Executions(creation, runs, values, definitions, world.advance, removal, world.clock)

    @property
    def order(self) -> JsonDict:
        return self.queues.sent[0][1]

    @property
    def action_id(self) -> str:
        return ids.action_id(ids.partition(ID), self.world.key("t"))

    def say(self, report: str, attempt: str = "a", **more: object) -> JsonDict:
        """What the service answers to a report of a worker that has the order."""
        return self.reports.answer(self.body(report, attempt, **more))

    def body(self, report: str, attempt: str = "a", **more: object) -> JsonDict:
        reply = self.order["reply"]
        assert isinstance(reply, dict)
        body = {"format": 1, "report": report, "action_execution_id": self.action_id, "token": reply["token"]}
        return cast(JsonDict, {**body, "attempt": attempt, **more})

    def deliver(self) -> None:
        """Have the run take in what was sent to it."""
        brought = [event_of(message) for message in self.world.queues.events]
        self.world.queues.events.clear()
        self.world.advance.apply(ID, brought)

    def pulse(self) -> None:
        """Let the timer that was set last come, at its time."""
        message = self.world.queues.timers.pop()
        self.world.clock.pass_by(timedelta(seconds=message.delay))
        self.look(message)

    def look(self, message: Message) -> None:
        """Let a timer come."""
        body = message.body
        assert isinstance(body, WorkerTimer)
        self.pulses.look(body)
