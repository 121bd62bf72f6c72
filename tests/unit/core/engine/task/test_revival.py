"""A rerun or a skip in a sub-execution, as its parents hear of it (engine rules §15)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.effects import TellParent
from chalicelib.core.engine.state.events import (
    ChildChanged,
    ChildRefused,
    EnvGiven,
    RerunAsked,
    ResumeAsked,
    SkipAsked,
    StopAsked,
    TimedOut,
    Woken,
)
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Origin
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, SUCCESS, State
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.errors import Forbidden
from tests.unit.core.engine.table import Play, Table, workflow

KEY = TaskKey(0, 0)
CALL = """
output: {got: <% $.get(got) %>}
tasks:
  call: {workflow: inner, publish: {got: <% task().result.v %>}, on-success: after}
  after: {action: std.noop}
"""
WHY: JsonDict = {"result": "why"}


def news(state: State, version: int, output: Json = None, number: int = 1) -> ChildChanged:
    return ChildChanged(ActionKey(KEY, number), state, version, output)


FAILED = news(ERROR, 5, WHY)
ALIVE = news(RUNNING, 7)
DONE = news(SUCCESS, 9, {"v": 3})


def failed(play: Play, body: str = CALL) -> Table:
    table = play(body).go().apply(FAILED)
    assert table.state == "ERROR"
    return table


def test_the_parent_waits_again_and_goes_on(play: Play) -> None:
    table = failed(play).apply(ALIVE)
    assert (table.state, table.info, table.states, table.results("call")) == (
        "RUNNING",
        None,
        {"call": ["RUNNING"]},
        [],
    )
    table.apply(DONE)
    assert (table.state, table.output, table.states) == (
        "SUCCESS",
        {"got": 3},
        {"call": ["SUCCESS"], "after": ["SUCCESS"]},
    )
    assert table.task("call").attempts == 1


@pytest.mark.parametrize(
    "heard",
    [
        [FAILED, FAILED, ALIVE, DONE],
        [FAILED, ALIVE, FAILED, ALIVE, DONE, FAILED, ALIVE, DONE],
        [ALIVE, FAILED, DONE],
        [FAILED, DONE, ALIVE],
        [DONE, FAILED, ALIVE],
        [news(RUNNING, 4), FAILED, news(RUNNING, 4), DONE, news(RUNNING, 4)],
    ],
    ids=lambda events: "-".join(f"{event.state}{event.version}" for event in events),
)
def test_late_and_repeated_news_make_no_difference(play: Play, heard: list[ChildChanged]) -> None:
    table = play(CALL).go().apply(*heard)
    assert (table.state, table.output, table.states) == (
        "SUCCESS",
        {"got": 3},
        {"call": ["SUCCESS"], "after": ["SUCCESS"]},
    )


@pytest.mark.parametrize("again", [[ALIVE, news(ERROR, 8, {"result": "still"})], [news(ERROR, 8, {"result": "still"})]])
def test_a_second_failure_is_told_as_such(play: Play, again: list[ChildChanged]) -> None:
    table = failed(play).apply(*again)
    assert (table.state, table.task("call").state_info, table.run.head.progress.active) == ("ERROR", "still", 0)
    assert table.apply(DONE).state == "SUCCESS"


def test_a_cancelled_one_comes_back_as_well(play: Play) -> None:
    table = play(CALL).go().apply(news(CANCELLED, 5, {"result": None}))
    assert (table.state, table.states) == ("CANCELLED", {"call": ["CANCELLED"]})
    assert table.apply(ALIVE).state == "RUNNING"
    assert table.apply(DONE).state == "SUCCESS"


def test_other_failures_fail_the_run_again(play: Play) -> None:
    table = failed(play, CALL + "  other: {action: std.fail}\n").apply(ALIVE)
    assert (table.state, table.states["other"]) == ("RUNNING", ["ERROR"])
    table.apply(DONE)
    assert (table.state, table.states["after"]) == ("ERROR", ["SUCCESS"])
    assert (table.info or "").startswith("Failure caused by error in tasks: other\n")


def test_a_join_that_failed_is_asked_again(play: Play) -> None:
    body = CALL.replace("after: {", "o: {action: std.noop, on-success: after}\n  after: {join: all, ")
    table = failed(play, body)
    assert table.states["after"] == ["ERROR"]
    assert table.apply(ALIVE, DONE).states["after"] == ["SUCCESS"]


def test_a_failure_that_was_handled_is_taken_back_while_the_run_goes_on(play: Play) -> None:
    body = CALL.replace("on-success: after}", "on-success: after, on-error: handle}")
    table = play(body + "  handle: {action: std.async_noop}\n").go().apply(FAILED, ALIVE)
    assert table.states == {"call": ["RUNNING"], "handle": ["RUNNING"]}
    assert table.apply(DONE).end("handle").states["after"] == ["SUCCESS"]


def test_a_paused_parent_goes_on(play: Play) -> None:
    """As in Mistral 23.0.0: who runs a task again wants all above it to run."""
    table = play(CALL + "  other: {action: std.async_noop}\n").go().apply(FAILED)
    table.apply(ALIVE, news(PAUSED, 8))
    assert (table.state, table.states["call"]) == ("PAUSED", ["PAUSED"])
    table.apply(news(ERROR, 9, WHY))
    assert (table.state, table.states["call"]) == ("PAUSED", ["ERROR"])
    table.apply(news(RUNNING, 10), news(SUCCESS, 11, {"v": 1})).end("other")
    assert (table.state, table.states["after"]) == ("SUCCESS", ["SUCCESS"])


@pytest.mark.parametrize("more", ["retry: {count: 1, delay: 5}", "timeout: 60", "wait-after: 5"])
def test_timers_of_before_are_void(play: Play, more: str) -> None:
    table = play(CALL.replace("workflow: inner", f"workflow: inner, {more}")).go().apply(FAILED)
    if "retry" in more:
        table.apply(Woken(KEY, 1), news(ERROR, 5, WHY, number=2))
    if "wait" in more:
        table.apply(Woken(KEY, 1))
    number = table.task("call").attempts
    table.apply(news(RUNNING, 7, number=number), TimedOut(KEY, 0, 60), Woken(KEY, 1))
    assert (table.state, table.states) == ("RUNNING", {"call": ["RUNNING"]})
    assert table.apply(news(SUCCESS, 9, {"v": 3}, number=number)).output == {"got": 3}


@pytest.mark.parametrize("event", [RerunAsked(KEY), SkipAsked(KEY)])
def test_what_no_longer_matters_brings_nobody_back(play: Play, event: RerunAsked | SkipAsked) -> None:
    """The task has another sub-execution by now, or goes without."""
    table = failed(play, CALL.replace("task().result.v", "task().result.get(v)")).apply(event)
    before = table.states
    table.apply(ALIVE, DONE)
    assert table.states == before
    assert table.results("call") == ([] if isinstance(event, RerunAsked) else [{"v": 3}])


def test_a_run_that_succeeded_stays_so(play: Play) -> None:
    table = play(CALL.replace("on-success: after}", "on-error: after}")).go().apply(FAILED)
    assert table.state == "SUCCESS"
    assert table.apply(ALIVE, DONE).states["call"] == ["ERROR"]


def test_a_refused_start_is_nobodys_news(play: Play) -> None:
    table = play(CALL).go().apply(ChildRefused(ActionKey(KEY, 1), "no such workflow"))
    assert table.state == "ERROR"
    table.apply(RerunAsked(KEY))
    assert table.apply(news(SUCCESS, 3, {"v": 4}, number=2)).output == {"got": 4}


# --- a run that was started by another ---------------------------------------------------------------------------


def child(body: str) -> Table:
    return Table(workflow(body), origin=Origin("a-parent", 1)).go()


@pytest.mark.parametrize(
    ("action", "event", "state"),
    [
        ("std.async_noop", RerunAsked(KEY), "RUNNING"),
        ("std.async_noop", SkipAsked(KEY), "SUCCESS"),
        ("std.fail", RerunAsked(KEY), "ERROR"),
    ],
)
def test_a_run_that_is_asked_to_go_on_tells_its_parent_once(
    action: str, event: RerunAsked | SkipAsked, state: str
) -> None:
    table = child(f"tasks: {{t: {{action: {action}}}}}")
    table = table if action == "std.fail" else table.end("t", ERROR, "no")
    table.family.clear()
    assert (table.apply(event).state, table.family) == (state, [TellParent()])


@pytest.mark.parametrize("event", [ALIVE, DONE, news(ERROR, 8, WHY)])
def test_news_travel_on(event: ChildChanged) -> None:
    table = child(CALL).apply(FAILED)
    table.family.clear()
    assert table.apply(event).family == [TellParent()]


def test_a_running_parent_has_nothing_to_tell() -> None:
    table = child(CALL + "  other: {action: std.async_noop}\n").apply(FAILED, ALIVE)
    assert TellParent() not in table.family


def test_the_environment_that_comes_with_a_rerun_is_given_to_the_root_whatever_its_state(play: Play) -> None:
    table = play(CALL).go().apply(EnvGiven({"y": {"z": 1}}), EnvGiven({"y": {"w": 2}}))
    assert (table.state, table.run.head.env) == ("RUNNING", {"y": {"z": 1, "w": 2}})


ITEMS = """
output: {r: <% task(t).result %>}
tasks:
  t: {with-items: "i in [1, 2]", workflow: inner, on-success: after}
  after: {action: std.noop}
