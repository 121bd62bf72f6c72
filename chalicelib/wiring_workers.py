"""The part of `wiring` that is about external workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from chalicelib.ports import Values
from chalicelib.service.endings import Endings
from chalicelib.service.executions import Executions
from chalicelib.service.loose import LooseActions
from chalicelib.service.pulses import Pulses
from chalicelib.service.reply_tokens import ReplyTokens
from chalicelib.service.standings import Standings
from chalicelib.service.timers import Timers
from chalicelib.service.worker_orders import Ways, WorkerOrders
from chalicelib.service.worker_reports import WorkerReports
from chalicelib.settings_workers import Workers
from chalicelib.wiring_definitions import Ports


@dataclass(frozen=True)
class WorkerServices:
    """What is done with external workers, built when it is first used."""

    settings: Workers
    ports: Ports
    values: Values
    timers: Timers
    loose: Callable[[], LooseActions]
    executions: Callable[[], Executions]

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
        return Endings(self.loose(), self.executions(), self.ports.blobs, self.ports.queues)
