"""The executor, timers, results of workers, notifications, events of buses, dead letters: one message at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

from chalicelib.entry.records import Record, handle_each, handle_in_order, handle_side_by_side, records
from chalicelib.errors import Forbidden, InvalidRequest, Unavailable
from chalicelib.ports import Message, Queues
from chalicelib.ports_notices import Notice
from chalicelib.service import formats, messages
from chalicelib.service.cron_firing import CronFiring
from chalicelib.service.cron_queue import is_firing
from chalicelib.service.event_firing import EventFiring
from chalicelib.service.executor import Delivery, Executor
from chalicelib.service.loose_runner import LooseRunner
from chalicelib.service.messages import BadMessage
from chalicelib.service.notifier import Notifier, received
from chalicelib.service.pulse_timers import is_pulse
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
    loose: LooseRunner | None = None,
) -> dict[str, Any]:
    """Run the actions of a batch side by side: they mostly wait, and a slow one must not hold up the others."""

    def run(record: Record) -> None:
        seconds = max(seconds_left() - RESERVE_SECONDS, 1.0)
        runner = loose if loose is not None and "loose" in record.body else executor
        runner.execute(record.body, Delivery(record.id, record.count), seconds)

    return handle_side_by_side(event, run)


def handle_timers(
    event: Mapping[str, Any], queues: Queues, cron: CronFiring, pulses: Pulses | None = None
) -> dict[str, Any]:
    """Forward events whose time has come to the step handler, whose queue drops repeated ones, fire cron triggers, and
    look after workers, side by side: thousands may be due at once."""

    def deliver(record: Record) -> None:
        if is_firing(record.body):
            cron.fire(record.body)
            return
        if pulses is not None and is_pulse(record.body):
            pulses.look(record.body)
            return
        execution_id = messages.execution_of(record.body)
        messages.event(record.body)
        group = messages.group_of(execution_id)
        queues.send_events([Message(group, f"timer-{record.id}", record.body)])

    return handle_side_by_side(event, deliver)


def handle_results(event: Mapping[str, Any], reports: WorkerReports) -> dict[str, Any]:
    """Take in what workers report. What cannot be read or believed is dropped, and the log says why, without secrets:
    sent again, it would be no better."""

    def take(record: Record) -> None:
        answer = _believed(lambda: reports.answer(record.body))
        if answer["answer"] == "late":
            log.info("dropped report %s: action execution %s is over", record.id, record.body["action_execution_id"])

    return handle_side_by_side(event, take, ours=False)


def _believed(take: Callable[[], T]) -> T:
    try:
        return take()
    except (InvalidRequest, Forbidden) as error:
        raise BadMessage(error.message) from None


def handle_notifications(
    event: Mapping[str, Any], notifier: Notifier, seconds_left: Callable[[], float]
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
            received(record.body)
            if record.id not in over[record.group].result():
                raise Unavailable("There was no time for all listeners; the others are told at the next delivery")

        return handle_in_order(event, check)


def _publish(notifier: Notifier, found: Sequence[Record], seconds_left: Callable[[], float]) -> frozenset[str]:
    """The ids of those records of a group that are over."""
    ready: dict[str, Notice] = {}
    for record in found:
        if formats.is_newer(record.body):
            break  # it stays for a newer version, and what is behind it waits
        with suppress(BadMessage):  # which `check` drops
            ready[record.id] = received(record.body)
    return frozenset([*ready][: notifier.publish([*ready.values()], seconds_left)])


def handle_incoming(event: Mapping[str, Any], firing: EventFiring) -> dict[str, Any]:
    """Start what waits for events, side by side."""
    return handle_side_by_side(event, lambda record: firing.hear(record.body))


def handle_dead_letters(
    event: Mapping[str, Any],
    sweeper: Sweeper,
    loose: LooseRunner | None = None,
    cron: CronFiring | None = None,
    reports: WorkerReports | None = None,
    pulses: Pulses | None = None,
) -> dict[str, Any]:
    """Turn what nobody could handle into an ERROR that people see.

    Reports come first: workers write them, so whatever else is in one must not make it a message of the service.
    """

    def bury(record: Record) -> None:
        if reports is not None and "report" in record.body:
            _believed(lambda: reports.bury(record.body))
        elif loose is not None and "loose" in record.body:
            loose.bury(record.body)
        elif cron is not None and is_firing(record.body):
            cron.bury(record.body)
        elif pulses is not None and is_pulse(record.body):
            pulses.revive(record.body)
        elif "name" in record.body:
            sweeper.bury_order(record.body)
        else:
            sweeper.bury_event(record.body)

    return handle_each(event, bury)
