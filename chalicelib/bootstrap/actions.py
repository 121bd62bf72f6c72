"""Builds the services of actions: standard, standalone and external workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from chalicelib.actions import run_action
from chalicelib.actions.aws.access import AwsAccess
from chalicelib.actions.gateways import SandboxPlace, open_doors
from chalicelib.actions.library import Library
from chalicelib.actions.runtime.action_type import ActionContext, Outside
from chalicelib.actions.runtime.egress import DEFAULT_DENIED, EgressPolicy
from chalicelib.bootstrap.definitions import Ports, TriggerServices
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.sizes import FIELD_CHARACTERS
from chalicelib.messaging.bodies import RunAction
from chalicelib.ports.standalone_actions import LooseAction
from chalicelib.ports.values import Values
from chalicelib.service.actions.results import Endings
from chalicelib.service.actions.standalone import LooseActions
from chalicelib.service.outgoing.messages import task_id_of
from chalicelib.service.outgoing.standalone_actions import Toolbox
from chalicelib.service.outgoing.timers import Timers
from chalicelib.service.outgoing.worker_orders import ReplyTokens, Ways, WorkerOrders
from chalicelib.service.runs.action_status import Standings
from chalicelib.service.workers.heartbeats import Pulses
from chalicelib.service.workers.reports import WorkerReports
from chalicelib.settings.sections import Workers


@dataclass(frozen=True)
class ActionServices(TriggerServices):
    """What runs actions, built when it is first used."""

    @cached_property
    def toolbox(self) -> Toolbox:
        """What can be done with actions that run by themselves."""
        return toolbox(self.perform_alone, self.library, self.settings.field_size_limit)

    @cached_property
    def outside(self) -> Outside:
        """What actions may use outside."""
        doors = open_doors(self.code_sources.text, self._aws_access, self._sandbox)
        return replace(doors, wait_for_signal=self.signals.wait, signal_link=self.signal_links.make_for)

    @cached_property
    def _aws_access(self) -> AwsAccess:
        settings = self.settings
        return AwsAccess(
            role=settings.aws.role,
            external_id=settings.aws.external_id,
            own_role=settings.aws.own_role,
            region=settings.region,
            endpoint_url=settings.endpoint_url,
            ours=settings.resource_names(),
        )

    @cached_property
    def _sandbox(self) -> SandboxPlace | None:
        settings = self.settings
        if settings.sandbox_function is None:
            return None
        access = AwsAccess(own_role=True, region=settings.region, endpoint_url=settings.endpoint_url)
        return SandboxPlace(settings.sandbox_function, access, settings.sandbox_unsealed)

    @cached_property
    def egress(self) -> EgressPolicy:
        """Whom actions may call."""
        settings = self.settings
        denied = (*DEFAULT_DENIED, *settings.egress_denied_cidrs)
        return EgressPolicy.of(denied, settings.egress_allowed_hosts, settings.http_allow_loopback)

    def perform_alone(self, loose: LooseAction, given: JsonDict, seconds: float) -> Json:
        """Run an action that belongs to no execution."""
        context = ActionContext(
            project_id=loose.project_id,
            action_execution_id=loose.id,
            callback_url=f"/v2/action_executions/{loose.id}",
            timeout=seconds,
            egress=self.egress,
        )
        return run_action.run(self.registry.performer(loose.action.performed[0]), given, context, self.outside)

    def perform(self, order: RunAction, given: JsonDict, seconds: float) -> Json:
        """Run an action of an execution."""
        context = ActionContext(
            project_id=order.project,
            workflow_name=order.workflow,
            execution_id=order.execution,
            task_id=task_id_of(order),
            action_execution_id=order.action,
            callback_url=f"/v2/action_executions/{order.action}",
            timeout=seconds,
            egress=self.egress,
        )
        return run_action.run(self.registry.performer(order.name), given, context, self.outside)


def toolbox(
    perform: Callable[[LooseAction, JsonDict, float], Json], library: Library, field_size: int = FIELD_CHARACTERS
) -> Toolbox:
    """What can be done with the actions of a library, if `perform` runs built-in ones."""
    return Toolbox(library.check, library.is_sync, library.has_effects, perform, library, field_size)


@dataclass(frozen=True)
class WorkerServices:
    """What is done with external workers, built when it is first used."""

    settings: Workers
    ports: Ports
    values: Values
    timers: Timers
    loose: Callable[[], LooseActions]

    @cached_property
    def orders(self) -> WorkerOrders | None:
        """What sends actions to workers; `None` where there are none."""
        if not self.settings.prefix:
            return None
        ways = Ways(self.settings.prefix, self.settings.results_queue, self.settings.heartbeat, self.settings.claim)
        tokens, ports = ReplyTokens(self.settings.keys), self.ports
        return WorkerOrders(
            ways, ports.worker_queues, self.values, ports.blobs, ports.links, tokens, self.timers, ports.clock
        )

    @cached_property
    def pulses(self) -> Pulses:
        """What looks after workers."""
        heartbeat, ports = timedelta(seconds=self.settings.heartbeat), self.ports
        return Pulses(ports.watches, self._standings, self._endings, self.timers, heartbeat, ports.clock)

    @cached_property
    def reports(self) -> WorkerReports:
        """What takes in reports of workers."""
        tokens, ports = ReplyTokens(self.settings.keys) if self.settings.keys else None, self.ports
        return WorkerReports(self._standings, ports.watches, self.pulses, self._endings, tokens, ports.clock)

    @cached_property
    def _standings(self) -> Standings:
        return Standings(self.ports.runs, self.ports.loose)

    @cached_property
    def _endings(self) -> Endings:
        return Endings(self.loose(), self.ports.blobs, self.ports.queues)
