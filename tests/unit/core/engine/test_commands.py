"""Engine commands: noop, fail, succeed, pause, and the order in which they are carried out (engine rules §10)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.events import PauseAsked, ResumeAsked
from chalicelib.core.jsontext import Json
from chalicelib.core.states import ERROR
from tests.unit.core.engine.table import Play

S = ["SUCCESS"]

FORK = """
    tasks:
      a:
        action: std.noop
        publish: {{x: 1}}
        on-success: {commands}
        on-complete: [late]
      b: {{action: std.noop, publish: {{y: 1}}}}
      c: {{action: std.noop}}
      late: {{action: std.noop}}
"""


@pytest.mark.parametrize(
    ("commands", "state", "info", "output", "states"),
    [
        ("[noop]", "SUCCESS", None, {"x": 1, "y": 1}, {"a": S, "b": S, "c": S, "late": S}),
        ("[fail]", "ERROR", None, {"result": None, "y": 1}, {"a": S, "b": S, "c": S}),
        ("['fail msg=\"no <% $.x %>\"']", "ERROR", "no 1", {"result": "no 1", "y": 1}, {"a": S, "b": S, "c": S}),
        # what stands before a command still runs, what comes after is dropped, the clause on-complete comes last
        ("[late, fail, noop]", "ERROR", None, {"result": None, "x": 1, "y": 1}, {"a": S, "b": S, "c": S, "late": S}),
        ("[noop, fail]", "ERROR", None, {"result": None, "y": 1}, {"a": S, "b": S, "c": S}),
        ("[succeed, fail]", "SUCCESS", None, {"y": 1}, {"a": S, "b": S, "c": S}),
        ("[fail, succeed]", "ERROR", None, {"result": None, "y": 1}, {"a": S, "b": S, "c": S}),
        ("['succeed msg=\"early\"']", "SUCCESS", "early", {"y": 1}, {"a": S, "b": S, "c": S}),
    ],
)
def test_end_commands(
    play: Play, commands: str, state: str, info: str | None, output: Json, states: dict[str, list[str]]
) -> None:
    table = play(FORK.format(commands=commands)).go()
    assert (table.state, table.info, table.output) == (state, info, output)
    assert table.states == states


@pytest.mark.parametrize(
    ("command", "info", "result"),
    [
        (
            "fail msg=<% {a=>1, b=>null, c=>[true, é]} %>",
            '{"a": 1, "b": null, "c": [true, "\\u00e9"]}',
            "{'a': 1, 'b': None, 'c': [True, 'é']}",
        ),
        ("fail msg=<% [1, 2] %>", "[1, 2]", "[1, 2]"),
        ('fail msg="plain"', "plain", "plain"),
    ],
)
def test_a_message_that_is_no_text(play: Play, command: str, info: str, result: str) -> None:
    table = play(f"tasks:\n  a:\n    action: std.noop\n    on-success:\n      - {command}\n").go()
    assert (table.info, table.output) == (info, {"result": result})


def test_a_pause_message_is_shown(play: Play) -> None:
    table = play("tasks:\n  a:\n    action: std.noop\n    on-success:\n      - pause msg=<% {a=>1} %>\n").go()
    assert (table.state, table.info) == ("PAUSED", '{"a": 1}')
    table.apply(ResumeAsked())
    assert (table.state, table.info) == ("SUCCESS", None)


def test_variables_of_a_task_with_a_successor_never_started_are_missing(play: Play) -> None:
    body = """
        tasks:
          a: {{action: std.noop, publish: {{x: 1}}, on-success: [{0}, t2]}}
          t2: {{action: std.noop}}
    """
    assert play(body.format("succeed")).go().output == {}
    assert play(body.replace(", t2]", "]").format("fail")).go().output == {"result": None, "x": 1}


def test_an_error_handled_by_succeed(play: Play) -> None:
    table = play("tasks:\n  a: {action: std.fail, on-error: succeed}\n  b: {action: std.async_noop}").go()
    assert (table.state, table.states) == ("SUCCESS", {"a": ["ERROR"], "b": ["RUNNING"]})


def test_succeed_with_an_output_that_fails_forces_the_task_into_error(play: Play) -> None:
    table = play(
        """
        output: {o: <% $.nope %>}
        output-on-error: {r: caught}
        tasks:
          a: {action: std.noop, on-success: succeed, on-error: c}
          b: {action: std.async_noop}
          c: {action: std.noop}
        """
    ).go()
    text = "Failed to handle action completion [error=Can not evaluate YAQL expression [expression=$.nope, "
    assert (table.state, table.states) == ("ERROR", {"a": ["ERROR"], "b": ["RUNNING"]})
    assert (table.info or "").startswith(text)
    assert table.output == {"result": table.info, "r": "caught"}


def test_pause_keeps_what_follows_for_the_resume(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.noop, on-success: [b, 'pause msg="hold"', c, {pause: <% true %>}, d]}
          b: {action: std.noop}
          c: {action: std.noop}
          d: {action: std.noop}
        """
    ).go()
    assert (table.state, table.info) == ("PAUSED", "hold")
    assert sorted(table.states) == ["a", "b"]
    table.apply(ResumeAsked())
    assert (table.state, table.info) == ("PAUSED", None)
    assert sorted(table.states) == ["a", "b", "c"]
    table.apply(ResumeAsked())
    assert (table.state, sorted(table.states)) == ("SUCCESS", ["a", "b", "c", "d"])


def test_the_backlog_goes_before_tasks_that_ended_meanwhile(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.noop, on-success: [pause, first]}
          w: {action: std.async_noop, on-success: second}
          first: {action: std.noop}
          second: {action: std.noop}
        """
    ).go()
    table.end("w").apply(ResumeAsked())
    assert [task.name for task in table.rows.tasks()] == ["a", "w", "first", "second"]


def test_a_join_in_the_backlog_waits_for_the_resume(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.noop, on-success: [pause, j]}
          b: {action: std.noop, on-success: j}
          j: {join: all, action: std.noop}
        """
    ).go()
    assert table.state == "PAUSED"
    table.apply(ResumeAsked())
    assert (table.state, table.states) == ("SUCCESS", {"a": S, "b": S, "j": S})
    assert table.results("j") == [None]


@pytest.mark.parametrize(
    ("commands", "states"),
    [("[pause]", {"a": ["ERROR"]}), ("[pause, b]", {"a": ["ERROR"], "b": S})],
)
def test_a_pause_command_of_a_task_that_ended_in_a_pause_is_ignored_but_handles(
    play: Play, commands: str, states: dict[str, list[str]]
) -> None:
    table = play(
        f"tasks:\n  a: {{action: std.async_noop, on-error: {commands}}}\n  b: {{action: std.noop, join: all}}"
        if "b" in commands
        else f"tasks:\n  a: {{action: std.async_noop, on-error: {commands}}}"
    ).go()
    table.apply(PauseAsked()).end("a", ERROR, {"e": 1}).apply(ResumeAsked())
    assert (table.state, table.states) == ("SUCCESS", states)


def test_joins_are_triggered_after_other_tasks(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.noop, on-success: [j, b]}
          b: {action: std.noop, on-success: j}
          j: {join: one, action: std.noop}
        """
    ).go()
    assert [task.name for task in table.rows.tasks()][:3] == ["a", "b", "j"]
    assert table.state == "SUCCESS"
