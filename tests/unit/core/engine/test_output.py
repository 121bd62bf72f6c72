"""What a run gives back (engine rules §5)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.events import StopAsked
from chalicelib.core.jsontext import Json
from chalicelib.core.states import CANCELLED, ERROR
from chalicelib.core.values import Blob
from tests.unit.core.engine.table import Play

OK = "a: {action: std.noop, publish: {x: 1}}"
BAD = "a: {action: std.fail, publish-on-error: {x: 1}}"

ENDS = {
    "the final context": ("", OK, "SUCCESS", {"x": 1}),
    "the clause": (
        "output: {o: [<% $.x %>, {p: <% $.x %>}], q: plain}",
        OK,
        "SUCCESS",
        {"o": [1, {"p": 1}], "q": "plain"},
    ),
    "nothing published": ("", "a: {action: std.noop}", "SUCCESS", {}),
    "an error, and the final context": ("output: {o: 1}", BAD, "ERROR", {"x": 1}),
    "an error, and its clause": ("output-on-error: {o: <% $.x %>}", BAD, "ERROR", {"o": 1}),
    "a clause that has its own result": ("output-on-error: {result: mine}", BAD, "ERROR", {"result": "mine"}),
}


@pytest.mark.parametrize(("clause", "task", "state", "output"), ENDS.values(), ids=ENDS.keys())
def test_output(play: Play, clause: str, task: str, state: str, output: dict[str, Json]) -> None:
    table = play(f"{clause}\ntasks:\n  {task}\n").go()
    failure = {"result": table.info} if state == "ERROR" else {}
    assert (table.state, table.output) == (state, {**failure, **output})


def test_an_output_that_fails_is_an_error(play: Play) -> None:
    table = play(f"output: {{o: <% $.nope %>}}\noutput-on-error: {{x: <% $.x %>}}\ntasks:\n  {OK}\n").go()
    assert table.state == "ERROR"
    start = "Failed to check and complete [wf_ex_id=an-execution, wf_name=wf]: Can not evaluate YAQL expression ["
    assert (table.info or "").startswith(start)
    assert table.output == {"result": table.info, "x": 1}
    assert table.states == {"a": ["SUCCESS"]}


def test_an_output_on_error_that_fails_is_the_message(play: Play) -> None:
    table = play("output-on-error: {o: <% $.nope %>}\ntasks: {a: {action: std.async_noop}}").go()
    table.apply(StopAsked(ERROR, "enough"))
    assert table.info == (
        "Failed to evaluate expression in output-on-error! (output-on-error: '{'o': '<% $.nope %>'}', exception: "
        "'Can not evaluate YAQL expression [expression=$.nope, error='nope']' Cause: 'enough'"
    )
    assert table.output == {"result": table.info}


def test_a_cancelled_run_has_its_message_only(play: Play) -> None:
    table = play(f"output-on-error: {{o: 1}}\ntasks:\n  {OK}\n  b: {{action: std.async_noop}}").go()
    table.apply(StopAsked(CANCELLED, None))
    assert (table.state, table.info, table.output) == ("CANCELLED", None, {"result": None})


@pytest.mark.parametrize(("size", "kept"), [(20_000, True), (5_000_000 // 4, False)])
def test_an_output_that_is_too_large_is_empty(play: Play, size: int, kept: bool) -> None:
    table = play(
        "input: [x]\noutput: {o: <% $.x %><% $.x %>}\ntasks: {a: {action: std.noop}}", {"x": "x" * (size // 2)}
    )
    table.go()
    assert (table.state, bool(table.output)) == ("SUCCESS", kept)
    assert isinstance(table.run.head.output, Blob) is kept


def test_too_large_an_output_of_an_error_leaves_the_message(play: Play) -> None:
    table = play(
        "input: [x]\noutput-on-error: {o: '<% $.x %><% $.x %>'}\ntasks: {a: {action: std.fail}}",
        {"x": "x" * 2600},
        field_size=4096,
    ).go()
    assert table.output == {"result": table.info}


def test_reserved_names_are_not_shown(play: Play) -> None:
    table = play("tasks: {a: {action: std.noop, publish: {__execution: 1, __env: 2, __task_execution: 3, x: 4}}}").go()
    assert table.output == {"x": 4}


def test_an_output_sees_env_and_the_run_and_a_named_task(play: Play) -> None:
    table = play(
        """
        output: {e: <% env().k %>, id: <% execution().id %>, r: <% task(a).result %>, none: <% task() %>}
        tasks: {a: {action: std.echo output=5}}
        """,
        params={"env": {"k": "v"}},
    ).go()
    assert table.output == {"e": "v", "id": "an-execution", "r": 5, "none": None}


def test_the_hint_of_an_expression_stands_at_the_end(play: Play) -> None:
    info = play("tasks: {a: {action: std.noop, publish: {x: <% $.nope %>}}}").go().task("a").state_info or ""
    error = "Can not evaluate YAQL expression [expression=$.nope, error='nope']"
    first, second, third = info.split("\n")
    assert first == f"Failed to handle action completion [error={error}, wf=wf, task=a, action=std.noop]:"
    assert second == error
    assert third.startswith("There is no variable 'nope' here")


def test_the_hint_of_an_output_stands_at_the_end(play: Play) -> None:
    info = play("output: {o: <% $.nope %>}\ntasks: {a: {action: std.noop}}").go().info or ""
    assert "There is no variable 'nope' here" in info.split("\n")[1]
