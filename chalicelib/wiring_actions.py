"""The part of `wiring` that is about running actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from chalicelib.actions import running
from chalicelib.actions.aws.access import AwsAccess
from chalicelib.actions.contract import ActionContext, Outside
from chalicelib.actions.doors import SandboxPlace, open_doors
from chalicelib.actions.egress import DEFAULT_DENIED, EgressPolicy
from chalicelib.actions.library import Library
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.sizes import FIELD_CHARACTERS
from chalicelib.messaging.bodies import RunAction
from chalicelib.ports_loose import LooseAction
from chalicelib.service.loose_calls import Toolbox
from chalicelib.service.messages import task_id_of
from chalicelib.wiring_triggers import TriggerServices


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
        return running.run(self.registry.performer(loose.action.performed[0]), given, context, self.outside)

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
        return running.run(self.registry.performer(order.name), given, context, self.outside)


def toolbox(
    perform: Callable[[LooseAction, JsonDict, float], Json], library: Library, field_size: int = FIELD_CHARACTERS
) -> Toolbox:
    """What can be done with the actions of a library, if `perform` runs built-in ones."""
    return Toolbox(library.check, library.is_sync, library.has_effects, perform, library, field_size)
