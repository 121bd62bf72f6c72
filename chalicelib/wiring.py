"""The only place that builds adapters and services. Everything else gets what it needs as arguments.

Services are built once a process, when something first asks for them; a test or a tool installs its own with `use`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

from chalicelib import wiring_access
from chalicelib.actions.aws.allowed import allowed
from chalicelib.actions.publishing import Webhook, noop
from chalicelib.core.engine.draft import Limits
from chalicelib.ports import Values
from chalicelib.ports_notices import Publisher
from chalicelib.service.advance import Advance
from chalicelib.service.bulk import Bulk
from chalicelib.service.children import Children
from chalicelib.service.creation import Creation
from chalicelib.service.executions import Executions
from chalicelib.service.executor import Executor
from chalicelib.service.expiration import Expiration, policy_of
from chalicelib.service.identities import Identities
from chalicelib.service.loose import LooseActions
from chalicelib.service.loose_runner import LooseRunner
from chalicelib.service.maintenance import MaintenanceMode
from chalicelib.service.notifier import Notifier
from chalicelib.service.notify_targets import NotifyTargets
from chalicelib.service.policy import Policy
from chalicelib.service.queries import Queries
from chalicelib.service.removal import Removal
from chalicelib.service.sweep import Sweeper
from chalicelib.service.timers import Timers
from chalicelib.service.tokens import Tokens
from chalicelib.service.tracing import Tracing
from chalicelib.service.trees import Trees
from chalicelib.service.values import KeptValues
from chalicelib.settings import Settings
from chalicelib.wiring_actions import ActionServices
from chalicelib.wiring_adapters import connect
from chalicelib.wiring_workers import WorkerServices


@dataclass(frozen=True)
class Services(ActionServices):
    """Everything a handler may call, built when it is first used."""

    @cached_property
    def identities(self) -> Identities:
        """Who asks."""
        return wiring_access.identities(self.settings.access, self.tokens, self.ports.clock)

    @cached_property
    def policy(self) -> Policy:
        """Who may do what."""
        return wiring_access.policy(self.settings.access)

    @cached_property
    def tokens(self) -> Tokens:
        """Use cases of API tokens."""
        return Tokens(self.ports.tokens, self.ports.clock)

    @cached_property
    def values(self) -> Values:
        """Large values by reference."""
        return KeptValues(self.ports.blobs)

    @cached_property
    def queries(self) -> Queries:
        """What the API shows."""
        return Queries(self.ports.runs, self.definitions, self.values, self.ports.watches)

    @cached_property
    def maintenance(self) -> MaintenanceMode:
        """Whether the service takes writes."""
        return MaintenanceMode(self.ports.maintenance, self.ports.runs, self.ports.queues)

    @cached_property
    def expiration(self) -> Expiration:
        """Removes executions that have expired."""
        ports, expiry = self.ports, self.settings.expiry
        policy = policy_of(expiry.interval, expiry.older_than, expiry.max_finished, expiry.ignored_states)
        return Expiration(policy, ports.passes, ports.runs, self.queries, self.executions, ports.clock)

    @cached_property
    def trees(self) -> Trees:
        """Executions with all that they started."""
        return Trees(self.queries, self.ports.clock)

    @cached_property
    def timers(self) -> Timers:
        """Messages that arrive later."""
        return Timers(self.ports.late, self.ports.queues, self.ports.clock)

    @cached_property
    def tracing(self) -> Tracing:
        """Which part of an execution took which time."""
        return Tracing(self.ports.traces, self.ports.clock, self.settings.watching.trace_sample)

    @cached_property
    def children(self) -> Children:
        """Starts sub-executions."""
        ports = self.ports
        runs, removal = ports.runs, self.removal
        return Children(self.creation, runs, self.values, self.definitions, ports.clock, removal, self.tracing)

    @cached_property
    def limits(self) -> Limits:
        """How much a step may do, and a field hold."""
        return Limits(field_size=self.settings.field_size_limit)

    @cached_property
    def creation(self) -> Creation:
        """Creates executions, whoever asks for one."""
        ports = self.ports
        return Creation(ports.runs, self.values, ports.blobs, self.definitions.spec, self.library, self.limits)

    @cached_property
    def advance(self) -> Advance:
        """Carries runs on."""
        ports = self.ports
        return Advance(
            ports.runs,
            self.values,
            ports.blobs,
            ports.queues,
            self.timers,
            self.definitions.spec,
            self.library,
            self.children,
            ports.clock,
            self.limits,
            ports.notices,
            ports.metrics,
            self.tracing,
            self.workers.orders,
        )

    @cached_property
    def notifier(self) -> Notifier:
        """Publishes what executions have to tell."""
        webhook = Webhook(self.outside.send, self.egress)
        kinds: dict[str, Publisher] = {"webhook": webhook, "noop": noop, **self.ports.publishers}
        settings = self.settings
        return Notifier(self.ports.runs, self.values, kinds, NotifyTargets(settings.notify_targets), settings.notify)

    @cached_property
    def removal(self) -> Removal:
        """Removes executions with all that they started."""
        return Removal(self.ports.runs, self.ports.queues, self.ports.clock)

    @cached_property
    def executions(self) -> Executions:
        """Use cases of executions."""
        ports, env = self.ports, self.environments.named
        return Executions(
            self.creation,
            ports.runs,
            self.values,
            self.definitions,
            self.advance,
            self.removal,
            ports.clock,
            env,
            self.settings.notify,
            tracing=self.tracing,
        )

    @cached_property
    def bulk(self) -> Bulk:
        """Changes many executions."""
        return Bulk(self.queries, self.executions)

    @cached_property
    def executor(self) -> Executor:
        """Runs actions."""
        ports = self.ports
        values, blobs, queues = self.values, ports.blobs, ports.queues
        return Executor(ports.runs, values, blobs, queues, self.perform, self.library.has_effects, self.tracing)

    @cached_property
    def loose(self) -> LooseActions:
        """Actions that run by themselves."""
        ports = self.ports
        has_workers = bool(self.settings.workers.prefix)
        return LooseActions(ports.loose, ports.blobs, ports.queues, self.toolbox, ports.clock, has_workers=has_workers)

    @cached_property
    def loose_runner(self) -> LooseRunner:
        """Carries out those that were stored."""
        ports = self.ports
        return LooseRunner(ports.loose, self.values, ports.blobs, self.toolbox, ports.clock, self.workers.orders)

    @cached_property
    def workers(self) -> WorkerServices:
        """What is done with external workers."""
        ports, settings = self.ports, self.settings.workers
        return WorkerServices(settings, ports, self.values, self.timers, lambda: self.loose, lambda: self.executions)

    @cached_property
    def sweeper(self) -> Sweeper:
        """Looks after runs that may be stuck."""
        return Sweeper(self.ports.runs, self.ports.queues, self.advance, self.removal, self.ports.clock)


def services() -> Services:
    """The services of this process."""
    if not _installed:
        settings = Settings.from_env(os.environ)
        use(Services(settings, connect(settings)))
    return _installed[0]


def check() -> Settings:
    """What the environment says; a deployed function is made ready. Raises `ValueError` if it says not how to run."""
    settings = Settings.from_env(os.environ)
    wiring_access.policy(settings.access)
    allowed(settings.aws.actions)
    if settings.deployed:
        services()
    return settings


def use(built: Services) -> None:
    """Have this process use other services."""
    _installed[:] = [built]


_installed: list[Services] = []
