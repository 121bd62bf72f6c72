"""The part of `wiring` that is about what starts executions and what ends waiting: triggers and signals."""

from __future__ import annotations

from functools import cached_property

from chalicelib import wiring_access
from chalicelib.service.cron_firing import CronFiring
from chalicelib.service.cron_runs import CronRuns
from chalicelib.service.event_firing import EventFiring
from chalicelib.service.executions import Executions
from chalicelib.service.maintenance import MaintenanceMode
from chalicelib.service.signal_links import SignalLinks
from chalicelib.service.signals import Signals
from chalicelib.service.standings import Standings
from chalicelib.service.tokens import random_token
from chalicelib.wiring_definitions import DefinitionServices


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
        owner = wiring_access.event_owner(self.settings.access, self.settings.event_project)
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
