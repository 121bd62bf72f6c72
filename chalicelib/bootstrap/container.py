"""The only place that builds adapters and services. Everything else gets what it needs as arguments.

Services are built once a process, when something first asks for them; a test or a tool installs its own with `use`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

from chalicelib.actions.aws.access import allowed
from chalicelib.actions.http.action import Webhook, noop
from chalicelib.bootstrap import access
from chalicelib.bootstrap.actions import ActionServices, WorkerServices
from chalicelib.bootstrap.adapters import connect
from chalicelib.core.engine.state.draft import Limits
from chalicelib.ports.messaging import Publisher
from chalicelib.ports.values import Values
from chalicelib.service.access.api_tokens import Tokens
from chalicelib.service.access.authentication import Identities
from chalicelib.service.access.authorization import Policy
from chalicelib.service.actions.executor import Executor
from chalicelib.service.actions.standalone import LooseActions
from chalicelib.service.actions.standalone_runner import LooseRunner
from chalicelib.service.executions.bulk import Bulk
from chalicelib.service.executions.commands import Executions
from chalicelib.service.executions.expiration import Expiration, policy_of
from chalicelib.service.executions.queries import Queries
from chalicelib.service.executions.trees import Trees
from chalicelib.service.notifications import Notifier, NotifyTargets
from chalicelib.service.outgoing.large_values import KeptValues
from chalicelib.service.outgoing.timers import Timers
from chalicelib.service.outgoing.tracing import Tracing
from chalicelib.service.runs.advance import Advance
from chalicelib.service.runs.creation import Children, Creation
from chalicelib.service.runs.maintenance import MaintenanceMode
from chalicelib.service.runs.removal import Removal
from chalicelib.service.runs.sweeper import Sweeper
from chalicelib.settings.service import Settings


@dataclass(frozen=True)
class Services(ActionServices):
    """Everything a handler may call, built when it is first used."""

    @cached_property
    def identities(self) -> Identities:
        """Who asks."""
        return access.identities(self.settings.access, self.tokens, self.ports.clock)

    @cached_property
    def policy(self) -> Policy:
        """Who may do what."""
        return access.policy(self.settings.access)

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
        return WorkerServices(settings, ports, self.values, self.timers, lambda: self.loose)

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
    access.policy(settings.access)
    allowed(settings.aws.actions)
    if settings.deployed:
        services()
    return settings


def use(built: Services) -> None:
    """Have this process use other services."""
    _installed[:] = [built]


_installed: list[Services] = []
