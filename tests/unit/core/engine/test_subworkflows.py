"""Tasks that run workflows: what they ask for and what they make of what they hear (engine rules §14)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.effects import AskChild, StartExecution, TellParent
from chalicelib.core.engine.state.events import (
    ActionPaused,
    ChildChanged,
    ChildRefused,
    Described,
    Event,
    ParentAsked,
    PauseAsked,
    ResumeAsked,
    StopAsked,
    TimedOut,
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
    return Table(workflow(body), params={"env": {"x": "own"}}, origin=Origin("a-parent", 1)).go()


@pytest.mark.parametrize(
    ("events", "state", "told"),
    [
        ([ParentAsked(PAUSED, 1)], "PAUSED", [True]),
        ([ParentAsked(PAUSED, 1), ParentAsked(PAUSED, 2)], "PAUSED", [True]),
        ([ParentAsked(RUNNING, 1)], "RUNNING", []),
        ([ParentAsked(PAUSED, 1), ParentAsked(RUNNING, 2)], "RUNNING", [True, True]),
        ([PauseAsked(), ParentAsked(RUNNING, 1)], "RUNNING", [False, True]),
        ([ParentAsked(PAUSED, 1), ResumeAsked()], "RUNNING", [True, False]),
        ([ParentAsked(CANCELLED, 1, "enough")], "CANCELLED", [True]),
        ([ParentAsked(CANCELLED, 1, "enough"), ParentAsked(PAUSED, 2)], "CANCELLED", [True]),
        ([StopAsked(ERROR, "no"), ParentAsked(CANCELLED, 1)], "ERROR", [False]),
        ([ParentAsked(RUNNING, 6), ParentAsked(PAUSED, 5)], "RUNNING", []),
        ([ParentAsked(PAUSED, 5), ParentAsked(RUNNING, 6), ParentAsked(PAUSED, 5)], "RUNNING", [True, True]),
    ],
)
def test_a_child_follows_the_latest_wish_of_its_parent_and_tells_whether_it_was_asked(
    events: list[Event], state: str, told: list[bool]
) -> None:
    table = child().apply(*events)
    assert (table.state, table.family) == (state, [TellParent(asked) for asked in told])


def test_a_child_that_pauses_again_in_the_step_in_which_it_was_resumed_says_so() -> None:
    table = child("tasks: {t: {action: std.async_noop, on-success: u}, u: {action: std.noop, pause-before: true}}")
    table.apply(ParentAsked(PAUSED, 1)).end("t").apply(ParentAsked(RUNNING, 2))
    assert (table.state, table.family) == ("PAUSED", [TellParent(asked=True), TellParent()])


def test_a_child_sees_the_environment_of_the_root_as_it_is_now() -> None:
    table = Table(
        workflow("{output: {x: <% env().x %>}, tasks: {t: {action: std.async_noop}}}"),
        params={"env": {"x": "own"}},
        origin=Origin("a-parent", 1),
        root="the-root",
    ).go()
    root = Table(workflow("tasks: {t: {action: std.noop}}"), params={"env": {"x": 1, "y": 2}})
    root.apply(PauseAsked(), Described(env={"x": "updated"}))
    table.rows.runs["the-root"] = (root.run, root.rows)
    assert table.end("t").output == {"x": "updated"}


def test_without_a_root_the_environment_is_empty() -> None:
    body = "{output: {x: '<% env().get(x, gone) %>'}, tasks: {t: {action: std.noop}}}"
    assert Table(workflow(body), origin=Origin("a-parent", 1), root="deleted").go().output == {"x": "gone"}


def test_an_environment_that_nobody_asks_for_is_not_looked_up() -> None:
    body = "{vars: {v: 1}, output: {x: <% $.v %>}, tasks: {t: {action: std.echo output=<% $.v %>}}}"
    table = Table(workflow(body), origin=Origin("a-parent", 1), root="the-root").go()
    assert (table.output, table.rows.visits) == ({"x": 1}, [])


# --- what races, repetitions and disorder do ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "state", "of_task"),
    [
        ([(PAUSED, False, 2)], "PAUSED", "PAUSED"),
        ([(PAUSED, True, 2)], "RUNNING", "PAUSED"),
        ([(PAUSED, False, 2), (PAUSED, False, 2)], "PAUSED", "PAUSED"),
        ([(PAUSED, False, 2), (RUNNING, False, 3)], "RUNNING", "RUNNING"),
        ([(PAUSED, False, 2), (RUNNING, True, 3)], "PAUSED", "RUNNING"),
        ([(RUNNING, False, 3), (PAUSED, False, 2)], "RUNNING", "RUNNING"),
        ([(PAUSED, True, 2), (PAUSED, False, 3)], "PAUSED", "PAUSED"),
        ([(SUCCESS, False, 4), (PAUSED, False, 2)], "SUCCESS", "SUCCESS"),
        ([(PAUSED, True, 2), (SUCCESS, False, 4)], "SUCCESS", "SUCCESS"),
    ],
)
def test_news_count_once_and_in_their_order(
    play: Play, events: list[tuple[State, bool, int]], state: str, of_task: str
) -> None:
    table = play("tasks: {call: {workflow: inner}}").go()
    for news, asked, version in events:
        table.apply(ChildChanged(table.action("call"), news, version, {}, asked))
    assert (table.state, table.states) == (state, {"call": [of_task]})
    assert table.run.head.progress.paused == (of_task == "PAUSED")


def test_a_resumption_outruns_the_answers_to_the_pause(play: Play) -> None:
    table = play(TWO).go().apply(PauseAsked())
    table.apply(ChildChanged(table.action("a"), PAUSED, 2, None, True), ResumeAsked())
    table.apply(ChildChanged(table.action("b"), PAUSED, 2, None, True))
    assert table.state == "RUNNING"
    table.apply(ChildChanged(table.action("b"), RUNNING, 3, None, True))
    assert (table.state, table.states["b"]) == ("RUNNING", ["RUNNING"])


def test_a_child_that_ends_while_its_parent_is_paused_is_followed_when_that_goes_on(play: Play) -> None:
    table = play(CALL).go().apply(PauseAsked())
    table.apply(changed(table, SUCCESS, {"v": 3}))
    assert (table.state, table.states["call"]) == ("PAUSED", ["SUCCESS"])
    assert table.resume().output == {"got": 3}


@pytest.mark.parametrize(
    ("task", "more"),
    [
        ("{action: std.async_noop, on-success: [pause, end]}", "end: {action: std.async_noop}"),
        ("{action: std.async_noop, on-success: end}", "end: {action: std.async_noop, pause-before: true}"),
        ("{action: std.async_noop}", ""),
    ],
    ids=["pause command", "pause-before", "paused action"],
)
def test_whatever_pauses_a_run_pauses_its_children_too(play: Play, task: str, more: str) -> None:
    table = play(f"tasks:\n  t: {task}\n  call: {{workflow: inner}}\n  {more}").go()
    table.apply(table.ending("t") if more else ActionPaused(table.action("t"), PAUSED))
    assert (table.state, table.family[-1]) == ("PAUSED", AskChild(table.action("call"), PAUSED))
    table.resume()
    assert (table.state, table.family[-1]) == ("RUNNING", AskChild(table.action("call"), RUNNING))


def test_children_that_outlive_their_task_are_cancelled_with_the_run(play: Play) -> None:
    table = play("tasks: {call: {workflow: inner, timeout: 5, on-error: wait}, wait: {action: std.async_noop}}").go()
    table.apply(TimedOut(table.task("call").key, 0, 5))
    assert table.states == {"call": ["ERROR"], "wait": ["RUNNING"]}
    assert table.apply(StopAsked(CANCELLED, "enough")).family[-1] == AskChild(table.action("call"), CANCELLED)


def test_a_step_asks_no_more_children_than_it_may(play: Play) -> None:
    calls = "".join(f"  c{n}: {{workflow: inner}}\n" for n in range(70))
    table = Table(workflow(f"tasks:\n{calls}")).go()
    assert len(table.family) == 70
    assert table.most_family <= 30
    before = table.commits
    table.apply(PauseAsked())
    assert table.run.head.progress.asking is None
    asked = [effect.child for effect in table.family if isinstance(effect, AskChild)]
    assert asked == [table.action(f"c{n}") for n in range(70)]
    assert (table.commits - before, table.most_family) == (3, 30)


def test_a_newer_wish_takes_the_place_of_one_that_not_all_children_know(play: Play) -> None:
    calls = "".join(f"  c{n}: {{workflow: inner}}\n" for n in range(40))
    table = Table(workflow(f"tasks:\n{calls}")).go()
    first = table.changes(PauseAsked())
    assert first is not None
    table.commit(first)
    table.apply(ResumeAsked())
    asked = [effect.state for effect in table.family if isinstance(effect, AskChild)]
    assert asked == [PAUSED] * 30 + [RUNNING] * 40
