"""Policies: what waits, what is tried again, what fails (engine rules §13). Delays are wakes; no time passes here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.core.engine.events import TimedOut, Woken
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import TaskKey
from chalicelib.core.states import ERROR, SUCCESS
from tests.unit.core.engine.table import NOW, Table

KEY = TaskKey(0, 0)


def workflow(task: str, more: str = "") -> str:
    return f"version: '2.0'\nw:\n  input: [d: 4]\n  tasks:\n    t: {{{task}}}\n{more}"


def wake(table: Table) -> Table:
    """The pending delay of the task is over."""
    return table.apply(Woken(KEY, table.task("t").wakes))


def delays(table: Table) -> list[tuple[float, object]]:
    return [((found.at - NOW) / timedelta(seconds=1), found.event) for found in table.wakes]


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("wait-before: <% 'soon' %>", "Invalid data type in WaitBeforePolicy: 'soon' is not of type 'integer'"),
        ("wait-after: <% -1 %>", "Invalid data type in WaitAfterPolicy: -1 is less than the minimum of 0"),
        ("timeout: <% 'x' %>", "Invalid data type in TimeoutPolicy"),
        ("pause-before: <% 1 %>", "Invalid data type in PauseBeforePolicy: 1 is not of type 'boolean'"),
        ("concurrency: <% true %>", "Invalid data type in ConcurrencyPolicy"),
        ("retry: {count: <% 'x' %>, delay: 1}", "Invalid data type in RetryPolicy"),
        ("wait-before: <% $.nope %>", "Can not evaluate YAQL expression"),
    ],
)
def test_a_value_of_a_wrong_type_fails_the_run_at_once(policy: str, message: str) -> None:
    table = Table(workflow(f"action: std.noop, {policy}, on-error: noop")).go()
    assert (table.state, table.states) == ("ERROR", {"t": ["ERROR"]})
    assert message in str(table.run.head.state_info)


def test_wait_before() -> None:
    table = Table(workflow("action: std.noop, wait-before: <% $.d %>")).go()
    assert (table.task("t").state, table.task("t").state_info) == (
        "DELAYED",
        "Delayed by 'wait-before' policy [delay=4]",
    )
    assert delays(table) == [(4, Woken(KEY, 1))]
    assert wake(table).state == "SUCCESS"


def test_a_wake_counts_once_and_an_old_one_not_at_all() -> None:
    table = Table(workflow("action: std.async_noop, wait-before: 1, wait-after: 2")).go()
    first = Woken(KEY, table.task("t").wakes)
    table.apply(first, first)
    assert table.task("t").attempts == 1
    table.end("t").apply(first)
    assert table.task("t").state == "DELAYED"
    assert wake(table).state == "SUCCESS"


def test_wait_after_keeps_the_outcome() -> None:
    table = Table(workflow("action: std.fail, wait-after: 3, on-error: noop")).go()
    assert table.task("t").state == "DELAYED"
    wake(table)
    assert (table.state, table.task("t").state) == ("SUCCESS", "ERROR")


def test_pause_before_parks_the_task_until_the_run_goes_on() -> None:
    more = "    other: {action: std.noop}\n"
    table = Table(workflow("action: std.noop, pause-before: true, wait-before: 9", more)).go()
    assert (table.state, table.states) == ("PAUSED", {"t": ["IDLE"], "other": ["SUCCESS"]})
    assert table.task("t").state_info == "Set by 'pause-before' policy"
    assert (table.resume().state, delays(table)) == ("SUCCESS", [])


@pytest.mark.parametrize(
    ("state", "policy", "attempts"),
    [
        (ERROR, "{count: 2, delay: 1}", 3),
        (ERROR, "{count: 0, delay: 1}", 1),
        (SUCCESS, "{count: 2, delay: 1}", 1),
        (SUCCESS, "{count: 2, delay: 1, continue-on: <% true %>}", 3),
        (ERROR, "{count: 2, delay: 1, continue-on: <% false %>}", 1),
        (ERROR, "{count: 2, delay: 1, break-on: <% true %>}", 1),
        (SUCCESS, "{count: 2, delay: 1, break-on: <% true %>, continue-on: <% true %>}", 3),
        (ERROR, "count=2 delay=1", 3),
    ],
)
def test_how_often_a_task_is_tried(state: object, policy: str, attempts: int) -> None:
    action = "std.noop" if state is SUCCESS else "std.fail"
    table = Table(workflow(f"action: {action}, on-error: noop, retry: {policy}")).go()
    while table.state == "RUNNING":
        assert table.task("t").state_info == "Delayed by 'retry' policy [delay=1]"
        wake(table)
    task = table.task("t")
    assert (task.attempts, task.state) == (attempts, state)
    assert [action.accepted for action in table.actions("t")] == [False] * (attempts - 1) + [True]


def test_a_retry_without_delay_takes_no_message() -> None:
    table = Table(workflow("action: std.fail, on-error: noop, retry: {count: 3, delay: 0}")).go()
    assert (table.state, table.task("t").attempts, delays(table)) == ("SUCCESS", 4, [])


def test_conditions_of_retry_see_what_was_just_published() -> None:
    task = "action: std.async_noop, publish: {v: <% task().result.v %>}, "
    table = Table(workflow(task + "retry: {count: 5, delay: 1, continue-on: <% $.v != 2 %>}")).go()
    for number in range(3):
        table.end("t", result={"v": number})
        if table.state == "RUNNING":
            wake(table)
    assert (table.state, table.task("t").attempts) == ("SUCCESS", 3)


def test_fail_on_turns_a_success_into_an_error_that_is_handled() -> None:
    task = "action: std.echo output=1, fail-on: <% task().result = 1 %>, publish: {p: 1}, on-error: noop"
    table = Table(workflow(task)).go()
    assert (table.state, table.task("t").state) == ("SUCCESS", "ERROR")
    assert (table.task("t").state_info, table.task("t").published) == ("Failed by 'fail-on' policy", {"p": 1})


def test_a_timeout_fails_the_task_and_leaves_its_action() -> None:
    table = Table(workflow("action: std.async_noop, timeout: 7, on-error: noop")).go()
    assert delays(table) == [(7, TimedOut(KEY, 0, 7))]
    table.apply(TimedOut(KEY, 0, 7))
    assert (table.state, table.task("t").state_info) == ("SUCCESS", "Task timed out [timeout(s)=7].")
    late: JsonDict = {"v": "late"}
    table.end("t", result=late)
    assert [(action.state, action.output) for action in table.actions("t")] == [("SUCCESS", late)]


def test_a_timeout_of_a_finished_task_or_an_earlier_run_changes_nothing() -> None:
    table = Table(workflow("action: std.async_noop, timeout: 7")).go()
    commits = table.apply(TimedOut(KEY, 5, 7)).commits
    assert commits == 1
    assert table.end("t").apply(TimedOut(KEY, 0, 7)).commits == 2
    assert table.state == "SUCCESS"


def test_a_join_has_no_before_policies_but_is_tried_again() -> None:
    text = """
version: '2.0'
w:
  tasks:
    t: {join: all, action: std.fail, wait-before: 9, timeout: 9, retry: {count: 1, delay: 2}, on-error: noop}
    a: {action: std.noop, on-success: t}
"""
    table = Table(text).go()
    assert (table.task("t").state, delays(table)) == ("WAITING", [(2, Woken(KEY, 1))])
    assert wake(table).state == "SUCCESS"
    assert table.task("t").attempts == 2
