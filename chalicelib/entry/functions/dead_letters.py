"""Function `dead_letters`: turns messages that could not be handled into errors that users see."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, TypeVar

from chalicelib.entry.functions.results import believed
from chalicelib.entry.functions.sqs_batch import (
    Record,
    handle_each,
    unexpected,
)
from chalicelib.messaging.bodies import (
    BusEvent,
    CheckClaim,
    CheckDeadline,
    CheckHeartbeat,
    FireCronTrigger,
    Notification,
    RunAction,
    RunStandaloneAction,
)
from chalicelib.messaging.codec import BadMessage
from chalicelib.ports.observability import UNHEARD, Metrics
from chalicelib.service.actions.standalone_runner import LooseRunner
from chalicelib.service.runs.sweeper import Sweeper
from chalicelib.service.triggers.cron.firing import CronFiring
from chalicelib.service.workers.heartbeats import Pulses
from chalicelib.service.workers.reports import WorkerReports

T = TypeVar("T")


log = logging.getLogger(__name__)


def handle_dead_letters(
    event: Mapping[str, Any],
    sweeper: Sweeper,
    loose: LooseRunner,
    cron: CronFiring,
    reports: WorkerReports,
    pulses: Pulses,
    metrics: Metrics = UNHEARD,
) -> dict[str, Any]:
    """Turn what nobody could handle into an ERROR that people see.

    Reports come first: workers write them, so whatever else is in one must not make it a message of the service.
    """

    def bury(record: Record) -> None:
        plain = record.foreign()
        if "report" in plain:
            believed(lambda: reports.bury(plain))
            return
        try:
            body = record.read()
        except BadMessage:
            if not isinstance(plain.get("execution"), str):
                raise
            sweeper.bury_unreadable(str(plain["execution"]))
            return
        match body:
            case RunStandaloneAction():
                loose.bury(body)
            case RunAction():
                sweeper.bury_order(body)
            case FireCronTrigger():
                cron.bury(body)
            case CheckHeartbeat() | CheckClaim() | CheckDeadline():
                pulses.revive(body)
            case Notification() | BusEvent():
                raise unexpected(body)
            case _:
                sweeper.bury_event(body)

    return handle_each(event, bury, metrics)