"""


@pytest.mark.parametrize("state", [ERROR, CANCELLED])
def test_one_of_several_items_comes_back(play: Play, state: State) -> None:
    table = play(ITEMS).go().apply(news(SUCCESS, 5, {"v": 1}), news(state, 5, WHY, number=2))
    assert table.states == {"t": [str(state)]}
    table.apply(news(RUNNING, 7, number=2))
    assert (table.state, table.states) == ("RUNNING", {"t": ["RUNNING"]})
    table.apply(news(SUCCESS, 9, {"v": 2}, number=2))
    assert (table.state, table.states["after"], table.output) == ("SUCCESS", ["SUCCESS"], {"r": [{"v": 1}, {"v": 2}]})


def test_an_item_that_comes_back_while_others_run_is_waited_for(play: Play) -> None:
    table = play(ITEMS).go().apply(news(ERROR, 5, WHY), news(RUNNING, 7), news(SUCCESS, 5, {"v": 2}, number=2))
    assert (table.state, table.states) == ("RUNNING", {"t": ["RUNNING"]})
    assert table.apply(news(SUCCESS, 9, {"v": 1})).output == {"r": [{"v": 1}, {"v": 2}]}


def test_a_running_run_takes_no_environment(play: Play) -> None:
    table = play("tasks: {a: {action: std.fail}, b: {action: std.async_noop}}").go()
    with pytest.raises(Forbidden):
        table.apply(RerunAsked(KEY, {"y": 1}))
    table.apply(StopAsked(ERROR), RerunAsked(KEY, {"y": 1}), ResumeAsked())
    assert table.run.head.env == {"y": 1}
