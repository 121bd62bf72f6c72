"""Every kind that is written has a handler, and what belongs elsewhere or cannot be read fails and is counted."""

from __future__ import annotations

import logging
from typing import Any, get_args

import pytest

from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import ERROR, RUNNING
from chalicelib.messaging.bodies import (
    ActionBody,
    AnyBody,
    BusEvent,
    CheckHeartbeat,
    Continue,
    FireCronTrigger,
    Notification,
    RemoveExecution,
    RunAction,
    RunStandaloneAction,
    StepBody,
    TimerBody,
    kind_of,
)
from chalicelib.service.outgoing.standalone_actions import ordered
from tests.bodies import event_of, failed, lambda_event
from tests.unit.messaging.handlers import Handlers
from tests.unit.messaging.samples import ALONE, HEARD, SAMPLES
from tests.unit.service.worlds import ID, PART

KINDS: tuple[type, ...] = get_args(AnyBody)
READ_BY: dict[str, tuple[type, ...]] = {
    "events": get_args(StepBody),
    "actions": get_args(ActionBody),
    "timers": get_args(TimerBody),
    "notifications": (Notification,),
    "incoming": (BusEvent,),
}
"""What each queue holds."""
OURS = [queue for queue in READ_BY if queue != "incoming"]


@pytest.fixture
def handlers() -> Handlers:
    return Handlers()


def test_every_kind_is_on_a_queue_and_nothing_else() -> None:
    assert {kind for kinds in READ_BY.values() for kind in kinds} == set(KINDS)


@pytest.mark.parametrize(("queue", "kind"), [(queue, kind) for queue, kinds in READ_BY.items() for kind in kinds])
def test_what_a_queue_holds_is_handled(
    handlers: Handlers, queue: str, kind: type, caplog: pytest.LogCaptureFixture
) -> None:
    assert handlers.by_queue[queue](lambda_event(SAMPLES[kind])) == failed()
    assert handlers.unreadable == 0
    assert not [line for line in caplog.records if line.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("queue", "kind"),
    [(queue, kind) for queue in OURS for kind in KINDS if kind not in READ_BY[queue]],
)
def test_what_belongs_on_another_queue_fails_and_is_counted(handlers: Handlers, queue: str, kind: type) -> None:
    assert handlers.by_queue[queue](lambda_event(SAMPLES[kind])) == failed(0)
    assert handlers.unreadable == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not BusEvent])
def test_what_is_no_event_of_a_bus_is_dropped(handlers: Handlers, kind: type, caplog: pytest.LogCaptureFixture) -> None:
    assert handlers.by_queue["incoming"](lambda_event(SAMPLES[kind])) == failed()
    assert f"dropped message m0: A message of kind {kind_of(SAMPLES[kind])} does not belong here" in caplog.text
    assert handlers.unreadable == 0


# --- what cannot be read ----------------------------------------------------------------------------------------------

UNREADABLE: list[JsonDict | str] = [
    "no JSON",
    {},
    {"kind": "unheard of", "execution": ID},
    {"kind": "action_ended", "execution": ID},
    {"event": "explode", "execution": ID},
]


@pytest.mark.parametrize("queue", OURS)
@pytest.mark.parametrize("message", UNREADABLE)
def test_a_message_of_ours_that_cannot_be_read_fails_and_is_counted(
    handlers: Handlers, queue: str, message: JsonDict | str, caplog: pytest.LogCaptureFixture
) -> None:
    assert handlers.by_queue[queue](lambda_event(message)) == failed(0)
    assert handlers.unreadable == 1
    assert "message m0 cannot be read" in caplog.text
    assert handlers.world.head.state is RUNNING


@pytest.mark.parametrize("queue", ["actions", "timers"])
def test_it_keeps_no_other_from_being_handled(handlers: Handlers, queue: str) -> None:
    good = SAMPLES[READ_BY[queue][0]]
    assert handlers.by_queue[queue](lambda_event(good, "no JSON", good)) == failed(1)


@pytest.mark.parametrize("queue", ["events", "notifications"])
def test_of_its_execution_the_later_ones_wait_for_it(handlers: Handlers, queue: str) -> None:
    good = SAMPLES[READ_BY[queue][0]]
    assert handlers.by_queue[queue](lambda_event(good, "no JSON", good)) == failed(1, 2)
    assert handlers.unreadable == 1


