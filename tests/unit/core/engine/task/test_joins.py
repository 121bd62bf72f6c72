"""When a join begins, fails or goes on waiting (engine rules §8)."""

from __future__ import annotations

import textwrap

import pytest

from chalicelib.core.states import CANCELLED, ERROR
from tests.unit.core.engine.table import Play

S, E, R, W = ["SUCCESS"], ["ERROR"], ["RUNNING"], ["WAITING"]

CASES: dict[str, tuple[str, str, dict[str, list[str]], str | None]] = {
    "all": (
        "a: {action: std.noop, on-success: j}\nb: {action: std.noop, on-success: j}\nj: {join: all, action: std.noop}",
        "SUCCESS",
        {"a": S, "b": S, "j": S},
        None,
    ),
    "naming it in several clauses counts once": (
        "a: {action: std.noop, on-success: j, on-complete: j}\nb: {action: std.noop, on-success: j}\n"
        "j: {join: all, action: std.noop}",
        "SUCCESS",
        {"a": S, "b": S, "j": S},
        None,
    ),
    "a parent that fails": (
        "t1: {action: std.noop, on-success: j}\nt2: {action: std.fail, on-success: j, on-error: fix}\n"
        "fix: {action: std.noop}\nj: {join: all, action: std.noop}",
        "ERROR",
        {"t1": S, "t2": E, "fix": S, "j": E},
        "Failed by tasks: ['t2']",
    ),
    "a parent whose on-error leads there as well": (
        "t1: {action: std.noop, on-success: j}\nt2: {action: std.fail, on-success: j, on-error: j}\n"
        "j: {join: all, action: std.noop}",
        "SUCCESS",
        {"t1": S, "t2": E, "j": S},
        None,
    ),
    "a false guard": (
        "t1: {action: std.noop, on-success: j}\nt2: {action: std.noop, on-success: [{j: <% false %>}]}\n"
        "j: {join: all, action: std.noop}",
        "ERROR",
        {"t1": S, "t2": S, "j": E},
        "Failed by tasks: ['t2']",
    ),
    "nobody triggers it": (
        "t1: {action: std.fail, on-success: j, on-error: noop}\nj: {join: all, action: std.noop}",
        "SUCCESS",
        {"t1": E},
        None,
    ),
    "a route that became impossible": (
        "t1: {action: std.noop, on-success: j}\nt2: {action: std.fail, on-success: t3, on-error: noop}\n"
        "t3: {action: std.noop, on-success: t4}\nt4: {action: std.noop, on-success: j}\n"
        "j: {join: all, action: std.noop}",
        "ERROR",
        {"t1": S, "t2": E, "j": E},
        "Failed by tasks: ['t4']",
    ),
    "trying a join again does not make up for a parent": (
        "t1: {action: std.noop, on-success: j}\nt2: {action: std.noop, on-error: j}\n"
        "j: {join: all, action: std.noop, retry: {count: 2, delay: 0}}",
        "ERROR",
        {"t1": S, "t2": S, "j": E},
        "Failed by tasks: ['t2']",
    ),
    "one is enough": (
        "t1: {action: std.noop, on-success: j}\nt2: {action: std.fail, on-success: j, on-error: noop}\n"
        "j: {join: one, action: std.noop}",
        "SUCCESS",
        {"t1": S, "t2": E, "j": S},
        None,
    ),
    "two of three": (
        "t1: {action: std.noop, on-success: j}\nt2: {action: std.fail, on-success: j, on-error: noop}\n"
        "t3: {action: std.noop, on-success: j}\nj: {join: 2, action: std.noop}",
        "SUCCESS",
        {"t1": S, "t2": E, "t3": S, "j": S},
        None,
    ),
    "two of three are lost": (
        "t1: {action: std.noop, on-success: j}\nt2: {action: std.fail, on-success: j, on-error: noop}\n"
        "t3: {action: std.fail, on-success: j, on-error: noop}\nj: {join: 2, action: std.noop}",
        "ERROR",
        {"t1": S, "t2": E, "t3": E, "j": E},
        "Failed by tasks: ['t2', 't3']",
    ),
    "its failure is handled": (
        "t1: {action: std.noop, on-success: j}\nt2: {action: std.fail, on-success: j, on-error: noop}\n"
        "j: {join: all, action: std.noop, on-error: k, on-complete: l}\nk: {action: std.noop}\nl: {action: std.noop}",
        "SUCCESS",
        {"t1": S, "t2": E, "j": E, "k": S, "l": S},
        "Failed by tasks: ['t2']",
    ),
    "a failed join fails the next one": (
        "t1: {action: std.noop, on-success: [j, k]}\nt2: {action: std.fail, on-success: j, on-error: noop}\n"
        "j: {join: all, action: std.noop, on-success: k, on-error: noop}\nk: {join: all, action: std.noop}",
        "ERROR",
        {"t1": S, "t2": E, "j": E, "k": E},
        "Failed by tasks: ['t2']",
    ),
    "a task behind the join that leads to it": (
        "a: {action: std.noop, on-success: j}\nj: {join: all, action: std.noop, on-success: l}\n"
        "l: {action: std.noop, on-success: j}",
        "ERROR",
        {"a": S, "j": E},
        "Failed by tasks: ['l']",
    ),
    "joins that wait for each other": (
        "a: {action: std.noop, on-success: [j, k]}\nj: {join: all, action: std.noop, on-complete: x}\n"
        "k: {join: all, action: std.noop, on-error: y}\nx: {action: std.noop, on-success: k}\n"
        "y: {action: std.noop, on-success: j}",
        "ERROR",
        {"a": S, "j": E, "k": S, "x": S},
        "Failed by tasks: ['y']",
    ),
}


