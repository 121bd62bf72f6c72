"""Running failed tasks again and skipping them (engine rules §15)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.events import Event, PauseAsked, RerunAsked, SkipAsked, StopAsked, TimedOut, Woken
from chalicelib.core.states import CANCELLED, ERROR
from chalicelib.core.values import TaskKey
from chalicelib.errors import IllegalTransition
from tests.unit.core.engine.table import Table

KEY = TaskKey(0, 0)
CHAIN = """
version: '2.0'
w:
  output: {v: <% $.v %>}
  tasks:
    a:
      action: std.async_noop
      publish: {v: <% task().result.v %>}
      publish-on-skip: {v: skipped}
      on-success: b
    b: {action: std.noop}
"""
JOIN = """
version: '2.0'
w:
  tasks:
    a: {action: std.async_noop, on-success: j}
    b: {action: std.noop, on-success: j}
    j: {join: all, action: std.noop}
"""


def failed(text: str = CHAIN) -> Table:
    return Table(text).go().end("a", ERROR, "no")


def test_a_task_run_again_carries_the_run_to_its_end() -> None:
    table = failed()
    assert table.state == "ERROR"
    table.apply(RerunAsked(KEY))
    assert (table.state, table.info, table.task("a").state) == ("RUNNING", None, "RUNNING")
    table.end("a", result={"v": 1})
    assert (table.state, table.output, table.states) == ("SUCCESS", {"v": 1}, {"a": ["SUCCESS"], "b": ["SUCCESS"]})
    assert [action.accepted for action in table.actions("a")] == [False, True]


def test_a_late_result_of_the_first_run_does_not_count() -> None:
    table = Table(CHAIN).go()
    first = table.ending("a", result={"v": "late"})
    table.apply(TimedOut(KEY, 0, 1), RerunAsked(KEY), first)
    assert (table.task("a").state, [action.accepted for action in table.actions("a")]) == ("RUNNING", [False, False])


def test_a_failed_join_is_asked_again_by_its_parents() -> None:
    table = failed(JOIN)
    assert table.states == {"a": ["ERROR"], "b": ["SUCCESS"], "j": ["ERROR"]}
    table.apply(RerunAsked(KEY)).end("a")
    assert (table.state, table.states) == ("SUCCESS", {"a": ["SUCCESS"], "b": ["SUCCESS"], "j": ["SUCCESS"]})


def test_a_join_that_is_run_again_begins_with_what_there_is() -> None:
    table = failed(JOIN).apply(RerunAsked(TaskKey(2, 0)))
    assert (table.state, table.states) == ("ERROR", {"a": ["ERROR"], "b": ["SUCCESS"], "j": ["SUCCESS"]})
    assert [name for name, _ in table.task("j").triggered_by] == [TaskKey(1, 0)]


def test_a_partial_join_that_failed_itself_is_run_again() -> None:
    text = JOIN.replace("join: all, action: std.noop", "join: 1, action: std.async_noop, on-success: k")
    table = failed(text + "    k: {action: std.noop}\n").end("j", ERROR, "no").apply(RerunAsked(TaskKey(2, 0)))
    assert table.end("j").states == {"a": ["ERROR"], "b": ["SUCCESS"], "j": ["SUCCESS"], "k": ["SUCCESS"]}


def test_skipping_a_parent_lets_a_join_begin() -> None:
    assert failed(JOIN).apply(SkipAsked(KEY)).states == {"a": ["SKIPPED"], "b": ["SUCCESS"], "j": ["SUCCESS"]}


def test_a_paused_run_stays_as_it_is() -> None:
    table = Table(CHAIN).go().apply(PauseAsked()).end("a", ERROR, "no")
    version = table.run.head.version
    table.apply(RerunAsked(KEY, {"k": 1}), SkipAsked(KEY))
    assert (table.state, table.task("a").state, table.run.head.version) == ("PAUSED", "ERROR", version)


def test_what_a_stopped_run_left_undone_goes_on() -> None:
    text = """
