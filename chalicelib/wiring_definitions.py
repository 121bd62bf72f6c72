"""The part of `wiring` that is about definitions of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from chalicelib.actions.aws.allowed import allowed
from chalicelib.actions.aws.catalogue import AwsActions
from chalicelib.actions.contract import ActionType
from chalicelib.actions.library import Library
from chalicelib.actions.registry import Registry, signature
from chalicelib.adapters.dynamo.definitions import DynamoDefinitions
from chalicelib.adapters.dynamo.signals import DynamoSignals
from chalicelib.ports import Blobs, Clock, LateMessages, Queues, Runs
from chalicelib.ports_access import ShareStore, TokenStore
from chalicelib.ports_expiration import PassStore
from chalicelib.ports_loose import LooseStore
from chalicelib.ports_maintenance import MaintenanceStore
from chalicelib.ports_metrics import UNHEARD, Metrics
from chalicelib.ports_notices import Notices, Publisher
from chalicelib.ports_traces import UNSEEN, Traces
from chalicelib.ports_triggers import Buses, Incoming
from chalicelib.ports_workers import Links, Watches, WorkerQueues
from chalicelib.service.code_sources import CodeSources
from chalicelib.service.cron_queue import CronQueue
from chalicelib.service.cron_triggers import CronTriggers
from chalicelib.service.definitions import Definitions
from chalicelib.service.definitions_actions import ActionDefinitions, ActionEntry
from chalicelib.service.dynamic_actions import DynamicActions
from chalicelib.service.environments import Environments
from chalicelib.service.event_triggers import EventTriggers
from chalicelib.service.packaged_store import WithPackaged
from chalicelib.service.sharing import Sharing
from chalicelib.service.stored_actions import StoredActions
from chalicelib.service.workbooks import Workbooks
from chalicelib.settings import Settings


@dataclass(frozen=True)
class Ports:
    """The outside world of one process."""

    runs: Runs
    late: LateMessages
    blobs: Blobs
    queues: Queues
    notices: Notices
    signals: DynamoSignals
    publishers: Mapping[str, Publisher]
    incoming: Incoming
    buses: Buses
    definitions: DynamoDefinitions
    loose: LooseStore
    tokens: TokenStore
    maintenance: MaintenanceStore
    passes: PassStore
    shares: ShareStore
    worker_queues: WorkerQueues
    watches: Watches
    links: Links
    clock: Clock
    metrics: Metrics = UNHEARD
    traces: Traces = UNSEEN


@dataclass(frozen=True)
class DefinitionServices:
    """Use cases of definitions, built when they are first used."""

    settings: Settings
    ports: Ports

    @cached_property
    def definitions(self) -> Definitions:
        """Use cases of definitions."""
        return Definitions(WithPackaged(self.ports.definitions), self.ports.clock, shares=self.ports.shares)

    @cached_property
    def sharing(self) -> Sharing:
        """Use cases of shared workflows."""
        return Sharing(self.ports.shares, self.definitions, self.ports.clock)

    @cached_property
    def action_definitions(self) -> ActionDefinitions:
        """Use cases of action definitions."""
        return ActionDefinitions(self.ports.definitions, self.ports.clock, BuiltInEntries(self.registry))

    @cached_property
    def registry(self) -> Registry:
        """The actions that need no definition."""
        return Registry([AwsActions(allowed(self.settings.aws.actions))])

    @cached_property
    def library(self) -> Library:
        """The actions as the engine sees them."""
        stored = StoredActions(self.action_definitions, self.ports.clock, self.registry.knows)
        return Library(stored, self.registry)

    @cached_property
    def workbooks(self) -> Workbooks:
        """Use cases of workbooks."""
        return Workbooks(self.ports.definitions, self.ports.clock)

    @cached_property
    def environments(self) -> Environments:
        """Use cases of stored environments."""
        return Environments(self.ports.definitions, self.ports.clock)

    @cached_property
    def code_sources(self) -> CodeSources:
        """Use cases of code sources."""
        return CodeSources(self.ports.definitions, self.ports.clock)

    @cached_property
    def dynamic_actions(self) -> DynamicActions:
        """Use cases of dynamic actions."""
        return DynamicActions(self.ports.definitions, self.ports.clock)

    @cached_property
    def cron_queue(self) -> CronQueue:
        """Hands cron triggers over to those who fire them."""
        return CronQueue(self.ports.queues, self.ports.clock, timedelta(seconds=self.settings.tick_seconds))

    @cached_property
    def cron_triggers(self) -> CronTriggers:
        """Use cases of cron triggers."""
        return CronTriggers(self.ports.definitions, self.definitions, self.cron_queue, self.ports.clock)

    @cached_property
    def event_triggers(self) -> EventTriggers:
        """Use cases of event triggers."""
        ports = self.ports
        return EventTriggers(ports.definitions, self.definitions, ports.clock, buses=ports.buses)


class BuiltInEntries:
    """The built-in actions as lists show them, made once."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def find(self, name: str) -> ActionEntry | None:
        """The one of this name."""
        return _entry(self._registry.find(name)) if self._registry.knows(name) else None

    def all(self) -> list[ActionEntry]:
        """All of them; the first list of a process waits for the models of the AWS services."""
        return self._all

    @cached_property
    def _all(self) -> list[ActionEntry]:
        return [_entry(action) for action in self._registry.all()]


def _entry(action: ActionType) -> ActionEntry:
    return ActionEntry(id=action.name, name=action.name, input=signature(action), description=action.description)
