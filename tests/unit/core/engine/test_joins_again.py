"""A join that is triggered once more after it began: partial joins and loops (engine rules §8, late arrivals)."""

from __future__ import annotations

from chalicelib.core.engine.state.events import ActionEnded, ActionPaused, Proceed, SkipAsked
from chalicelib.core.states import ERROR, PAUSED, SUCCESS
from tests.unit.core.engine.table import Play

LONG = "long " * 30

PARTIAL = f"""
    tasks:
      a: {{action: std.async_noop, publish: {{x: a, big: "a {LONG}", d: {{a: "{LONG}"}}}}, on-success: j}}
      b: {{action: std.async_noop, publish: {{y: b, big: "b {LONG}", d: {{b: "{LONG}"}}}}, on-success: j}}
      j:
        join: one
        action: std.async_noop
        publish:
          seen: <% $.d.keys().orderBy($) %>
          own: "<% $.big %>"
        on-success: k
      k:
        action: std.async_noop
        publish:
          own: "<% $.own.substring(0, 1) %>"
          keys: <% $.d.keys().orderBy($) %>
          seen: <% $.seen %>
"""


def test_a_late_parent_runs_the_join_again(play: Play) -> None:
    table = play(PARTIAL).go()
    table.end("a").end("j", result={"n": 1})
    assert table.states == {"a": ["SUCCESS"], "b": ["RUNNING"], "j": ["SUCCESS"], "k": ["RUNNING"]}
    table.end("b")
    assert table.states["j"] == ["RUNNING"]
    table.end("j", result={"n": 2})
    assert table.results("j") == [{"n": 1}, {"n": 2}]
    assert table.states["k"] == ["RUNNING", "RUNNING"]
    assert (table.published("j") or {})["seen"] == ["a", "b"]


def test_what_followed_the_first_run_keeps_its_data(play: Play) -> None:
    """The values of the second run do not take the place of those that a branch already carries."""
    table = play(PARTIAL).go()
    table.end("a").end("j", result={"n": 1}).end("b").end("j", result={"n": 2})
    table.end("k", instance=0).end("k", instance=1)
    assert table.published("k", 0) == {"own": "a", "keys": ["a"], "seen": ["a"]}
    assert (table.published("k", 1) or {})["keys"] == ["a", "b"]
    assert table.state == "SUCCESS"


def test_a_second_parent_while_the_join_runs_starts_a_second_action(play: Play) -> None:
    table = play(PARTIAL).go()
    table.end("a").end("b")
    assert (table.task("j").attempts, table.states["j"]) == (2, ["RUNNING"])
    table.apply(ActionEnded(table.action("j", number=1), SUCCESS, {"n": 1}))
    assert (table.states["j"], table.states["k"]) == (["SUCCESS"], ["RUNNING"])
    table.apply(ActionEnded(table.action("j", number=2), SUCCESS, {"n": 2}))
    assert (table.results("j"), table.states["k"]) == ([{"n": 1}, {"n": 2}], ["RUNNING"])
    table.end("k")
    assert (table.state, table.run.head.progress.active) == ("SUCCESS", 0)


def test_the_join_ends_before_its_second_action_is_started(play: Play) -> None:
    """The step that was to start it ran out of room; a result came before the next one."""
    table = play(PARTIAL).go()
    table.end("a")
    late = table.changes(table.ending("b"), may_go_on=lambda: False)
    assert late is not None
    table.commit(late)
    table.apply(ActionEnded(table.action("j", number=1), SUCCESS, {"n": 1}), Proceed())
    table.end("j", result={"n": 2}).end("k", instance=0).end("k", instance=1)
    assert (table.state, table.run.head.progress.active) == ("SUCCESS", 0)


def test_a_paused_join_runs_again(play: Play) -> None:
    table = play(PARTIAL).go()
    table.end("a")
    table.apply(ActionPaused(table.action("j"), PAUSED), ActionPaused(table.action("j"), PAUSED))
    assert (table.state, table.run.head.progress.paused) == ("PAUSED", 1)


def test_an_error_of_the_first_run_is_forgotten(play: Play) -> None:
    """But only if the second one comes before the run is over."""
    table = play(PARTIAL + "      z: {action: std.async_noop}\n").go()
    table.end("a").end("j", ERROR, {"e": 1}).end("b").end("j", result={"n": 2}).end("k")
    assert table.results("j") == [{"n": 2}]
    table.end("z")
    assert (table.state, table.info) == ("SUCCESS", None)


def test_a_join_in_a_loop(play: Play) -> None:
    table = play(
        """
        vars: {n: 0}
        tasks:
          a: {action: std.noop, on-success: j}
          j: {join: one, action: std.noop, publish: {n: <% $.n + 1 %>}, on-success: l}
          l:
            action: std.echo output=<% $.n %>
            on-success: [{j: <% $.n < 3 %>}]
        """
    ).go()
    assert (table.state, table.output) == ("SUCCESS", {"n": 3})
    assert table.results("j") == [None, None, None]
    assert [table.result("l", instance) for instance in range(3)] == [1, 2, 3]


def test_a_join_that_triggers_itself(play: Play) -> None:
    table = play(
        """
        vars: {n: 0}
        tasks:
          a: {action: std.noop, publish: {x: 1}, on-success: j}
          j: {join: one, action: std.noop, publish: {n: <% $.n + 1 %>}, on-success: [{j: <% $.n < 4 %>}]}
        """
    ).go()
    assert (table.state, table.output) == ("SUCCESS", {"x": 1, "n": 4})


def test_merged_mappings_survive_a_loop(play: Play) -> None:
    """A mapping that the first run had to merge comes back by a branch in which nobody wrote it since."""
    table = play(
        f"""
        vars: {{n: 0}}
        tasks:
          a: {{action: std.noop, publish: {{d: {{a: "{LONG}"}}}}, on-success: j}}
          b: {{action: std.noop, publish: {{d: {{b: "{LONG}"}}}}, on-success: j}}
          j: {{join: 2, action: std.noop, publish: {{n: <% $.n + 1 %>}}, on-success: l}}
          l: {{action: std.noop, publish: {{keys: <% $.d.keys().orderBy($) %>}}, on-success: [{{j: <% $.n < 3 %>}}]}}
        """
    ).go()
    assert table.state == "SUCCESS"
    output = table.output
    assert isinstance(output, dict)
    assert (output["keys"], output["n"]) == (["a", "b"], 3)


def test_a_join_that_was_skipped_is_not_triggered_any_more(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.async_noop, on-success: j}
          b: {action: std.async_noop, on-success: j}
          j: {join: one, action: std.async_noop, on-skip: k}
          k: {action: std.noop}
        """
    ).go()
    table.end("a").end("j", ERROR, "no").apply(SkipAsked(table.task("j").key)).end("b")
    assert (table.state, table.states["j"], table.states["k"]) == ("SUCCESS", ["SKIPPED"], ["SUCCESS"])


def test_a_join_that_was_about_to_begin_when_the_run_ended(play: Play) -> None:
    """The run comes back to life, and the join with it."""
    table = play(
        """
        tasks:
          w: {action: std.async_noop}
          a: {action: std.noop, on-success: j}
          j: {join: all, action: std.noop}
          f: {action: std.noop, on-success: fail}
        """
    ).go()
    assert table.state == "ERROR"
    table.end("w", ERROR, "no").apply(SkipAsked(table.task("w").key))
    assert (table.state, table.states["j"]) == ("SUCCESS", ["SUCCESS"])
