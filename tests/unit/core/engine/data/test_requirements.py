"""Reverse workflows: what runs, in which order, with which data (engine rules §11)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.events import RerunAsked, SkipAsked, StopAsked
from chalicelib.core.states import ERROR
from chalicelib.core.values import TaskKey
from chalicelib.errors import InvalidRequest
from tests.unit.core.engine.table import Table

BUILD = """
version: '2.0'
build:
  type: reverse
  input: [name: app]
  output: {made: <% $.made %>}
  tasks:
    fetch: {action: std.echo output=<% $.name %>, publish: {source: <% task().result %>}}
    tools: {action: std.echo output="cc", publish: {tool: <% task().result %>}}
    compile:
      action: std.echo output="<% $.tool %> <% $.source %>"
      requires: [fetch, tools]
      publish: {made: <% task().result %>}
    test: {action: std.async_noop, requires: compile}
    elsewhere: {action: std.noop}
"""


def test_only_what_the_target_requires_runs_and_sees_what_that_published() -> None:
    table = Table(BUILD, params={"task_name": "compile"}).go()
    assert table.state == "SUCCESS"
    assert table.states == {"fetch": ["SUCCESS"], "tools": ["SUCCESS"], "compile": ["SUCCESS"]}
    assert table.output == {"made": "cc app"}


def test_a_target_without_requirements_runs_alone() -> None:
    assert Table(BUILD, params={"task_name": "elsewhere"}).go().states == {"elsewhere": ["SUCCESS"]}


def test_a_failed_requirement_fails_the_run_and_nothing_depends_on_it() -> None:
    text = BUILD.replace('tools: {action: std.echo output="cc",', "tools: {action: std.fail,")
    table = Table(text, params={"task_name": "test"}).go()
    assert table.state == "ERROR"
    assert table.states == {"fetch": ["SUCCESS"], "tools": ["ERROR"]}


def test_a_run_waits_for_its_target() -> None:
    table = Table(BUILD, params={"task_name": "test"}).go()
    assert (table.state, table.states["test"]) == ("RUNNING", ["RUNNING"])
    assert table.end("test", ERROR, "no").state == "ERROR"


def test_small_steps_come_to_the_same_end() -> None:
    table = Table(BUILD, params={"task_name": "compile"}, limits=Limits(rows=1)).go()
    assert (table.state, table.output) == ("SUCCESS", {"made": "cc app"})
    assert table.commits > 2


LINE = """
version: '2.0'
line:
  type: reverse
  output: {v: <% $.v %>}
  tasks:
    a: {action: std.async_noop, publish: {v: done}, publish-on-skip: {v: skipped}}
    x: {action: std.async_noop}
    b: {action: std.noop, requires: [a]}
    c: {action: std.noop, requires: [b, x], publish: {v: <% $.v %>}}
"""


@pytest.mark.parametrize(("event", "v"), [(RerunAsked(TaskKey(0, 0)), "done"), (SkipAsked(TaskKey(0, 0)), "skipped")])
def test_what_waited_for_a_failed_requirement_goes_on(event: RerunAsked | SkipAsked, v: str) -> None:
    table = Table(LINE, params={"task_name": "c"}).go().end("x").end("a", ERROR, "no")
    assert (table.state, table.states) == ("ERROR", {"a": ["ERROR"], "x": ["SUCCESS"]})
    table.apply(event)
    table = table.end("a") if isinstance(event, RerunAsked) else table
    assert (table.state, table.output, table.states["c"]) == ("SUCCESS", {"v": v}, ["SUCCESS"])


def test_what_was_met_while_the_run_was_over_is_remembered() -> None:
    table = Table(LINE, params={"task_name": "c"}).go().end("x", ERROR, "no").apply(StopAsked(ERROR, "enough"))
    table.end("a")
    assert table.states == {"a": ["SUCCESS"], "x": ["ERROR"]}
    table.apply(RerunAsked(TaskKey(1, 0)))
    assert table.states["b"] == ["SUCCESS"]
    assert table.end("x").state == "SUCCESS"


@pytest.mark.parametrize("params", [{}, {"task_name": "none"}, {"task_name": 5}])
def test_a_target_that_does_not_exist_is_refused(params: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest, match=r"Invalid task name \[wf_spec=build, task_name="):
        Table(BUILD, params=params)  # type: ignore[arg-type]
