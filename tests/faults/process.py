"""A process of the service, over adapters that outlive it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chalicelib.actions.library import Library
from chalicelib.actions.registry import Registry
from chalicelib.adapters.aws.s3 import S3Blobs
from chalicelib.adapters.dynamo.definitions.store import DynamoDefinitions
from chalicelib.adapters.dynamo.runs.housekeeping import DynamoMaintenance
from chalicelib.adapters.dynamo.runs.scheduled_messages import DynamoLateMessages
from chalicelib.adapters.dynamo.runs.signals import DynamoSignals
from chalicelib.adapters.dynamo.runs.standalone_actions import DynamoLooseActions
from chalicelib.adapters.dynamo.runs.store import DynamoRuns
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.adapters.dynamo.runs.worker_leases import DynamoWatches
from chalicelib.bootstrap.actions import toolbox
from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.messaging.bodies import RunAction
from chalicelib.ports.standalone_actions import LooseAction
from chalicelib.service.access.api_tokens import random_token
from chalicelib.service.actions.executor import Executor
from chalicelib.service.actions.results import Endings
from chalicelib.service.actions.standalone import LooseActions
from chalicelib.service.actions.standalone_runner import LooseRunner
from chalicelib.service.definitions.action_lookup import StoredActions
from chalicelib.service.definitions.actions import ActionDefinitions
from chalicelib.service.definitions.workbooks import Workbooks
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.commands import Executions
from chalicelib.service.outgoing.large_values import KeptValues
from chalicelib.service.outgoing.timers import Timers
from chalicelib.service.outgoing.worker_orders import ReplyTokens, Ways, WorkerOrders
from chalicelib.service.runs.action_status import Standings
from chalicelib.service.runs.advance import Advance
from chalicelib.service.runs.creation import Children, Creation
from chalicelib.service.runs.maintenance import MaintenanceMode
from chalicelib.service.runs.removal import Removal
from chalicelib.service.runs.sweeper import Sweeper
from chalicelib.service.signals import SignalLinks, Signals
from chalicelib.service.triggers.cron.dispatch import CronQueue
from chalicelib.service.triggers.cron.firing import CronFiring
from chalicelib.service.triggers.cron.triggers import CronTriggers
from chalicelib.service.triggers.events.firing import EventFiring
from chalicelib.service.triggers.events.triggers import EventTriggers
from chalicelib.service.workers.heartbeats import Pulses
from chalicelib.service.workers.reports import WorkerReports
from local.clients import connect
from tests.contract.conftest import Backend
from tests.faults.virtual import VirtualClock, VirtualQueues

KEY = "a key of reply tokens that only tests know"


@dataclass
class Adapters:
    """The outside world, shared by all processes of a test."""

    backend: Backend
    runs: DynamoRuns
    blobs: S3Blobs
    queues: VirtualQueues
    definitions: DynamoDefinitions
    late: DynamoLateMessages
    signals: DynamoSignals
    clock: VirtualClock
    table: Table
    clients: list[Any] = field(default_factory=list)

    @classmethod
    def over(cls, backend: Backend) -> Adapters:
        settings = backend.settings
        from_process = connect(backend.endpoint_url)
        blobs = S3Blobs(from_process.s3, settings.blobs_bucket)
        table = Table(settings.runs_table, settings.region, settings.endpoint_url)
        runs, late, clock = DynamoRuns(table), DynamoLateMessages(table), VirtualClock()
        queues = VirtualQueues(from_process.sqs, settings, clock)
        definitions = DynamoDefinitions(settings.definitions_table, settings.region, settings.endpoint_url, blobs)
        clients = [runs.client, from_process.sqs, from_process.s3]
        return cls(backend, runs, blobs, queues, definitions, late, DynamoSignals(table), clock, table, clients)


class Process:
    """One process: services with empty memories."""

    def __init__(self, adapters: Adapters, limits: Limits, ran: Counter[str], ways: Ways | None = None) -> None:
        """`ways`: how workers are reached, if there are any."""
        self._ran = ran
        runs, blobs, queues, clock = adapters.runs, adapters.blobs, adapters.queues, adapters.clock
        values = KeptValues(blobs)
        self.definitions = Definitions(adapters.definitions, clock)
        self.workbooks = Workbooks(adapters.definitions, clock)
        self.timers = Timers(adapters.late, queues, clock)
        spec_of = self.definitions.spec
        stored = StoredActions(ActionDefinitions(adapters.definitions, clock), clock, Registry().knows)
        library = Library(stored)
        creation = Creation(runs, values, blobs, self.definitions.spec, library, limits)
        self.removal = Removal(runs, queues, clock, few=2)
        children = Children(creation, runs, values, self.definitions, clock, self.removal)
        tokens = ReplyTokens([KEY])
        workers = None if ways is None else WorkerOrders(ways, queues, values, blobs, blobs, tokens, self.timers, clock)
        self.advance = Advance(
            runs, values, blobs, queues, self.timers, spec_of, library, children, clock, limits, queues, workers=workers
        )
        self.executions = Executions(creation, runs, values, self.definitions, self.advance, self.removal, clock)
        self.executor = Executor(runs, values, blobs, queues, self._perform, library.has_effects)
        self._add_actions_alone(adapters, library, tokens)
        self.signals = Signals(adapters.signals, runs, self._standings.of, self.executions, clock)
        self.signal_links = SignalLinks(adapters.signals, self.signals, clock, random_token)
        queue = CronQueue(queues, clock, timedelta(minutes=1))
        self.cron_triggers = CronTriggers(adapters.definitions, self.definitions, queue, clock)
        kept = adapters.definitions
        self.cron = CronFiring(kept, kept, self.executions, runs, queue, clock, lambda: True)
        self.event_triggers = EventTriggers(kept, self.definitions, clock)
        self.events = EventFiring(kept, kept, self.executions, queues, None, lambda: True, at_once=1)
        self.sweeper = Sweeper(runs, queues, self.advance, self.removal, clock)
        self.maintenance = MaintenanceMode(DynamoMaintenance(adapters.table), runs, queues)

    def _add_actions_alone(self, adapters: Adapters, library: Library, tokens: ReplyTokens) -> None:
        """What looks after actions that belong to no task, and after workers."""
        blobs, queues, clock = adapters.blobs, adapters.queues, adapters.clock
        store, tools = DynamoLooseActions(adapters.table), toolbox(self._perform_alone, library)
        self.loose_runner = LooseRunner(store, KeptValues(blobs), blobs, tools, clock)
        self._standings = Standings(adapters.runs, store)
        endings = Endings(LooseActions(store, blobs, queues, tools, clock), blobs, queues)
        watches = DynamoWatches(adapters.table)
        self.pulses = Pulses(watches, self._standings, endings, self.timers, timedelta(seconds=60), clock)
        self.reports = WorkerReports(self._standings, watches, self.pulses, endings, tokens, clock)

    def _perform_alone(self, loose: LooseAction, given: JsonDict, seconds: float) -> Json:
        self._ran[str(loose.id)] += 1
        return given

    def _perform(self, order: RunAction, given: JsonDict, seconds: float) -> Json:
        self._ran[order.action] += 1
        if order.name == "std.wait_signal":
            self.signals.wait(str(given["key"]), order.execution, order.action)
        return {"performed": given.get("url")}
