"""The part of `wiring` that is about running actions: the doors they get, and what they may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from chalicelib.actions import running
from chalicelib.actions.aws.access import AwsAccess
from chalicelib.actions.contract import ActionContext, Outside
from chalicelib.actions.doors import SandboxPlace, open_doors
from chalicelib.actions.egress import DEFAULT_DENIED, EgressPolicy
from chalicelib.actions.registry import Registry
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.ports_loose import LooseAction
from chalicelib.service.messages import Order
from chalicelib.settings import Settings


@dataclass(frozen=True)
class ActionServices:
    """Runs the built-in actions."""

    settings: Settings
    registry: Registry
    code: Callable[[str], str]
    """The text of a code source by its version."""

    @cached_property
    def outside(self) -> Outside:
        """The doors to the world."""
        return open_doors(self.code, self._aws_access, self._sandbox)

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
        """Where requests may go."""
        settings = self.settings
        denied = (*DEFAULT_DENIED, *settings.egress_denied_cidrs)
        return EgressPolicy.of(denied, settings.egress_allowed_hosts, settings.http_allow_loopback)

    def perform_alone(self, loose: LooseAction, given: JsonDict, seconds: float) -> Json:
        """Run one that belongs to no task. Raises `ActionFailed`, `ActionOngoing`."""
        context = ActionContext(
            project_id=loose.project_id,
            action_execution_id=loose.id,
            callback_url=f"/v2/action_executions/{loose.id}",
            timeout=seconds,
            egress=self.egress,
        )
        return running.run(self.registry.performer(loose.action.performed[0]), given, context, self.outside)

    def perform(self, order: Order, given: JsonDict, seconds: float) -> Json:
        """Run one of a task. Raises `ActionFailed`, `ActionOngoing`."""
        context = ActionContext(
            project_id=order.project_id,
            workflow_name=order.workflow_name,
            execution_id=order.execution_id,
            task_id=order.task_id,
            action_execution_id=order.action_id,
            callback_url=f"/v2/action_executions/{order.action_id}",
            timeout=seconds,
            egress=self.egress,
        )
        return running.run(self.registry.performer(order.name), given, context, self.outside)
