"""What commits say in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.core.engine.state.events import PauseAsked, Proceed, StopAsked
from chalicelib.core.states import CANCELLED, ERROR
from chalicelib.messaging.bodies import RunAction
from chalicelib.ports.observability import Metric
from chalicelib.service.outgoing import messages
from chalicelib.service.runs.advance import Errand
from tests.bodies import body_of, event_of
from tests.unit.service.worlds import ID, PART, World

ASYNC = "tasks: {a: {action: std.http url='x'}}"
CHAIN = "tasks: {a: {action: std.noop, on-success: b}, b: {action: std.echo output=1}}"
RETRIED = "tasks: {a: {action: std.fail, retry: {count: 3, delay: 0}}}"
LOOK = Errand(again=True, looking=True)


class Noted:
    """Metrics that can be looked at."""

    def __init__(self) -> None:
        self.counts: Counter[Metric] = Counter()
        self.last: dict[Metric, float] = {}

    def add(self, metric: Metric, value: float = 1) -> None:
        self.counts[metric] += 1 if metric.endswith("Latency") else int(value)
        self.last[metric] = value

    def flush(self, function: str) -> None:
        """Nobody asks for it."""


@pytest.mark.parametrize(
    ("body", "counted"),
    [
        (CHAIN, {Metric.EXECUTIONS_SUCCEEDED: 1, Metric.TASKS: 2, Metric.TASK_LATENCY: 2, Metric.EXECUTION_LATENCY: 1}),
        (
            RETRIED,
            {
                Metric.EXECUTIONS_FAILED: 1,
                Metric.TASKS: 1,
                Metric.TASKS_FAILED: 1,
                Metric.TASK_RETRIES: 3,
                Metric.TASK_LATENCY: 1,
                Metric.EXECUTION_LATENCY: 1,
            },
        ),
        (ASYNC, {}),
    ],
)
def test_an_execution_from_its_start(body: str, counted: dict[Metric, int]) -> None:
    noted = Noted()
    World(body, metrics=noted).advance.apply(ID, [Proceed()])
    assert noted.counts == {Metric.EXECUTIONS_STARTED: 1, **counted}


def test_states_are_counted_when_they_are_entered() -> None:
    noted = Noted()
    world = World(ASYNC, metrics=noted)
    world.advance.apply(ID, [Proceed()])
    for _ in range(2):
        world.advance.apply(ID, [PauseAsked()])
    world.clock.pass_by(timedelta(seconds=90))
    for _ in range(2):
        world.advance.apply(ID, [StopAsked(CANCELLED)])
    assert noted.counts[Metric.EXECUTIONS_PAUSED] == 1
    assert noted.counts[Metric.EXECUTIONS_CANCELLED] == 1
    assert noted.last[Metric.EXECUTION_LATENCY] == 90_000


def test_a_repeated_result_is_not_counted_again() -> None:
    noted = Noted()
    world = World(ASYNC, metrics=noted)
    world.advance.apply(ID, [Proceed()])
    order = body_of(RunAction, world.queues.actions[0])
    event = event_of(messages.result_message(order.execution, order.action, ERROR, "no"))
    for _ in range(3):
        world.advance.apply(ID, [event])
    assert noted.counts[Metric.TASKS_FAILED] == noted.counts[Metric.EXECUTIONS_FAILED] == 1


def test_a_check_that_finds_nothing_to_do_is_no_stuck_execution() -> None:
    noted = Noted()
    world = World(ASYNC, metrics=noted)
    world.advance.apply(ID, [Proceed()])
    world.advance.apply(ID, [Proceed()], LOOK)
    assert noted.counts[Metric.STUCK_EXECUTIONS] == 0


def test_an_execution_whose_first_message_was_lost_was_stuck() -> None:
    noted = Noted()
    world = World(CHAIN, metrics=noted)
    world.advance.apply(ID, [Proceed()], LOOK)
    world.advance.apply(ID, [Proceed()], LOOK)
    assert noted.counts[Metric.STUCK_EXECUTIONS] == 1


def test_an_execution_with_an_unsure_outbox_was_stuck() -> None:
    noted = Noted()
    world = World(ASYNC, metrics=noted)
    world.advance.apply(ID, [Proceed()])
    world.runs.heads[PART] = replace(world.head, unsure=True)
    world.advance.apply(ID, [Proceed()], LOOK)
    assert noted.counts[Metric.STUCK_EXECUTIONS] == 1
