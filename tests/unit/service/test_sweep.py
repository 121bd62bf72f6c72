"""Runs that nobody carries on are found, and messages that nobody can handle end what they are about (property P2)."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest

from chalicelib.core.engine.events import ActionEnded, Proceed, StopAsked
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import CANCELLED, ERROR
from chalicelib.errors import Unavailable
from chalicelib.ports import Runs
from chalicelib.service import messages
from chalicelib.service.advance import Errand
from chalicelib.service.removal import Removal
from chalicelib.service.sweep import Sweeper
from tests.unit.service.worlds import ID, NOW, PART, World

ASYNC = "tasks: {a: {action: std.async_noop}}"
MINUTE = timedelta(minutes=1)


def sweeper(world: World) -> Sweeper:
    runs = cast(Runs, world.runs)
    return Sweeper(runs, world.queues, world.advance, Removal(runs, world.queues, world.clock), world.clock)


def test_a_young_run_is_left_alone() -> None:
    world = World(ASYNC)
    assert sweeper(world).tick() == 0
    assert world.queues.events == []


def test_a_run_that_is_due_is_asked_to_check_itself() -> None:
    world = World(ASYNC)
    world.clock.pass_by(6 * MINUTE)
    assert sweeper(world).tick(lambda: False) == 1
    (message,) = world.queues.events
    assert message.body == {"execution": ID, "event": "check"}
    assert world.runs.due_at[PART] == NOW + 12 * MINUTE


def test_a_run_is_asked_less_and_less_often() -> None:
    world = World(ASYNC)
    world.clock.pass_by(timedelta(days=3))
    sweeper(world).tick(lambda: False)
    assert world.runs.due_at[PART] - world.clock.now() == timedelta(hours=1)


def test_a_run_that_is_over_is_not_asked_any_more() -> None:
    world = World(ASYNC)
    world.advance.apply(ID, [StopAsked(CANCELLED)])
    world.clock.pass_by(6 * MINUTE)
    assert sweeper(world).tick(lambda: False) == 0
    assert len(world.runs.looked) == 1


def test_a_check_sends_what_was_promised() -> None:
    """The run was committed, then nothing was sent, and its message is lost as well."""
    world = World(ASYNC)
    world.queues.away = True
    with pytest.raises(Unavailable):
        world.advance.apply(ID, [Proceed()])
    world.queues.away = False
    world.clock.pass_by(6 * MINUTE)
    sweeper(world).tick(lambda: False)
    (check,) = world.queues.events
    world.process().apply(ID, [messages.event(check.body)], Errand(again=True))
    assert len(world.queues.actions) == 1


def test_checks_that_could_not_be_sent_are_sent_next_time() -> None:
    world = World(ASYNC)
    world.clock.pass_by(6 * MINUTE)
    world.queues.away = True
    with pytest.raises(Unavailable):
        sweeper(world).tick(lambda: False)
    world.queues.away = False
    assert sweeper(world).tick(lambda: False) == 1


def test_a_poisonous_event_ends_its_run() -> None:
    world = World(ASYNC)
    world.advance.apply(ID, [Proceed()])
    body: JsonDict = {"execution": ID, "event": "ended"}
    sweeper(world).bury_event(body)
    assert world.state == "ERROR"
    assert world.head.state_info == "The event 'ended' could not be handled, however often it was tried."
    version = world.head.version
    sweeper(world).bury_event(body)
    assert world.head.version == version


def test_a_poisonous_event_of_a_run_that_is_gone() -> None:
    sweeper(World(ASYNC)).bury_event({"execution": "nobody", "event": "proceed"})


def test_an_order_that_nobody_could_carry_out_ends_its_action() -> None:
    world = World(ASYNC)
    world.advance.apply(ID, [Proceed()])
    sweeper(world).bury_order(world.queues.actions[0].body)
    event = messages.event(world.queues.events[0].body)
    assert isinstance(event, ActionEnded)
    assert (event.action, event.state) == (world.key("a"), ERROR)
    assert world.advance.apply(ID, [event]).head.state is ERROR