version: '2.0'
w:
  tasks:
    a: {action: std.async_noop}
    b: {action: std.async_noop, on-success: j}
    c: {action: std.noop, wait-before: 5, on-success: j}
    j: {join: all, action: std.noop}
"""
    table = failed(text).apply(StopAsked(ERROR, "enough"), Woken(TaskKey(2, 0), 1))
    assert table.states == {"a": ["ERROR"], "b": ["RUNNING"], "c": ["DELAYED"]}
    table.apply(RerunAsked(KEY)).end("a").end("b")
    assert (table.state, table.states["c"], table.states["j"]) == ("SUCCESS", ["SUCCESS"], ["SUCCESS"])


def test_what_was_to_follow_the_failure_is_dropped() -> None:
    """The run was paused when the task failed, and cancelled then: nothing of it was decided."""
    text = CHAIN.replace("on-success: b", "on-success: b\n      on-error: c") + "    c: {action: std.noop}\n"
    table = Table(text).go().apply(PauseAsked()).end("a", ERROR, "no").apply(StopAsked(CANCELLED))
    assert table.apply(RerunAsked(KEY)).states == {"a": ["RUNNING"]}
    assert not table.run.head.progress.work
    assert table.end("a", result={"v": 1}).states == {"a": ["SUCCESS"], "b": ["SUCCESS"]}


def test_a_task_that_fails_again_fails_the_run_again() -> None:
    table = failed().apply(RerunAsked(KEY)).end("a", ERROR, "still")
    assert (table.state, table.task("a").state_info) == ("ERROR", "still")
    assert table.apply(RerunAsked(KEY)).end("a", result={"v": 2}).output == {"v": 2}


def test_the_environment_given_is_used() -> None:
    text = "version: '2.0'\nw:\n  tasks:\n    a: {action: std.echo, input: {output: <% env().k %>}}\n"
    table = Table(text).go()
    assert table.state == "ERROR"
    assert table.apply(RerunAsked(KEY, {"k": "here"})).result("a") == "here"


def test_a_skipped_task_publishes_and_is_followed_as_a_success() -> None:
    table = failed().apply(SkipAsked(KEY))
    assert (table.state, table.states) == ("SUCCESS", {"a": ["SKIPPED"], "b": ["SUCCESS"]})
    assert (table.output, table.task("a").state_info) == ({"v": "skipped"}, "Task was skipped.")


def test_on_skip_goes_before_on_success() -> None:
    text = CHAIN.replace("on-success: b", "on-success: b\n      on-skip: c") + "    c: {action: std.noop}\n"
    assert failed(text).apply(SkipAsked(KEY)).states == {"a": ["SKIPPED"], "c": ["SUCCESS"]}


@pytest.mark.parametrize("event", [RerunAsked(KEY), SkipAsked(KEY)])
def test_only_failed_tasks_of_unsuccessful_runs(event: Event) -> None:
    table = Table(CHAIN).go()
    with pytest.raises(IllegalTransition, match="must be in ERROR for rerun"):
        table.apply(event)
    table.end("a", result={"v": 1})
    with pytest.raises(IllegalTransition):
        table.apply(event)


def test_a_cancelled_run_comes_back() -> None:
    table = Table(CHAIN).go().apply(StopAsked(CANCELLED)).end("a", ERROR, "late")
    assert (table.state, table.task("a").state) == ("CANCELLED", "ERROR")
    assert table.apply(RerunAsked(KEY)).end("a", result={"v": 3}).output == {"v": 3}


def test_a_handled_failure_can_be_run_again_while_its_run_has_failed() -> None:
    table = failed(
        JOIN.replace("on-success: j}\n    b", "on-success: j, on-error: k}\n    b") + "    k: {action: std.noop}\n"
    )
    assert table.state == "ERROR"  # of the join, which the failure made impossible
    assert table.apply(RerunAsked(KEY)).end("a").state == "SUCCESS"
    with pytest.raises(IllegalTransition, match="must be in ERROR"):
        table.apply(RerunAsked(KEY))
