"""Builds the services of definitions and triggers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from chalicelib.actions.aws.access import allowed
from chalicelib.actions.aws.catalogue import AwsActions
from chalicelib.actions.library import Library
from chalicelib.actions.registry import Registry, signature
from chalicelib.actions.runtime.action_type import ActionType
from chalicelib.adapters.dynamo.definitions.store import DynamoDefinitions
from chalicelib.adapters.dynamo.runs.signals import DynamoSignals
from chalicelib.bootstrap import access
from chalicelib.ports.access import ShareStore, TokenStore
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import Buses
from chalicelib.ports.housekeeping import MaintenanceStore, PassStore
from chalicelib.ports.messaging import Incoming, LateMessages, Notices, Publisher, Queues
from chalicelib.ports.observability import UNHEARD, UNSEEN, Metrics, Traces
from chalicelib.ports.runs import Runs
from chalicelib.ports.standalone_actions import LooseStore
from chalicelib.ports.values import Blobs
from chalicelib.ports.workers import Links, Watches, WorkerQueues
from chalicelib.service.access.api_tokens import random_token
from chalicelib.service.definitions.action_lookup import StoredActions
from chalicelib.service.definitions.actions import ActionDefinitions, ActionEntry
from chalicelib.service.definitions.bundled.store import WithPackaged
from chalicelib.service.definitions.code_sources import CodeSources, DynamicActions
from chalicelib.service.definitions.environments import Environments
from chalicelib.service.definitions.sharing import Sharing
from chalicelib.service.definitions.workbooks import Workbooks
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.commands import Executions
from chalicelib.service.runs.action_status import Standings
from chalicelib.service.runs.maintenance import MaintenanceMode
from chalicelib.service.signals import SignalLinks, Signals
from chalicelib.service.triggers.cron.dispatch import CronQueue
from chalicelib.service.triggers.cron.firing import CronFiring, CronRuns
from chalicelib.service.triggers.cron.triggers import CronTriggers
from chalicelib.service.triggers.events.firing import EventFiring
from chalicelib.service.triggers.events.triggers import EventTriggers
from chalicelib.settings.service import Settings


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


class TriggerServices(DefinitionServices):
    """Triggers and signals, over services that `wiring` adds."""

    @cached_property
    def executions(self) -> Executions:
        """Use cases of executions."""
        raise NotImplementedError

    @cached_property
    def maintenance(self) -> MaintenanceMode:
        """Whether the service takes writes."""
        raise NotImplementedError

    @cached_property
    def cron_firing(self) -> CronFiring:
        """Fires cron triggers."""

        ports, kept = self.ports, self.ports.definitions
        return CronFiring(
            kept, kept, self.executions, ports.runs, self.cron_queue, ports.clock, self.maintenance.is_open
        )

    @cached_property
    def event_firing(self) -> EventFiring:
        """Fires event triggers."""
        ports, kept = self.ports, self.ports.definitions
        owner = access.event_owner(self.settings.access, self.settings.event_project)
        return EventFiring(kept, kept, self.executions, ports.incoming, owner, self.maintenance.is_open)

    @cached_property
    def cron_runs(self) -> CronRuns:
        """Starts what cron triggers would start."""
        return CronRuns(self.cron_triggers, self.executions, self.ports.clock)

    @cached_property
    def signals(self) -> Signals:
        """What tasks wait for."""
        ports = self.ports
        return Signals(ports.signals, ports.runs, Standings(ports.runs, ports.loose).of, self.executions, ports.clock)

    @cached_property
    def signal_links(self) -> SignalLinks:
        """Links by which people send signals."""
        ports = self.ports
        return SignalLinks(ports.signals, self.signals, ports.clock, random_token, self.settings.public_url)
