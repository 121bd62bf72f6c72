"""Which tasks follow which: clauses, guards, forks, loops (engine rules §7)."""

from __future__ import annotations

import textwrap

import pytest

from chalicelib.core.states import CANCELLED
from tests.unit.core.engine.table import Play

S, E = ["SUCCESS"], ["ERROR"]

CASES = {
    "one target": ("a: {on-success: b}\nb: {action: std.noop}", "SUCCESS", {"a": S, "b": S}),
    "a fork": (
        "a: {on-success: [b, c]}\nb: {action: std.noop}\nc: {action: std.noop}",
        "SUCCESS",
        {"a": S, "b": S, "c": S},
    ),
    "on-complete follows both ends, success clauses first": (
        "a: {on-success: b, on-error: x, on-complete: c}\n"
        "b: {action: std.fail, on-success: x, on-error: [noop], on-complete: d}\n"
        "c: {action: std.noop}\nd: {action: std.noop}\nx: {action: std.noop}",
        "SUCCESS",
        {"a": S, "b": E, "c": S, "d": S},
    ),
    "guards": (
        "a: {on-success: [{b: <% true %>}, {c: <% 0 %>}, {d: <% 'false' %>}, {e: '<% [] %>'}]}\n"
        "b: {action: std.noop}\nc: {action: std.noop}\nd: {action: std.noop}\ne: {action: std.noop}",
        "SUCCESS",
        {"a": S, "b": S, "d": S},
    ),
    "a guard of the advanced form is dropped": (
        "a: {on-success: {next: {b: <% false %>}}}\nb: {action: std.noop}",
        "SUCCESS",
        {"a": S, "b": S},
    ),
    "two entries start two executions": (
        "a: {on-success: [b, {b: <% true %>}], on-complete: b}\nb: {action: std.noop}",
        "SUCCESS",
        {"a": S, "b": S * 3},
    ),
    "two parents start two executions": (
        "a: {on-success: c}\nb: {on-success: c}\nc: {on-success: d}\nd: {action: std.noop}",
        "SUCCESS",
        {"a": S, "b": S, "c": S * 2, "d": S * 2},
    ),
    "an error with on-error is handled": (
        "a: {action: std.fail, on-error: b}\nb: {action: std.noop}",
        "SUCCESS",
        {"a": E, "b": S},
    ),
    "noop handles an error": ("a: {action: std.fail, on-error: noop}", "SUCCESS", {"a": E}),
    "on-complete does not handle an error": (
        "a: {action: std.fail, on-complete: b}\nb: {action: std.noop}",
        "ERROR",
        {"a": E, "b": S},
    ),
    "a false guard does not handle an error": (
        "a: {action: std.fail, on-error: [{noop: <% false %>}]}",
        "ERROR",
        {"a": E},
    ),
    "an error leaves other branches alone": (
        "a: {action: std.fail}\nb: {on-success: c}\nc: {action: std.noop}",
        "ERROR",
        {"a": E, "b": S, "c": S},
    ),
    "a handler that fails": (
        "a: {action: std.fail, on-error: b}\nb: {action: std.fail}",
        "ERROR",
        {"a": E, "b": E},
    ),
}


@pytest.mark.parametrize(("tasks", "state", "states"), CASES.values(), ids=CASES.keys())
def test_transitions(play: Play, tasks: str, state: str, states: dict[str, list[str]]) -> None:
    body = textwrap.indent(tasks.replace("{on-", "{action: std.noop, on-"), "  ")
    table = play(f"tasks:\n{body}").go()
    assert (table.state, table.states) == (state, states)


def test_a_loop_carries_its_state(play: Play) -> None:
    table = play(
        """
        vars: {n: 0}
        tasks:
          begin: {action: std.noop, on-success: step}
          step:
            action: std.echo output=<% $.n + 1 %>
            publish: {n: <% task().result %>}
            on-success: [{step: <% $.n < 3 %>}]
        """
    ).go()
    assert (table.state, table.output) == ("SUCCESS", {"n": 3})
    assert [table.result("step", instance) for instance in range(3)] == [1, 2, 3]


def test_a_task_knows_what_triggered_it(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.fail, on-error: b, on-complete: b}
          b: {action: std.noop}
        """
    ).go()
    key = table.task("a").key
    assert [table.task("b", instance).triggered_by for instance in (0, 1)] == [
        ((key, "on-error"),),
        ((key, "on-complete"),),
    ]


def test_a_cancelled_task_fires_nothing_and_cancels_the_run_at_its_end(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.async_noop, on-success: c, on-error: c, on-complete: c}
          b: {action: std.async_noop, on-success: c}
          c: {action: std.noop}
        """
    ).go()
    table.end("a", CANCELLED)
    assert (table.state, table.task("a").state_info) == ("RUNNING", None)
    table.end("b")
    assert (table.state, table.info) == ("CANCELLED", "Cancelled tasks: a")
    assert table.output == {"result": "Cancelled tasks: a"}
    assert table.states == {"a": ["CANCELLED"], "b": S, "c": S}


def test_cancelled_tasks_are_named_in_order_and_win_over_errors(play: Play) -> None:
    table = play("tasks: {z: {action: std.async_noop}, a: {action: std.async_noop}, f: {action: std.fail}}").go()
    table.end("z", CANCELLED).end("a", CANCELLED)
    assert (table.state, table.info) == ("CANCELLED", "Cancelled tasks: a, z")
