"""All handlers of messages over services in memory, by the queue that they read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chalicelib.actions.library import Library
from chalicelib.bootstrap import actions
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.entry.functions import step
from chalicelib.entry.functions.dead_letters import handle_dead_letters
from chalicelib.entry.functions.execute import handle_orders
from chalicelib.entry.functions.listen import handle_incoming
from chalicelib.entry.functions.notify import handle_notifications
from chalicelib.entry.functions.timers import handle_timers
from chalicelib.errors import LostRace
from chalicelib.messaging.bodies import RunAction
from chalicelib.ports.observability import Metric
from chalicelib.ports.standalone_actions import LooseAction, LooseStore
from chalicelib.service.actions.executor import Executor
from chalicelib.service.actions.standalone_runner import LooseRunner
from chalicelib.service.notifications import Notifier
from chalicelib.service.outgoing.large_values import KeptValues
from chalicelib.service.runs.removal import Removal
from chalicelib.service.runs.sweeper import Sweeper
from tests.unit.service.cron_world import CronWorld
from tests.unit.service.runs.test_commit_metrics import Noted
from tests.unit.service.triggers.events import test_event_firing as events
from tests.unit.service.workshop import Workshop

LambdaEvent = dict[str, Any]
Handler = Callable[[LambdaEvent], dict[str, Any]]


class MemoryLoose(LooseStore):
    """Action executions that belong to no task, in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, LooseAction] = {}

    def create(self, loose: LooseAction) -> bool:
        return self.kept.setdefault(str(loose.id), loose) is loose

    def find(self, action_id: str) -> LooseAction | None:
        return self.kept.get(action_id)

    def change(self, after: LooseAction) -> LooseAction:
        if self.kept[str(after.id)].version != after.version:
            raise LostRace
        self.kept[str(after.id)] = replace(after, version=after.version + 1)
        return self.kept[str(after.id)]

    def delete(self, action_id: str) -> None:
        self.kept.pop(action_id, None)

    def newest(self, project_id: str, limit: int) -> list[LooseAction]:
        return [loose for loose in self.kept.values() if loose.project_id == project_id][:limit]

    def projects(self) -> list[str]:
        return sorted({loose.project_id for loose in self.kept.values()})


class Handlers:
    """The service with one execution, whose task `t` a worker has; what is wrong with messages is counted."""

    def __init__(self) -> None:
        self.metrics = Noted()
        self.shop, self.cron, self.buses, self.loose = Workshop(), CronWorld(), events.World(), MemoryLoose()
        self.world = self.shop.world
        self.performed: list[str] = []
        world, values = self.world, KeptValues(self.world.blobs)
        self.removal = Removal(world.port, world.queues, world.clock)
        self.sweeper = Sweeper(world.port, world.queues, world.advance, self.removal, world.clock)
        self.executor = Executor(world.port, values, world.blobs, world.queues, self._perform, lambda _: True)
        self.notifier = Notifier(world.port, values, {})
        tools = actions.toolbox(self._perform_alone, Library())
        self.runner = LooseRunner(self.loose, values, world.blobs, tools, world.clock)
        self.by_queue: dict[str, Handler] = {
            "events": self.step,
            "actions": self.orders,
            "timers": self.timers,
            "notifications": self.notifications,
            "incoming": lambda event: handle_incoming(event, self.buses.firing),
            "dead": self.dead,
        }

    @property
    def unreadable(self) -> int:
        """How many messages could not be read."""
        return self.metrics.counts[Metric.UNREADABLE_MESSAGES]

    def step(self, event: LambdaEvent) -> dict[str, Any]:
        return step.handle(event, self.world.advance, self.removal, lambda: True, self.metrics)

    def orders(self, event: LambdaEvent) -> dict[str, Any]:
        return handle_orders(event, self.executor, lambda: 60.0, self.runner, self.metrics)

    def timers(self, event: LambdaEvent) -> dict[str, Any]:
        return handle_timers(event, self.world.queues, self.cron.firing, self.shop.pulses, self.metrics)

    def notifications(self, event: LambdaEvent) -> dict[str, Any]:
        return handle_notifications(event, self.notifier, lambda: 60.0, self.metrics)

    def dead(self, event: LambdaEvent) -> dict[str, Any]:
        return handle_dead_letters(
            event, self.sweeper, self.runner, self.cron.firing, self.shop.reports, self.shop.pulses, self.metrics
        )

    def _perform(self, order: RunAction, given: JsonDict, seconds: float) -> Json:
        self.performed.append(order.action)
        return "done"

    def _perform_alone(self, loose: LooseAction, given: JsonDict, seconds: float) -> Json:
        self.performed.append(str(loose.id))
        return given
