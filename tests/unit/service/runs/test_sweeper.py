"""Runs that nobody carries on are found, and messages that nobody can handle end what they are about (property P2)."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest

from chalicelib.core import ids
from chalicelib.core.engine.state.events import ActionEnded, Proceed, StopAsked
from chalicelib.core.states import CANCELLED, ERROR, SUCCESS
from chalicelib.errors import Unavailable
from chalicelib.messaging import bodies
from chalicelib.messaging.bodies import CarriedValue, Check, Continue, RunAction
from chalicelib.ports.runs import Runs
from chalicelib.service.runs.advance import Errand
from chalicelib.service.runs.removal import Removal
from chalicelib.service.runs.sweeper import Sweeper
from tests.bodies import body_of, event_of
from tests.unit.service.worlds import ID, NOW, PART, World

ASYNC = "tasks: {a: {action: std.http url='x'}}"
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
    assert message.body == Check(execution=ID)
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
    world.process().apply(ID, [event_of(check)], Errand(again=True))
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
    action_id = ids.action_id(PART, world.key("a"))
    body = bodies.ActionEnded(execution=ID, action=action_id, state=SUCCESS, result=CarriedValue())
    sweeper(world).bury_event(body)
    assert world.state == "ERROR"
    assert world.head.state_info == "The event 'action_ended' could not be handled, however often it was tried."
    version = world.head.version
    sweeper(world).bury_event(body)
    assert world.head.version == version


def test_a_poisonous_event_of_a_run_that_is_gone() -> None:
    sweeper(World(ASYNC)).bury_event(Continue(execution="nobody"))


def test_an_unreadable_message_ends_its_run() -> None:
    world = World(ASYNC)
    world.advance.apply(ID, [Proceed()])
    sweeper(world).bury_unreadable(ID)
    assert (world.state, world.head.state_info) == ("ERROR", "A message of this execution cannot be read.")
    sweeper(world).bury_unreadable("nobody")


def test_an_order_that_nobody_could_carry_out_ends_its_action() -> None:
    world = World(ASYNC)
    world.advance.apply(ID, [Proceed()])
    sweeper(world).bury_order(body_of(RunAction, world.queues.actions[0]))
    event = event_of(world.queues.events[0])
    assert isinstance(event, ActionEnded)
    assert (event.action, event.state) == (world.key("a"), ERROR)
    assert world.advance.apply(ID, [event]).head.state is ERROR