def test_an_event_whose_ids_are_not_ours_is_unreadable_too(handlers: Handlers) -> None:
    plain: JsonDict = {"kind": "delay_ended", "execution": ID, "task": "no id", "wake": 1}
    assert handlers.step(lambda_event(Continue(execution=ID), plain, Continue(execution=ID))) == failed(1, 2)
    assert handlers.unreadable == 1


def test_a_newer_message_waits_for_newer_code_and_is_not_counted(handlers: Handlers) -> None:
    for queue in [*READ_BY, "dead"]:
        assert handlers.by_queue[queue](lambda_event({"kind": "new", "format": 3})) == failed(0), queue
    assert handlers.unreadable == 0


@pytest.mark.parametrize("message", ["no JSON", {}, {"exchange": "bus"}, {"exchange": "bus", "event": {}}])
def test_an_event_of_a_bus_that_cannot_be_read_is_dropped(
    handlers: Handlers, message: JsonDict | str, caplog: pytest.LogCaptureFixture
) -> None:
    assert handlers.by_queue["incoming"](lambda_event(message)) == failed()
    assert "dropped message m0" in caplog.text
    assert handlers.unreadable == 0


@pytest.mark.parametrize("mark", [{}, {"kind": "bus_event"}])
def test_what_rules_of_buses_send_with_and_without_its_kind(handlers: Handlers, mark: JsonDict) -> None:
    handlers.buses.add("t", scope="public")
    handlers.by_queue["incoming"](lambda_event({**mark, "exchange": "bus", "event": HEARD}))
    assert handlers.buses.started() == ["t"]


# --- dead letters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", UNREADABLE)
def test_a_dead_letter_that_cannot_be_read_ends_the_execution_that_it_names(
    handlers: Handlers, message: JsonDict | str
) -> None:
    named = isinstance(message, dict) and "execution" in message
    assert handlers.dead(lambda_event(message)) == (failed() if named else failed(0))
    assert handlers.unreadable == (0 if named else 1)
    assert handlers.world.state == ("ERROR" if named else "RUNNING")
    if named:
        assert handlers.world.head.state_info == "A message of this execution cannot be read."


@pytest.mark.parametrize("kind", [kind for kind in get_args(StepBody) if kind is not RemoveExecution])
def test_a_dead_event_ends_its_execution(handlers: Handlers, kind: type) -> None:
    assert handlers.dead(lambda_event(SAMPLES[kind])) == failed()
    said = f"The event '{kind_of(SAMPLES[kind])}' could not be handled, however often it was tried."
    assert (handlers.world.state, handlers.world.head.state_info) == ("ERROR", said)


def test_a_dead_removal_is_made_up_for(handlers: Handlers) -> None:
    assert handlers.dead(lambda_event(SAMPLES[RemoveExecution])) == failed()
    assert handlers.world.runs.run(PART) is None


def test_dead_orders_end_in_error(handlers: Handlers) -> None:
    assert handlers.dead(lambda_event(SAMPLES[RunAction], SAMPLES[RunStandaloneAction])) == failed()
    (ended,) = handlers.world.queues.events
    handlers.world.advance.apply(ID, [event_of(ended)])
    assert handlers.world.state == "ERROR"
    assert handlers.performed == []


def test_a_dead_order_of_an_action_alone_ends_what_is_stored(handlers: Handlers) -> None:
    body = SAMPLES[RunStandaloneAction]
    assert isinstance(body, RunStandaloneAction)
    handlers.loose.create(ordered(body).loose)
    assert handlers.dead(lambda_event(body)) == failed()
    assert handlers.loose.kept[ALONE].action.state is ERROR
    assert handlers.performed == []


def test_dead_timers_move_on(handlers: Handlers) -> None:
    made = handlers.cron.add()
    due = FireCronTrigger(trigger=made.id, version=made.version)
    assert handlers.dead(lambda_event(due, SAMPLES[CheckHeartbeat])) == failed()
    assert handlers.cron.facts().error == "The trigger could not be fired."
    assert [type(message.body) for message in handlers.world.queues.timers] == [CheckHeartbeat]


@pytest.mark.parametrize("kind", [Notification, BusEvent])
def test_dead_letters_that_nobody_sends_there_stay(handlers: Handlers, kind: type) -> None:
    answer: dict[str, Any] = handlers.dead(lambda_event(SAMPLES[kind]))
    assert (answer, handlers.unreadable) == (failed(0), 1)
