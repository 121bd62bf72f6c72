"""What wakes the service: the routes of the REST API, and the events that functions are called with."""

from __future__ import annotations

import os
from typing import Any

from chalice.app import CloudWatchEvent, SQSEvent

from chalicelib.bootstrap import container
from chalicelib.entry import json_logging, observability
from chalicelib.entry.api import api
from chalicelib.entry.functions import sandbox
from chalicelib.entry.functions import step as stepping
from chalicelib.entry.functions.dead_letters import handle_dead_letters
from chalicelib.entry.functions.execute import handle_orders
from chalicelib.entry.functions.listen import handle_incoming
from chalicelib.entry.functions.notify import handle_notifications
from chalicelib.entry.functions.results import handle_results
from chalicelib.entry.functions.timers import handle_timers

RESERVE_MS = 10_000
"""Time a step keeps for its last commit and its messages."""

watching = container.check().watching
json_logging.install(watching.log_json, watching.log_sample)
app = api(os.environ.get("APP_NAME", "meltemi"))
app.register_middleware(observability.middleware, "all")
app.register_blueprint(sandbox.functions)  # a function that is loaded without this module


@app.on_sqs_message(queue="events.fifo", batch_size=10, name="step")
def step(event: SQSEvent) -> dict[str, Any]:
    """Events of executions: the step handler."""
    made = container.services()

    def may_go_on() -> bool:
        return _left(event.context) > RESERVE_MS

    return stepping.handle(event.to_dict(), made.advance, made.removal, may_go_on, made.ports.metrics)


@app.on_sqs_message(queue="actions", batch_size=10, name="execute")
def execute(event: SQSEvent) -> dict[str, Any]:
    """Actions to run: the executor."""
    services = container.services()
    return handle_orders(
        event.to_dict(),
        services.executor,
        lambda: _left(event.context) / 1000,
        services.loose_runner,
        services.ports.metrics,
    )


@app.on_sqs_message(queue="timers", batch_size=10, name="timers")
def timers(event: SQSEvent) -> dict[str, Any]:
    """Events and cron triggers whose time has come."""
    services = container.services()
    ports = services.ports
    return handle_timers(event.to_dict(), ports.queues, services.cron_firing, services.workers.pulses, ports.metrics)


@app.on_sqs_message(queue="results", batch_size=10, name="results")
def results(event: SQSEvent) -> dict[str, Any]:
    """What external workers report."""
    return handle_results(event.to_dict(), container.services().workers.reports)


@app.on_sqs_message(queue="notifications.fifo", batch_size=10, name="notify")
def notify(event: SQSEvent) -> dict[str, Any]:
    """What executions tell those who listen."""
    services = container.services()

    def seconds_left() -> float:
        return _left(event.context) / 1000

    return handle_notifications(event.to_dict(), services.notifier, seconds_left, services.ports.metrics)


@app.on_sqs_message(queue="incoming", batch_size=10, name="listen")
def listen(event: SQSEvent) -> dict[str, Any]:
    """Events of the buses: event triggers."""
    return handle_incoming(event.to_dict(), container.services().event_firing)


@app.on_sqs_message(queue="dead", batch_size=10, name="dead_letters")
def dead_letters(event: SQSEvent) -> dict[str, Any]:
    """Messages that nobody could handle."""
    made = container.services()
    workers = made.workers
    return handle_dead_letters(
        event.to_dict(),
        made.sweeper,
        made.loose_runner,
        made.cron_firing,
        workers.reports,
        workers.pulses,
        made.ports.metrics,
    )


@app.schedule("rate(1 minute)", name="tick")
def tick(event: CloudWatchEvent) -> dict[str, Any]:
    """Every minute: timers and cron triggers that are due soon, runs that may be stuck, and those that have expired."""
    services = container.services()

    def may_go_on() -> bool:
        return _left(event.context) > RESERVE_MS

    return {
        "timers": services.timers.tick(may_go_on),
        "fired": services.cron_firing.tick(may_go_on),
        "checked": services.sweeper.tick(may_go_on),
        "maintained": services.maintenance.tick(may_go_on),
        "expired": services.expiration.tick(may_go_on),
    }


def _left(context: Any) -> float:
    return float(context.get_remaining_time_in_millis())
