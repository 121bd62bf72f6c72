"""Tasks that run workflows: what they ask for and what they make of what they hear (engine rules §14)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.effects import AskChild, StartExecution, TellParent
from chalicelib.core.engine.events import (
    ChildChanged,
    ChildRefused,
    Event,
    ParentAsked,
    PauseAsked,
    ResumeAsked,
    StopAsked,
    Woken,
)
from chalicelib.core.jsontext import Json
from chalicelib.core.model import Origin
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, SUCCESS, State
from tests.unit.core.engine.table import Play, Table, workflow

CALL = """
  input: [which: inner]
  output: {got: <% $.got %>}
  tasks:
    call:
      workflow: <% $.which %> a=<% 1 + 1 %>
      publish: {got: <% task().result.v %>}
      on-error:
        - handle: <% $.which = handled %>
    handle: {action: std.noop, publish: {got: handled}}
"""
TWO = """
  tasks:
    a: {workflow: inner, on-success: meet}
    b: {workflow: inner, on-success: meet}
    meet: {join: all, action: std.noop}
"""


def changed(table: Table, state: State, output: Json = None, name: str = "call") -> ChildChanged:
    """The next that is heard of the latest sub-execution of a task."""
    action = table.task(name).action
    assert action is not None
    return ChildChanged(action.key, state, action.heard + 1, output)


def test_a_task_asks_for_a_sub_execution_with_evaluated_name_and_input(play: Play) -> None:
    table = play(CALL).go()
    assert table.family == [StartExecution(table.action("call"), "inner", {"a": 2})]
    assert (table.task("call").kind, table.states, table.state) == ("WORKFLOW", {"call": ["RUNNING"]}, "RUNNING")


def test_the_output_is_the_result_and_comes_once(play: Play) -> None:
    table = play(CALL).go()
    table.apply(changed(table, SUCCESS, {"v": 3}), changed(table, ERROR, {"result": "late"}))
    assert (table.state, table.output, table.result("call")) == ("SUCCESS", {"got": 3}, {"v": 3})


@pytest.mark.parametrize(
    ("which", "ended", "state", "info"),
    [
        ("inner", (ERROR, {"result": "why"}), "ERROR", "why"),
        ("handled", (ERROR, {"result": "why"}), "SUCCESS", "why"),
        ("inner", (CANCELLED, {"result": None}), "CANCELLED", None),
        ("inner", (CANCELLED, {"result": "enough"}), "CANCELLED", "enough"),
    ],
)
def test_ends_that_are_no_success(play: Play, which: str, ended: tuple[State, Json], state: str, info: str) -> None:
    table = play(CALL, {"which": which}).go()
    table.apply(changed(table, *ended))
    assert (table.state, table.task("call").state_info, table.result("call")) == (state, info, ended[1])
    if state == "CANCELLED":
        assert table.info == "Cancelled tasks: call"


@pytest.mark.parametrize(("which", "state"), [("inner", "ERROR"), ("handled", "SUCCESS")])
def test_a_refused_start_is_an_error_without_result(play: Play, which: str, state: str) -> None:
    table = play(CALL, {"which": which}).go()
    refused = ChildRefused(table.action("call"), "Failed to find workflow")
    table.apply(refused, refused)
    assert (table.state, table.task("call").state_info, table.results("call")) == (state, "Failed to find workflow", [])
    assert "wf_ex_id" not in (table.info or "")


def test_two_of_them_are_joined(play: Play) -> None:
    table = play(TWO).go()
    table.apply(changed(table, SUCCESS, {}, "b"))
    assert "SUCCESS" not in table.states["meet"]
    assert table.apply(changed(table, SUCCESS, {}, "a")).state == "SUCCESS"


def test_every_retry_is_a_sub_execution_of_its_own(play: Play) -> None:
    table = play("tasks: {call: {workflow: inner, retry: {count: 1, delay: 5}}}").go()
    first = changed(table, ERROR, {"result": "no"})
    table.apply(first, Woken(table.task("call").key, 1))
    assert [effect.child.number for effect in table.family if isinstance(effect, StartExecution)] == [1, 2]
    table.apply(first)
    assert table.state == "RUNNING"
    assert table.apply(changed(table, SUCCESS, {"v": 1})).result("call") == {"v": 1}


@pytest.mark.parametrize(
    ("events", "asked"),
    [
        ([PauseAsked()], [PAUSED]),
        ([PauseAsked(), PauseAsked()], [PAUSED]),
        ([PauseAsked(), ResumeAsked()], [PAUSED, RUNNING]),
        ([StopAsked(CANCELLED, "enough")], [CANCELLED]),
        ([StopAsked(ERROR, "enough")], []),
        ([StopAsked(SUCCESS)], []),
    ],
)
def test_what_travels_down(play: Play, events: list[Event], asked: list[State]) -> None:
    table = play(TWO).go().apply(*events)
    expected = [AskChild(table.action(name), state) for state in asked for name in ("a", "b")]
    assert [effect for effect in table.family if isinstance(effect, AskChild)] == expected


def test_only_unfinished_ones_are_asked(play: Play) -> None:
    table = play(TWO).go()
    table.apply(changed(table, SUCCESS, {}, "a"), StopAsked(CANCELLED))
    assert table.family[-1] == AskChild(table.action("b"), CANCELLED)
    assert sum(isinstance(effect, AskChild) for effect in table.family) == 1
    table.apply(changed(table, CANCELLED, {"result": None}, "b"))
    assert (table.states["b"], table.state) == (["CANCELLED"], "CANCELLED")


def test_pauses_travel_up_and_the_last_to_go_on_takes_the_parent_along(play: Play) -> None:
    table = play(TWO).go()
    table.apply(changed(table, PAUSED, None, "a"), changed(table, PAUSED, None, "b"))
    assert (table.state, table.states["a"], table.states["b"]) == ("PAUSED", ["PAUSED"], ["PAUSED"])
    assert table.apply(changed(table, RUNNING, None, "a")).state == "PAUSED"
    table.apply(changed(table, RUNNING, None, "b"))
    assert (table.state, table.states["a"], table.states["b"]) == ("RUNNING", ["RUNNING"], ["RUNNING"])


def child(body: str = "tasks: {t: {action: std.async_noop}}") -> Table:
    return Table(workflow(body), params={"env": {"x": "own"}}, origin=Origin("a-parent", 1, {"x": "root"})).go()


@pytest.mark.parametrize(
    ("events", "state", "told"),
    [
        ([ParentAsked(PAUSED, 1)], "PAUSED", 1),
        ([ParentAsked(PAUSED, 1), ParentAsked(PAUSED, 2)], "PAUSED", 1),
        ([ParentAsked(RUNNING, 1)], "RUNNING", 0),
        ([ParentAsked(PAUSED, 1), ParentAsked(RUNNING, 2)], "RUNNING", 2),
        ([ParentAsked(PAUSED, 1), ParentAsked(RUNNING, 2), ParentAsked(PAUSED, 1)], "RUNNING", 2),
        ([ParentAsked(RUNNING, 2), ParentAsked(PAUSED, 1)], "RUNNING", 0),
        ([ParentAsked(CANCELLED, 1, "enough")], "CANCELLED", 1),
        ([ParentAsked(CANCELLED, 1, "enough"), ParentAsked(PAUSED, 2)], "CANCELLED", 1),
        ([StopAsked(ERROR, "no"), ParentAsked(CANCELLED, 1)], "ERROR", 1),
    ],
)
def test_a_child_follows_its_parent_and_tells_it_what_changed(events: list[Event], state: str, told: int) -> None:
    table = child().apply(*events)
    assert (table.state, table.family) == (state, [TellParent()] * told)


def test_a_child_sees_the_environment_of_the_root() -> None:
    table = child("{output: {x: <% env().x %>}, tasks: {t: {action: std.async_noop}}}").end("t")
    assert (table.output, table.family) == ({"x": "root"}, [TellParent()])
