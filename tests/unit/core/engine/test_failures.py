"""What goes wrong in a task: handled errors, forced failures, their texts, size limits (engine rules §6, §9, §19)."""

from __future__ import annotations

from datetime import datetime

import pytest

from chalicelib.actions.library import Library
from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.events import ActionEnded, PauseAsked, Proceed
from chalicelib.core.engine.state.interfaces import NoOutcome, Outcome
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.states import ERROR
from chalicelib.core.values import Blob
from chalicelib.errors import Unavailable
from tests.unit.core.engine.table import Play, Table, workflow

S, E, R = ["SUCCESS"], ["ERROR"], ["RUNNING"]

STARTING = {
    "an action that does not exist": ("action: no.such", "Failed to find action [action_name=no.such"),
    "a missing parameter": ("action: std.echo", "Invalid input [name=std.echo, class="),
    "an unexpected parameter": ("action: std.noop x=1", "Invalid input [name=std.noop, class="),
    "an expression in the input": ("action: std.echo output=<% $.nope %>", "Can not evaluate YAQL expression"),
    "an expression in the name": ("action: <% $.nope %>", "Can not evaluate YAQL expression"),
    "an input that is no mapping": (
        "action: std.echo\ninput: <% 5 %>",
        "Wrong dynamic input for task: a",
    ),
    "an expression in the target": ("action: std.noop\ntarget: <% $.nope %>", "Can not evaluate YAQL expression"),
}


@pytest.mark.parametrize(("task", "text"), STARTING.values(), ids=STARTING.keys())
def test_a_task_that_cannot_start_ends_the_run(play: Play, task: str, text: str) -> None:
    lines = "".join(f"            {line}\n" for line in task.split("\n"))
    table = play(
        f"""        tasks:
          a:
{lines}            on-error: h
            on-complete: h
          h: {{action: std.noop}}
"""
    ).go()
    assert (table.state, table.states) == ("ERROR", {"a": E})
    assert (table.info or "").startswith(f"Failed to run task [error={text}")
    assert ", wf=wf, task=a]:\n" in (table.info or "")
    assert table.task("a").state_info == table.info
    assert table.output == {"result": table.info}
    assert "Traceback" not in (table.info or "")


COMPLETING = {
    "publish": "publish: {x: <% $.nope %>}",
    "a guard": "on-success: [{h: <% $.nope %>}]",
    "a message": "on-success: ['fail msg=<% $.nope %>']",
    "a global publication": "on-success: {publish: {global: {x: <% $.nope %>}}}",
}


@pytest.mark.parametrize("rest", COMPLETING.values(), ids=COMPLETING.keys())
def test_a_task_that_cannot_be_completed_ends_the_run(play: Play, rest: str) -> None:
    table = play(
        f"""
        tasks:
          a: {{action: std.echo output=1, on-error: h, {rest}}}
          h: {{action: std.noop}}
        """
    ).go()
    assert (table.state, table.states) == ("ERROR", {"a": E})
    assert (table.info or "").startswith("Failed to handle action completion [error=Can not evaluate YAQL expression")
    assert ", wf=wf, task=a, action=std.echo]:\n" in (table.info or "")
    assert table.task("a").state_info == table.info
    assert table.task("a").published is None


def test_tasks_that_were_running_go_on_without_consequences(play: Play) -> None:
    table = play(
        """
        tasks:
          w: {action: std.async_noop, publish: {x: <% task().result %>}, on-success: n}
          a: {action: std.echo}
          n: {action: std.noop}
        """
    ).go()
    assert (table.state, table.states) == ("ERROR", {"w": R, "a": E})
    before = table.output
    table.end("w", result=5)
    assert (table.states, table.published("w")) == ({"w": S, "a": E}, {"x": 5})
    assert (table.state, table.output) == ("ERROR", before)


