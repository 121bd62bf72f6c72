"""The executor, timers, results of workers, notifications, events of buses, dead letters: one message at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from chalicelib.entry.records import Foreign, Record, handle_each, handle_in_order, handle_side_by_side, records
from chalicelib.errors import Forbidden, InvalidRequest, NewerFormat, Unavailable
from chalicelib.messaging.bodies import (
    AnyBody,
    BusEvent,
    CheckClaim,
    CheckDeadline,
    CheckHeartbeat,
    DelayEnded,
    FireCronTrigger,
    Notification,
    RunAction,
    RunStandaloneAction,
    TaskTimedOut,
    kind_of,
)
from chalicelib.messaging.codec import BadMessage
from chalicelib.ports import Message, Queues
from chalicelib.ports_metrics import UNHEARD, Metrics
from chalicelib.ports_notices import Notice
from chalicelib.service import messages
from chalicelib.service.cron_firing import CronFiring
from chalicelib.service.event_firing import EventFiring
from chalicelib.service.executor import Delivery, Executor
from chalicelib.service.loose_runner import LooseRunner
from chalicelib.service.notifier import Notifier
from chalicelib.service.pulses import Pulses
from chalicelib.service.sweep import Sweeper
from chalicelib.service.worker_reports import WorkerReports

T = TypeVar("T")

log = logging.getLogger(__name__)

RESERVE_SECONDS = 5.0
"""What an action may not use of the time of the function: the result has to be reported."""


def handle_orders(
    event: Mapping[str, Any],
    executor: Executor,
    seconds_left: Callable[[], float],
    loose: LooseRunner,
    metrics: Metrics = UNHEARD,
) -> dict[str, Any]:
    """Run the actions of a batch side by side: they mostly wait, and a slow one must not hold up the others."""

    def run(record: Record) -> None:
        seconds = max(seconds_left() - RESERVE_SECONDS, 1.0)
        delivery = Delivery(record.id, record.count)
        match record.read():
            case RunAction() as order:
                executor.execute(order, delivery, seconds)
            case RunStandaloneAction() as order:
                loose.execute(order, delivery, seconds)
            case other:
                raise unexpected(other)

    return handle_side_by_side(event, run, metrics)


def handle_timers(
    event: Mapping[str, Any], queues: Queues, cron: CronFiring, pulses: Pulses, metrics: Metrics = UNHEARD
) -> dict[str, Any]:
    """Forward events whose time has come to the step handler, whose queue drops repeated ones, fire cron triggers, and
    look after workers, side by side: thousands may be due at once."""

    def deliver(record: Record) -> None:
        match record.read():
            case FireCronTrigger() as due:
                cron.fire(due)
            case CheckHeartbeat() | CheckClaim() | CheckDeadline() as timer:
                pulses.look(timer)
            case DelayEnded() | TaskTimedOut() as ended:
                group = messages.group_of(ended.execution)
                queues.send_events([Message(group, f"timer-{record.id}", ended)])
            case other:
                raise unexpected(other)

    return handle_side_by_side(event, deliver, metrics)


def handle_results(event: Mapping[str, Any], reports: WorkerReports) -> dict[str, Any]:
    """Take in what workers report. What cannot be read or believed is dropped, and the log says why, without secrets:
    sent again, it would be no better."""

    def take(record: Record) -> None:
        report = record.foreign()
        answer = _believed(lambda: reports.answer(report))
        if answer["answer"] == "late":
            log.info("dropped report %s: action execution %s is over", record.id, report["action_execution_id"])

    return handle_side_by_side(event, take)


def _believed(take: Callable[[], T]) -> T:
    try:
        return take()
    except (InvalidRequest, Forbidden) as error:
        raise Foreign(error.message) from None


def handle_notifications(
    event: Mapping[str, Any], notifier: Notifier, seconds_left: Callable[[], float], metrics: Metrics = UNHEARD
) -> dict[str, Any]:
    """Publish what executions have to tell, in the order of each; one execution waits for no other."""
    groups: dict[str, list[Record]] = {}
    for record in records(event):
        groups.setdefault(record.group, []).append(record)
    with ThreadPoolExecutor(max(len(groups), 1)) as pool:
        over = {
            group: pool.submit(copy_context().run, _publish, notifier, found, seconds_left)
            for group, found in groups.items()
        }

        def check(record: Record) -> None:
            _notice(record)
            if record.id not in over[record.group].result():
                raise Unavailable("There was no time for all listeners; the others are told at the next delivery")

        return handle_in_order(event, check, metrics)


def _publish(notifier: Notifier, found: Sequence[Record], seconds_left: Callable[[], float]) -> frozenset[str]:
    """The ids of those records of a group that are over."""
    ready: dict[str, Notice] = {}
    for record in found:
        try:
            ready[record.id] = _notice(record)
        except (BadMessage, NewerFormat):
            break  # `check` says so; what is behind it waits
    return frozenset([*ready][: notifier.publish([*ready.values()], seconds_left)])


def _notice(record: Record) -> Notice:
    """What a record tells. Raises `BadMessage` and `NewerFormat`."""
    match record.read():
        case Notification() as body:
            return Notice(body.execution, body.key, body.payload)
        case other:
            raise unexpected(other)


def handle_incoming(event: Mapping[str, Any], firing: EventFiring) -> dict[str, Any]:
    """Start what waits for events, side by side. Events that cannot be read are dropped: a rule of the bus has put them
    into the queue, and not this service."""

    def hear(record: Record) -> None:
        try:
            body = record.read()
            if not isinstance(body, BusEvent):
                raise unexpected(body)
            firing.hear(body)
        except BadMessage as error:
            raise Foreign(error.message) from None

    return handle_side_by_side(event, hear)


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
            _believed(lambda: reports.bury(plain))
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


def unexpected(body: AnyBody) -> BadMessage:
    """The error for a message of a kind that does not belong on this queue."""
    return BadMessage(f"A message of kind {kind_of(body)} does not belong here")
