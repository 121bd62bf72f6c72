"""Policies: what waits, what is tried again, what fails (engine rules §13). Delays are wakes; no time passes here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.core.engine.state.events import ActionEnded, ChildChanged, PauseAsked, TimedOut, Woken
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import ERROR, SUCCESS, State
from chalicelib.core.values import ActionKey, TaskKey
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
        *[
            (
                f"{policy}: {null}",
                f"Invalid data type in {name}Policy: None is not of type '{kind}'. Value(s) can be shown",
            )
            for policy, name, kind in [
                ("pause-before", "PauseBefore", "boolean"),
                ("wait-before", "WaitBefore", "integer"),
                ("wait-after", "WaitAfter", "integer"),
                ("timeout", "Timeout", "integer"),
                ("concurrency", "Concurrency", "integer"),
            ]
            for null in ("<% $.get(misspelt) %>", "'{{ _.get(\"misspelt\") }}'")
        ],
        *[
            (f"retry: {retry}", f"Invalid data type in RetryPolicy: None is not {kind}")
            for retry, kind in [
                ("{count: <% null %>, delay: 1}", "of type 'integer'"),
                ("{count: 1, delay: <% null %>}", "of type 'integer'"),
                ("count=<% null %> delay=1", "of type 'integer'"),
                ("{count: 1, delay: 1, max-delay: <% null %>}", "of type 'integer'"),
                ("{count: 1, delay: 1, backoff: <% null %>}", "of type 'number'"),
                ("{count: 1, delay: 1, jitter: <% null %>}", "valid under any of the given schemas"),
            ]
        ],
        (
            "tolerate: <% null %>",
            "Invalid data type in ToleratePolicy: None is not valid under any of the given schemas",
        ),
    ],
)
def test_a_value_of_a_wrong_type_fails_the_run_at_once(policy: str, message: str) -> None:
    table = Table(workflow(f"action: std.noop, {policy}, on-error: noop")).go()
    assert (table.state, table.states) == ("ERROR", {"t": ["ERROR"]})
    assert message in str(table.run.head.state_info)


def test_a_default_policy_that_is_null_fails_the_run() -> None:
    defaults = "  task-defaults: {pause-before: <% $.get(misspelt) %>}\n"
    table = Table(workflow("action: std.noop").replace("  tasks:", f"{defaults}  tasks:")).go()
    assert (table.state, table.states) == ("ERROR", {"t": ["ERROR"]})


@pytest.mark.parametrize(
    "policy",
    [
        "fail-on: <% null %>",
        "retry: {count: 1, delay: 0, continue-on: <% null %>}",
        "retry: {count: 1, delay: 0, break-on: <% null %>}",
        "keep-result: <% null %>",
        "target: <% null %>",
    ],
)
def test_a_condition_that_is_null_is_false(policy: str) -> None:
    table = Table(workflow(f"action: std.noop, {policy}")).go()
    assert (table.state, table.task("t").attempts) == ("SUCCESS", 1)


WAITED: JsonDict = {"wait_after_policy": {"skip": True}}


@pytest.mark.parametrize(
    ("task", "runtimes"),
    [
        ("action: std.noop, retry: {count: 2, delay: 0}", [{"retry_task_policy": {}}]),
        ("action: std.noop, retry: {count: 0, delay: 0}", [{}]),
        ("action: std.fail, retry: {count: 2, delay: 0}", [{"retry_task_policy": {"retry_no": 2}}]),
        ("action: std.fail, retry: {count: 2, delay: 0, break-on: <% true %>}", [{"retry_task_policy": {}}]),
        ("action: std.async_noop, retry: {count: 2, delay: 0}, wait-after: 3", [{}]),
        ("action: std.noop, wait-after: 3, retry: {count: 2, delay: 0}", [WAITED, {**WAITED, "retry_task_policy": {}}]),
        ("action: std.noop, wait-after: 3, publish: {x: <% $.nope %>}, retry: {count: 2, delay: 0}", [{}]),
        ("action: std.noop, wait-after: 0, wait-before: 0", [{}]),
        ("action: std.noop, concurrency: 2", [{"concurrency": 2}]),
        ("with-items: 'i in <% [1] %>', action: std.noop, concurrency: <% $.d %>", [{"concurrency": 4}]),
        ("with-items: 'i in <% [1] %>', action: std.noop, concurrency: 0", [{}]),
        (
            "with-items: i in <% 1 %>, action: std.noop, concurrency: 2, retry: {count: 1, delay: 0}",
            [{"concurrency": 2}],
        ),
        (
            "action: std.noop, concurrency: 2, pause-before: true, wait-before: 1",
            [{"concurrency": 2, "wait_before_policy": {}}],
        ),
    ],
)
def test_what_policies_remember(task: str, runtimes: list[JsonDict]) -> None:
    """After the start, and after each delay."""
    table = Table(workflow(task)).go()
    for number, runtime in enumerate(runtimes):
        if number:
            wake(table)
        assert table.task("t").runtime == runtime


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


PLACES = {
    "task": ("action: std.async_noop, ", ""),
    "items": ("with-items: 'i in <% [1, 2] %>', action: std.async_noop, ", ""),
    "workflow": ("workflow: inner, ", ""),
    "join": ("action: std.async_noop, join: all, ", "    a: {action: std.noop, on-success: t}\n"),
}


def placed(place: str, policies: str, default: bool) -> Table:
    """A task with policies of its own or by default; it is always at place 0."""
    call, more = PLACES[place]
    if not default:
        return Table(workflow(f"{call}{policies}, on-error: noop", more)).go()
    text = workflow(f"{call}on-error: noop", more).replace("  tasks:", f"  task-defaults: {{{policies}}}\n  tasks:")
    return Table(text).go()


def finish(table: Table, place: str, state: State) -> Table:
    """All actions of the latest attempt end, or the sub-execution does."""
    task = table.task("t")
    if place == "workflow":
        return table.apply(ChildChanged(table.action("t"), state, 1, {}))
    numbers = range(task.attempts - 1, task.attempts + 1) if place == "items" else [task.attempts]
    return table.apply(*(ActionEnded(ActionKey(KEY, number), state) for number in numbers))


everywhere = pytest.mark.parametrize("place", PLACES)
own_or_default = pytest.mark.parametrize("default", [False, True], ids=["own", "default"])


@everywhere
def test_wait_before_and_timeout_at_every_place(place: str) -> None:
    table = placed(place, "wait-before: 2, timeout: 9", False)
    if place == "join":  # they have no before-policies
        assert (table.task("t").state, delays(table)) == ("RUNNING", [])
        return
    assert (table.task("t").state, table.task("t").runtime) == ("DELAYED", {"wait_before_policy": {"skip": True}})
    assert delays(table) == [(9, TimedOut(KEY, 0, 9)), (2, Woken(KEY, 1))]
    assert wake(table).task("t").state == "RUNNING"
    table.apply(TimedOut(KEY, 0, 9))
    assert (table.state, table.task("t").state_info) == ("SUCCESS", "Task timed out [timeout(s)=9].")


@everywhere
@own_or_default
def test_wait_after_and_retry_at_every_place(place: str, default: bool) -> None:
    table = placed(place, "wait-after: 3, retry: {count: 1, delay: 5}", default)
    if place == "join" and default:
        table.apply(Woken(TaskKey(1, 0), 1))  # the task before it waits too
    finish(table, place, ERROR)
    assert table.task("t").state_info == "Delayed by 'wait-after' policy [delay=3]"
    wake(table)
    assert table.task("t").state_info == "Delayed by 'retry' policy [delay=5]"
    assert table.task("t").state == ("WAITING" if place == "join" else "DELAYED")
    wake(table)
    assert (table.task("t").state, table.state) == ("RUNNING", "RUNNING")
    finish(table, place, SUCCESS)
    assert (table.task("t").state, table.state) == ("SUCCESS", "SUCCESS")


@everywhere
@own_or_default
def test_fail_on_with_retry_at_every_place(place: str, default: bool) -> None:
    table = placed(place, "fail-on: <% task().name = t %>, retry: {count: 1, delay: 1}", default)
    finish(table, place, SUCCESS)
    assert table.task("t").state_info == "Delayed by 'retry' policy [delay=1]"
    finish(wake(table), place, SUCCESS)
    assert (table.state, table.task("t").state_info) == ("SUCCESS", "Failed by 'fail-on' policy")


@everywhere
@pytest.mark.parametrize("wait", ["", "wait-after: 2, "])
def test_a_retry_after_a_timeout_has_a_timeout_too(place: str, wait: str) -> None:
    table = placed(place, f"{wait}timeout: 7, retry: {{count: 1, delay: 4}}", False)
    if place == "join":
        assert delays(table) == []
        return
    table.apply(TimedOut(KEY, 0, 7))
    while table.task("t").state == "DELAYED":
        wake(table)
    assert (table.task("t").state, table.state) == ("RUNNING", "RUNNING")
    # counted from the end of the delay: of `retry`, or of `wait-after`
    assert [at for at, event in delays(table) if event == TimedOut(KEY, 0, 7)] == [7, 9 if wait else 11]
    table.apply(TimedOut(KEY, 0, 7))
    assert (table.state, table.task("t").state_info) == ("SUCCESS", "Task timed out [timeout(s)=7].")


@everywhere
def test_a_pause_while_a_task_is_delayed_keeps_the_task_until_the_run_goes_on(place: str) -> None:
    table = placed(place, "retry: {count: 1, delay: 4}", False)
    finish(table, place, ERROR)
    wake(table.apply(PauseAsked()))
    assert (table.state, table.task("t").state) == ("PAUSED", "WAITING" if place == "join" else "DELAYED")
    table.resume()
    assert (table.state, table.task("t").state) == ("RUNNING", "RUNNING")
    assert finish(table, place, SUCCESS).state == "SUCCESS"


@everywhere
def test_pause_before_at_every_place(place: str) -> None:
    table = placed(place, "pause-before: true", False)
    assert table.state == ("RUNNING" if place == "join" else "PAUSED")
    assert finish(table.resume(), place, SUCCESS).state == "SUCCESS"


@pytest.mark.parametrize("days", [1, 30, 365, 36_500])
def test_delays_of_up_to_a_hundred_years(days: int) -> None:
    table = Table(workflow(f"action: std.noop, wait-before: {days * 24 * 3600}")).go()
    assert table.wakes[0].at - NOW == timedelta(days=days)
