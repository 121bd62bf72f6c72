"""What is promised, sent and understood again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.core import ids
from chalicelib.core.engine.state.effects import GoOn, RunAction, Wake
from chalicelib.core.engine.state.events import (
    ActionEnded,
    ChildChanged,
    Event,
    ParentAsked,
    Proceed,
    ServicePaused,
    ServiceResumed,
    TimedOut,
    Woken,
)
from chalicelib.core.jsontext import Json, JsonDict, dumps, loads
from chalicelib.core.model import Action, Head, Origin, Run, Start
from chalicelib.core.resolved_action import Base
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING
from chalicelib.core.values import ActionKey, Blob, TaskKey, Value
from chalicelib.messaging import bodies, codec
from chalicelib.messaging.bodies import (
    CarriedValue,
    DelayEnded,
    EngineEvent,
    ExecutionEvent,
    SubExecutionChanged,
    SubExecutionRefused,
    TaskTimedOut,
)
from chalicelib.messaging.codec import BadMessage
from chalicelib.ports.messaging import Message
from chalicelib.service.outgoing import messages
from tests.bodies import event_of, sent
from tests.unit.service.worlds import ID, NOW, PART

KEY = ActionKey(TaskKey(1, 2), 3)
START = Start(
    id=ID,
    project_id="p",
    workflow_id="w",
    workflow_name="wf",
    workflow_namespace="",
    definition="w:1",
    input={},
    params={},
    created_at=NOW,
)


def kept(entry: JsonDict) -> JsonDict:
    """An outbox entry as it comes out of a head."""
    read = loads(dumps(entry))
    assert isinstance(read, dict)
    return read


def execution_of(message: Message) -> str:
    """Whom a message is about."""
    assert isinstance(message.body, ExecutionEvent)
    return message.body.execution


def test_a_promise_names_a_row() -> None:
    entry = kept(messages.promise(RunAction(KEY, "std.http", {"large": "x" * 1000})))
    assert messages.promised_action(entry) == KEY
    assert messages.promised_timer(ID, entry) is None
    assert len(dumps(entry)) < 32
    assert messages.promised_action(messages.promise(GoOn())) is None


@pytest.mark.parametrize("event", [Woken(TaskKey(1, 2), 5), TimedOut(TaskKey(1, 2), 0, 60)])
def test_a_timer_brings_its_event(event: Woken | TimedOut) -> None:
    at = NOW + timedelta(seconds=77)
    timer = messages.promised_timer(ID, kept(messages.promise(Wake(at, event))))
    assert timer is not None
    assert (timer.at, timer.message.group) == (at, PART)
    assert event_of(timer.message) == event
    assert execution_of(timer.message) == ID


def test_two_timers_are_told_apart() -> None:
    entries = [messages.promise(Wake(NOW, Woken(TaskKey(0, 0), wake))) for wake in (1, 2)]
    entries.append(messages.promise(Wake(NOW, TimedOut(TaskKey(0, 0), 1, 9))))
    timers = [messages.promised_timer(ID, entry) for entry in entries]
    assert len({timer.message.dedup for timer in timers if timer is not None}) == 3


@pytest.mark.parametrize("given", [{"a": [1, None]}, Blob("0" * 64, 5), {"blob": "x", "value": 1}])
def test_an_order_says_all_that_an_executor_needs(given: Value) -> None:
    action = Action(KEY, "std.http", RUNNING, given, NOW, NOW, is_sync=False, safe_rerun=True, timeout=8)
    order = sent(bodies.RunAction, messages.order_message(START, action))
    assert (messages.action_key(order.action), order.execution, order.workflow) == (KEY, ID, "wf")
    assert order.project == START.project_id
    assert (order.name, order.input.content) == ("std.http", given)
    assert (order.sync, order.safe_rerun, order.timeout) == (False, True, 8)
    assert messages.task_id_of(order) == ids.task_id(PART, KEY.task)
    ended = messages.result_message(order.execution, order.action, CANCELLED, given)
    assert event_of(ended) == ActionEnded(KEY, CANCELLED, given)


def test_an_order_of_an_ad_hoc_action_names_its_base() -> None:
    base = Base("std.http", {"url": "x"}, ("call/1",))
    action = Action(KEY, "call", RUNNING, {"to": "x"}, NOW, NOW, base=base)
    order = sent(bodies.RunAction, messages.order_message(START, action))
    assert (order.name, order.input.content) == ("std.http", {"url": "x"})


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (messages.go_on_message(ID, 3), Proceed()),
        (messages.check_message(ID, "now"), Proceed()),
        (messages.maintenance_message(ID, PAUSED, "m"), ServicePaused()),
        (messages.maintenance_message(ID, RUNNING, "m"), ServiceResumed()),
    ],
)
def test_messages_without_content(message: Message, event: Event) -> None:
    assert event_of(message) == event
    assert execution_of(message) == ID
    assert messages.group_of(ID) == PART


@pytest.mark.parametrize("asked", [True, False])
def test_a_parent_is_told_what_is_true_of_a_version(asked: bool) -> None:
    task_id = ids.task_id(ids.partition("a parent"), KEY.task)
    start = replace(START, task_execution_id=task_id, origin=Origin("a parent", KEY.number))
    run = Run(start, Head(version=7, state=ERROR, output={"result": "why"}, updated_at=NOW))
    told = messages.told(run, asked)
    assert (told.group, execution_of(told)) == (ids.partition("a parent"), "a parent")
    assert event_of(told) == ChildChanged(KEY, ERROR, 7, {"result": "why"}, asked)


def test_a_sub_execution_is_asked_as_of_a_version() -> None:
    asked = messages.asked(
        Run(START, Head(version=7, state=CANCELLED, state_info="no", updated_at=NOW)), KEY, CANCELLED
    )
    assert event_of(asked) == ParentAsked(CANCELLED, 7, "no")


def test_what_is_to_be_dropped_as_a_repetition() -> None:
    assert messages.go_on_message(ID, 3).dedup == messages.go_on_message(ID, 3).dedup
    assert messages.go_on_message(ID, 3).dedup != messages.go_on_message(ID, 4).dedup
    assert messages.check_message(ID, "1").dedup != messages.check_message(ID, "2").dedup
    asked = [messages.maintenance_message(ID, state, "m-1").dedup for state in (PAUSED, PAUSED, RUNNING)]
    assert len(set(asked)) == 2
    assert messages.maintenance_message(ID, PAUSED, "m-2").dedup not in asked


@pytest.mark.parametrize("value", [None, 0, "", [], {}, {"blob": "x"}, {"value": 1}, Blob("0" * 64, 7)])
def test_no_value_is_mistaken_for_another(value: Value) -> None:
    ended = messages.result_message(ID, ids.action_id(PART, KEY), RUNNING, value)
    assert sent(bodies.ActionEnded, ended).result.content == value


@pytest.mark.parametrize("plain", [None, 1, "x", [], {"size": "x"}, {"blob": 5}])
def test_what_carries_no_value(plain: Json) -> None:
    body = {"kind": "action_ended", "execution": ID, "action": ids.action_id(PART, KEY), "state": "SUCCESS"}
    with pytest.raises(BadMessage):
        codec.from_plain({**body, "result": plain})


@pytest.mark.parametrize("row", ["", "x", "b446d716-cfb0-4f9c-8000-000000000001", ids.task_id(PART, KEY.task)])
def test_what_is_no_id_of_an_action(row: str) -> None:
    with pytest.raises(BadMessage):
        messages.action_key(row)


@pytest.mark.parametrize("row", ["", "x", ids.action_id(PART, KEY)])
def test_what_is_no_id_of_a_task(row: str) -> None:
    with pytest.raises(BadMessage):
        messages.task_key(row)


@pytest.mark.parametrize(
    "body",
    [
        DelayEnded(execution=ID, task="no id", wake=1),
        TaskTimedOut(execution=ID, task="no id", run=1, seconds=1),
        bodies.ActionEnded(execution=ID, action="no id", state=ERROR, result=CarriedValue()),
        SubExecutionChanged(execution=ID, child="no id", state=ERROR, version=1, output=CarriedValue()),
        SubExecutionRefused(execution=ID, child="no id", reason="?"),
    ],
)
def test_what_names_nothing_of_the_execution(body: EngineEvent) -> None:
    with pytest.raises(BadMessage):
        messages.event(body)