def test_an_action_that_cannot_be_built_is_an_ordinary_error(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.sleep, input: {seconds: [1]}, on-error: h}
          h: {action: std.noop}
        """
    ).go()
    assert (table.state, table.states) == ("SUCCESS", {"a": E, "h": S})
    assert (table.task("a").state_info or "").startswith("Failed to instantiate an action [action_desc=")
    assert table.task("a").action is None


@pytest.mark.parametrize(
    ("result", "info"),
    [
        ("text", "text"),
        ({"a": None, "b": True}, "{'a': None, 'b': True}"),
        ([1, "x"], "[1, 'x']"),
        ("", None),
        (None, None),
        ({}, None),
        ("é" * 70_000, "é" * 65_500 + "..."),
    ],
    ids=["text", "mapping", "list", "empty text", "null", "empty mapping", "long"],
)
def test_the_error_of_an_action_is_shown_as_python_text(play: Play, result: Json, info: str | None) -> None:
    table = play("tasks: {a: {action: std.async_noop, on-error: noop}}").go()
    table.end("a", ERROR, result)
    assert table.task("a").state_info == info
    assert table.result("a") == result


def test_the_failure_of_a_run_names_its_tasks(play: Play) -> None:
    table = play(
        """
        tasks:
          z: {action: std.async_noop}
          a: {action: std.async_noop}
          handled: {action: std.fail, on-error: noop}
          guarded: {action: std.fail, on-error: [{noop: <% false %>}]}
          fine: {action: std.noop}
        """
    ).go()
    table.end("z", ERROR, {"e": 1}).end("a", ERROR, "no")
    z, a = table.id_of("z"), table.id_of("a")
    assert table.info == (
        "Failure caused by error in tasks: a, z\n"
        f"\n  a [task_ex_id={a}] -> no\n    [action_ex_id={a[:-1]}1, idx=0]: no\n"
        f"\n  z [task_ex_id={z}] -> {{'e': 1}}\n    [action_ex_id={z[:-1]}1, idx=0]: {{'e': 1}}\n"
    )
    assert table.output == {"result": table.info}


def test_a_clause_without_effect_names_no_task(play: Play) -> None:
    table = play("tasks: {a: {action: std.fail, on-error: [{noop: <% false %>}]}}").go()
    assert (table.state, table.info) == ("ERROR", "Failure caused by error in tasks: \n")


def test_the_text_of_many_large_errors_is_cut(play: Play) -> None:
    tasks = "".join(f"          t{number}: {{action: std.async_noop}}\n" for number in range(5))
    table = play(f"        tasks:\n{tasks}", field_size=100_000).go()
    for number in range(5):
        table.end(f"t{number}", ERROR, "x" * 60_000)
    output = table.output
    assert isinstance(output, dict)
    assert (len(table.info or ""), len(str(output["result"]))) == (65_503, 100_000)


LIMIT = "Field size limit exceeded [class=TaskExecution, field={}, size=5KB, limit=4KB]"


def test_too_large_an_input_is_an_ordinary_error(play: Play) -> None:
    table = play(
        """
        input: [x]
        tasks:
          a: {action: std.echo, input: {output: "<% $.x %><% $.x %>"}, on-error: h}
          h: {action: std.noop}
        """,
        {"x": "x" * 2600},
        field_size=4096,
    ).go()
    assert (table.state, table.states) == ("SUCCESS", {"a": E, "h": S})
    assert table.task("a").state_info == LIMIT.format("input")


def test_too_large_a_result_forces_the_run_into_error(play: Play) -> None:
    table = play("tasks: {a: {action: std.async_noop, on-error: h}, h: {action: std.noop}}", field_size=4096).go()
    table.end("a", result="x" * 5200)
    assert (table.state, table.states) == ("ERROR", {"a": E})
    assert LIMIT.format("output") in (table.info or "")
    assert (table.run.head.progress.active, table.task("a").state_info) == (0, table.info)


def test_too_large_a_publication_forces_the_run_into_error(play: Play) -> None:
    table = play(
        """
        input: [x]
        tasks: {a: {action: std.noop, publish: {p: "<% $.x %><% $.x %>"}, on-error: h}, h: {action: std.noop}}
        """,
        {"x": "x" * 2600},
        field_size=4096,
    ).go()
    assert (table.state, table.states) == ("ERROR", {"a": E})
    assert LIMIT.format("published") in (table.info or "")


def test_without_a_limit_anything_fits(play: Play) -> None:
    table = play("tasks: {a: {action: std.test_dict size=5 val='x'}}", field_size=-1).go()
    assert table.state == "SUCCESS"


def test_a_forced_failure_in_a_pause_ends_the_run(play: Play) -> None:
    table = play("tasks: {a: {action: std.async_noop, publish: {x: <% $.nope %>}}, b: {action: std.async_noop}}").go()
    table.apply(PauseAsked()).end("a")
    assert (table.state, table.states) == ("ERROR", {"a": E, "b": R})


class Flaky(Library):
    """A library that some other service fails for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.failing = True

    def perform(self, name: str, given: JsonDict, action_id: str) -> Outcome | NoOutcome:
        if self.failing:
            raise Unavailable("busy")
        return super().perform(name, given, action_id)