@pytest.mark.parametrize(("tasks", "state", "states", "info"), CASES.values(), ids=CASES.keys())
def test_joins(play: Play, tasks: str, state: str, states: dict[str, list[str]], info: str | None) -> None:
    table = play("tasks:\n" + textwrap.indent(tasks, "  ")).go()
    assert (table.state, table.states) == (state, states)
    if "j" in states:
        assert table.task("j").state_info == info


TWO = """
    tasks:
      a: {action: std.async_noop, on-success: j, on-error: x}
      b: {action: std.async_noop, on-success: j, on-error: x}
      x: {action: std.noop}
      j: {join: all, action: std.noop}
"""


def test_a_join_waits(play: Play) -> None:
    table = play(TWO).go()
    table.end("b")
    assert (table.state, table.states) == ("RUNNING", {"a": R, "b": S, "j": W})
    assert table.task("j").state_info == "Task is waiting."
    table.end("a")
    assert (table.state, table.task("j").state_info) == ("SUCCESS", None)
    keys = [table.task(name).key for name in ("a", "b")]
    assert table.task("j").triggered_by == tuple((key, "on-success") for key in keys)


def test_a_join_fails_as_soon_as_it_must(play: Play) -> None:
    table = play(TWO).go()
    table.end("a", ERROR, "no").end("b")
    assert (table.state, table.states) == ("ERROR", {"a": E, "b": S, "x": S, "j": E})
    assert table.task("j").action is None


def test_a_cancelled_parent_fails_the_join(play: Play) -> None:
    table = play(TWO).go()
    table.end("a").end("b", CANCELLED)
    assert (table.state, table.task("j").state_info) == ("CANCELLED", "Failed by tasks: ['b']")


def test_an_execution_that_still_runs_may_trigger_the_join(play: Play) -> None:
    """One of two executions of the parent ended without triggering it, the other may yet."""
    table = play(
        """
        tasks:
          a: {action: std.noop, on-success: [s, {s: <% true %>}, j]}
          s: {action: std.async_noop, on-success: j, on-error: noop}
          j: {join: all, action: std.noop}
        """
    ).go()
    table.end("s", ERROR, "no", instance=0)
    assert (table.state, table.states["j"]) == ("RUNNING", W)
    table.end("s", instance=1)
    assert (table.state, table.states["j"]) == ("SUCCESS", S)


def test_the_clause_that_triggered_a_join_is_remembered(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.noop, on-success: [{j: <% false %>}], on-complete: j}
          j: {join: all, action: std.noop}
        """
    ).go()
    assert table.task("j").triggered_by == ((table.task("a").key, "on-complete"),)


@pytest.mark.parametrize(
    ("tasks", "blamed"),
    [
        ("a: {action: std.fail, on-success: j, on-error: noop}\nb: {action: std.noop, on-success: j}", ["a"]),
        ("a: {action: std.noop, on-success: [{j: <% false %>}]}\nb: {action: std.noop, on-success: j}", ["a"]),
        ("a: {action: std.noop, on-success: j}\nb: {action: std.noop, on-error: j}", ["b"]),
        (
            "a: {action: std.noop, on-success: j}\nc: {action: std.noop, on-error: b}\n"
            "b: {action: std.noop, on-success: j}",
            [],
        ),
        (
            "a: {action: std.noop, on-success: j}\nc: {action: std.noop, on-error: [b, j]}\n"
            "b: {action: std.noop, on-success: j}",
            ["c"],
        ),
    ],
)
def test_a_join_that_failed_names_the_tasks_that_did_not_lead_to_it(play: Play, tasks: str, blamed: list[str]) -> None:
    """Those that never ran have no execution to name."""
    table = play("tasks:\n" + textwrap.indent(f"{tasks}\nj: {{join: all, action: std.noop}}\n", "  ")).go()
    assert table.states["j"] == E
    assert table.task("j").triggered_by == tuple((table.task(name).key, "not triggered") for name in blamed)


def test_a_join_of_some_that_failed_names_none(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.fail, on-success: j, on-error: noop}
          b: {action: std.noop, on-success: j}
          j: {join: 2, action: std.noop}
        """
    ).go()
    assert (table.states["j"], table.task("j").triggered_by) == (E, ())


def test_a_join_has_the_branch_of_every_execution_that_triggered_it(play: Play) -> None:
    """Whichever execution of a parent came last, or is still running."""
    table = play(
        """
        tasks:
          a: {action: std.noop, publish: {va: 1}, on-success: s}
          b: {action: std.noop, publish: {vb: 1}, on-success: s}
          s: {action: std.async_noop, on-success: j}
          j:
            join: all
            action: std.echo output=<% [$.get(va), $.get(vb)] %>
        """
    ).go()
    table.end("s", instance=0)
    assert table.results("j") == [[1, None]]
    table.end("s", instance=1)
    assert table.results("j") == [[1, None], [1, 1]]


def test_many_joins_fail_in_several_commits(play: Play) -> None:
    """Each of them is a row or two, and a commit holds a hundred."""
    joins = "".join(f"          j{number}: {{join: all, action: std.noop}}\n" for number in range(120))
    names = ", ".join(f"j{number}" for number in range(120))
    table = play(
        f"""        tasks:
          a: {{action: std.noop, on-success: [{names}]}}
          b: {{action: std.fail, on-success: [{names}], on-error: noop}}
{joins}"""
    ).go()
    assert table.state == "ERROR"
    assert all(table.states[f"j{number}"] == E for number in range(120))
    assert table.most_rows <= 95
