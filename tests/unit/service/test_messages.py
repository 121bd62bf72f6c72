"""What is promised, sent and understood again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.core import ids
from chalicelib.core.bases import Base
from chalicelib.core.engine.effects import GoOn, RunAction, Wake
from chalicelib.core.engine.events import ActionEnded, ChildChanged, Event, ParentAsked, Proceed, TimedOut, Woken
from chalicelib.core.jsontext import Json, JsonDict, dumps, loads
from chalicelib.core.model import Action, ActionKey, Blob, Head, Origin, Run, Start, TaskKey, Value
from chalicelib.core.states import CANCELLED, ERROR, RUNNING
from chalicelib.service import messages
from chalicelib.service.messages import BadMessage
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


def sent(body: JsonDict) -> JsonDict:
    """A body as it comes out of a queue."""
    read = loads(dumps(body))
    assert isinstance(read, dict)
    return read


def test_a_promise_names_a_row() -> None:
    entry = sent(messages.promise(RunAction(KEY, "std.http", {"large": "x" * 1000})))
    assert messages.promised_action(entry) == KEY
    assert messages.promised_timer(ID, entry) is None
    assert len(dumps(entry)) < 32
    assert messages.promised_action(messages.promise(GoOn())) is None


@pytest.mark.parametrize("event", [Woken(TaskKey(1, 2), 5), TimedOut(TaskKey(1, 2), 0, 60)])
def test_a_timer_brings_its_event(event: Woken | TimedOut) -> None:
    at = NOW + timedelta(seconds=77)
    timer = messages.promised_timer(ID, sent(messages.promise(Wake(at, event))))
    assert timer is not None
    assert (timer.at, timer.message.group) == (at, PART)
    assert messages.event(sent(timer.message.body)) == event
    assert messages.execution_of(timer.message.body) == ID


def test_two_timers_are_told_apart() -> None:
    entries = [messages.promise(Wake(NOW, Woken(TaskKey(0, 0), wake))) for wake in (1, 2)]
    entries.append(messages.promise(Wake(NOW, TimedOut(TaskKey(0, 0), 1, 9))))
    timers = [messages.promised_timer(ID, entry) for entry in entries]
    assert len({timer.message.dedup for timer in timers if timer is not None}) == 3


@pytest.mark.parametrize("given", [{"a": [1, None]}, Blob("0" * 64, 5), {"blob": "x", "value": 1}])
def test_an_order_says_all_that_an_executor_needs(given: Value) -> None:
    action = Action(KEY, "std.http", RUNNING, given, NOW, NOW, is_sync=False, safe_rerun=True, timeout=8)
    message = messages.order_message(START, action)
    order = messages.order(sent(message.body))
    assert (order.key, order.execution_id, order.workflow_name) == (KEY, ID, "wf")
    assert order.project_id == START.project_id
    assert (order.name, order.input, order.is_sync, order.safe_rerun, order.timeout) == (
        "std.http",
        given,
        False,
        True,
        8,
    )
    assert order.task_id == ids.task_id(PART, KEY.task)
    assert messages.event(
        sent(messages.result_message(order.execution_id, order.action_id, CANCELLED, given).body)
    ) == ActionEnded(KEY, CANCELLED, given)


def test_an_order_of_an_ad_hoc_action_names_its_base() -> None:
    base = Base("std.http", {"url": "x"}, ("call/1",))
    action = Action(KEY, "call", RUNNING, {"to": "x"}, NOW, NOW, base=base)
    order = messages.order(sent(messages.order_message(START, action).body))
    assert (order.name, order.input) == ("std.http", {"url": "x"})


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (messages.go_on_message(ID, 3).body, Proceed()),
        (messages.check_message(ID, "now").body, Proceed()),
    ],
)
def test_messages_without_content(body: JsonDict, event: Event) -> None:
    assert messages.event(sent(body)) == event
    assert messages.execution_of(body) == ID
    assert messages.group_of(ID) == PART


@pytest.mark.parametrize("asked", [True, False])
def test_a_parent_is_told_what_is_true_of_a_version(asked: bool) -> None:
    task_id = ids.task_id(ids.partition("a parent"), KEY.task)
    start = replace(START, task_execution_id=task_id, origin=Origin("a parent", KEY.number))
    run = Run(start, Head(version=7, state=ERROR, output={"result": "why"}, updated_at=NOW))
    told = messages.told(run, asked)
    assert (told.group, messages.execution_of(told.body)) == (ids.partition("a parent"), "a parent")
    assert messages.event(sent(told.body)) == ChildChanged(KEY, ERROR, 7, {"result": "why"}, asked)


def test_a_sub_execution_is_asked_as_of_a_version() -> None:
    asked = messages.asked(
        Run(START, Head(version=7, state=CANCELLED, state_info="no", updated_at=NOW)), KEY, CANCELLED
    )
    assert messages.event(sent(asked.body)) == ParentAsked(CANCELLED, 7, "no")


def test_what_is_to_be_dropped_as_a_repetition() -> None:
    assert messages.go_on_message(ID, 3).dedup == messages.go_on_message(ID, 3).dedup
    assert messages.go_on_message(ID, 3).dedup != messages.go_on_message(ID, 4).dedup
    assert messages.check_message(ID, "1").dedup != messages.check_message(ID, "2").dedup


@pytest.mark.parametrize("value", [None, 0, "", [], {}, {"blob": "x"}, {"value": 1}, Blob("0" * 64, 7)])
def test_no_value_is_mistaken_for_another(value: Value) -> None:
    assert messages.value_in(sent(messages.value_out(value))) == value


@pytest.mark.parametrize("plain", [None, 1, "x", [], {}, {"hash": "x"}])
def test_what_carries_no_value(plain: Json) -> None:
    with pytest.raises(BadMessage):
        messages.value_in(plain)


@pytest.mark.parametrize("row", ["", "x", "b446d716-cfb0-4f9c-8000-000000000001", ids.task_id(PART, KEY.task)])
def test_what_is_no_id_of_an_action(row: str) -> None:
    with pytest.raises(BadMessage):
        messages.action_key(row)


@pytest.mark.parametrize("row", ["", "x", ids.action_id(PART, KEY)])
def test_what_is_no_id_of_a_task(row: str) -> None:
    with pytest.raises(BadMessage):
        messages.task_key(row)


@pytest.mark.parametrize("body", [{}, {"event": "?"}, {"execution": 5}])
def test_what_is_no_event(body: JsonDict) -> None:
    with pytest.raises(BadMessage):
        messages.event(body)
    with pytest.raises(BadMessage):
        messages.execution_of(body)