def test_a_passing_trouble_of_a_service_is_no_error_of_the_run() -> None:
    """The step fails as a whole, and is tried again."""
    library = Flaky()
    table = Table(workflow("tasks: {a: {action: std.noop}}"), library=library)
    with pytest.raises(Unavailable):
        table.changes(Proceed())
    library.failing = False
    assert table.go().state == "SUCCESS"


@pytest.mark.parametrize("place", ["input", "publish", "guard"])
def test_a_value_that_cannot_be_read_for_a_while_is_no_error_of_the_run(place: str) -> None:
    use = {
        "input": "action: std.echo output=<% $.big.len() %>",
        "publish": "action: std.noop\n            publish: {x: <% $.big.len() %>}",
        "guard": "action: std.noop\n            on-success: [{c: <% $.big.len() > 1 %>}]",
    }[place]
    table = Table(
        workflow(
            f"""
        input: [big]
        tasks:
          a:
            {use}
          c: {{action: std.noop}}
        """
        ),
        {"big": "x" * 30_000},
        limits=Limits(),
    )
    table.rows.away = True
    with pytest.raises(Unavailable):
        table.changes(Proceed())
    table.rows.away = False
    assert table.go().state == "SUCCESS"


def test_a_value_that_is_gone_is_an_error_of_the_run(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.async_noop, publish: {x: <% task().result %>}, on-success: b}
          b: {action: std.async_noop, publish: {y: <% $.x.len() %>}}
        """
    ).go()
    table.end("a", result="x" * 30_000)
    table.rows.blobs.clear()
    table.end("b")
    assert table.state == "ERROR"


def test_time_stamps(play: Play) -> None:
    table = play("tasks: {a: {action: std.async_noop, on-success: b}, b: {action: std.noop}}").go()
    running = table.task("a")
    assert isinstance(running.started_at, datetime)
    assert running.finished_at is None
    table.apply(ActionEnded(table.action("a"), ERROR, "no"))
    assert table.task("a").finished_at is not None


def test_a_result_that_is_kept_elsewhere(play: Play) -> None:
    table = play("tasks: {a: {action: std.async_noop, on-error: noop}}").go()
    table.end("a", ERROR, "x" * 20_000)
    action = table.task("a").action
    assert action is not None
    assert isinstance(action.output, Blob)
    assert table.task("a").state_info == "x" * 20_000


def test_an_error_that_was_not_kept_is_unknown(play: Play) -> None:
    table = play("        tasks: {a: {action: std.fail, keep-result: false}}\n").go()
    assert (table.info or "").endswith(", idx=0]: Unknown\n")
