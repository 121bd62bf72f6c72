"""How a run begins: input, defaults, parameters, environment and vars (engine rules §2)."""

from __future__ import annotations

import pytest

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import ExpressionError, InputError, InvalidRequest, SizeLimitExceeded
from tests.unit.core.engine.table import Play

ECHO = """
    input: [who, count: 1, mode: "<% 1 + 1 %>", none: null]
    output: {who: <% $.who %>, count: <% $.count %>, mode: <% $.mode %>, none: <% $.none %>}
    tasks: {t: {action: std.noop}}
"""


@pytest.mark.parametrize(
    ("given", "output"),
    [
        # defaults are literal, an expression in one is text
        ({"who": "me"}, {"who": "me", "count": 1, "mode": "<% 1 + 1 %>", "none": None}),
        # an explicit null counts as given
        ({"who": None, "count": None}, {"who": None, "count": None, "mode": "<% 1 + 1 %>", "none": None}),
    ],
)
def test_defaults_are_laid_under_the_input(play: Play, given: JsonDict, output: Json) -> None:
    assert play(ECHO, given).go().output == output


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "Invalid input [name=wf, class=DirectWorkflowSpec, missing=['who']]"),
        ({"who": 1, "x": 2}, "Invalid input [name=wf, class=DirectWorkflowSpec, unexpected=['x']]"),
        ({"x": 2}, "Invalid input [name=wf, class=DirectWorkflowSpec, missing=['who'], unexpected=['x']]"),
    ],
)
def test_an_input_that_does_not_fit_is_refused(play: Play, given: JsonDict, text: str) -> None:
    with pytest.raises(InputError) as refusal:
        play(ECHO, given)
    assert refusal.value.message == text


@pytest.mark.parametrize(
    ("params", "stored"),
    [
        ({}, {"namespace": "", "env": {}}),
        ({"any": [1], "env": None}, {"any": [1], "namespace": "", "env": {}}),
        ({"env": {"a": 1, "b": "<% env().a %>"}}, {"namespace": "", "env": {"a": 1, "b": 1}}),
        ({"env": {"a": 1, "b": "{{ __env.a }}"}}, {"namespace": "", "env": {"a": 1, "b": 1}}),
        (
            {"env": {"b": "<% env().a %>"}, "evaluate_env": False},
            {"namespace": "", "env": {"b": "<% env().a %>"}, "evaluate_env": False},
        ),
        ({"namespace": "mine"}, {"namespace": "mine", "env": {}}),
    ],
)
def test_parameters_are_stored_resolved(play: Play, params: JsonDict, stored: JsonDict) -> None:
    assert play("tasks: {t: {action: std.noop}}", params=params).run.start.params == stored


def test_vars_see_env_then_input_and_not_each_other(play: Play) -> None:
    table = play(
        """
        input: [v: in]
        vars: {v: var, from_input: <% $.v %>, from_env: <% env().e %>, me: <% execution().id %>}
        output: {v: <% $.v %>, from_input: <% $.from_input %>, from_env: <% $.from_env %>, me: <% $.me %>}
        tasks: {t: {action: std.noop}}
        """,
        params={"env": {"e": 7}},
    )
    assert table.go().output == {"v": "var", "from_input": "in", "from_env": 7, "me": "an-execution"}


@pytest.mark.parametrize(
    ("body", "params", "error"),
    [
        ("vars: {v: <% $.nope %>}\ntasks: {t: {action: std.noop}}", {}, ExpressionError),
        ("tasks: {t: {action: std.noop}}", {"env": {"a": "<% env().nope %>"}}, ExpressionError),
        ("tasks: {t: {action: std.noop}}", {"env": 5}, InvalidRequest),
        ("type: reverse\ntasks: {t: {action: std.noop}}", {"task_name": "none"}, InvalidRequest),
    ],
    ids=["vars", "env", "env of a wrong type", "reverse"],
)
def test_what_fails_before_there_is_a_run_refuses_it(
    play: Play, body: str, params: JsonDict, error: type[Exception]
) -> None:
    with pytest.raises(error):
        play(body, params=params)


@pytest.mark.parametrize(("given", "params"), [({"x": "a" * 5200}, {}), ({}, {"p": "a" * 5200})])
def test_input_and_parameters_have_a_size_limit(play: Play, given: JsonDict, params: JsonDict) -> None:
    with pytest.raises(SizeLimitExceeded, match="Field size limit exceeded"):
        play("input: [x: null]\ntasks: {t: {action: std.noop}}", given, params, field_size=4096)


def test_all_start_tasks_run_in_the_order_of_the_document(play: Play) -> None:
    table = play("tasks: {c: {action: std.noop}, a: {action: std.noop}, b: {action: std.async_noop}}").go()
    assert [task.name for task in table.rows.tasks()] == ["c", "a", "b"]
    assert table.state == "RUNNING"
