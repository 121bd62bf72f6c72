"""Dynamic actions in tasks: what an executor is told, and what is refused (engine rules §17)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.events import ActionEnded
from chalicelib.core.engine.state.interfaces import Dynamic
from chalicelib.core.language.spec import Parameter
from chalicelib.core.resolved_action import PYTHON
from chalicelib.core.states import SUCCESS
from tests.unit.core.engine.adhoc_shelf import one_task, with_adhoc
from tests.unit.core.engine.table import Play, Table

CLASS = Dynamic("source/1", "source", "C", (Parameter("x"), Parameter("y", 2)))
ACTIONS = """
    over: {input: [v], base: dyn, base-input: {x: <% $.v %>}, output: {got: <% $ %>}}
"""


def started(play: Play, call: str, dynamic: Dynamic = CLASS, name: str = "dyn") -> Table:
    table, shelf = with_adhoc(play, one_task(call), ACTIONS)
    shelf.dynamic[name] = dynamic
    table.go()
    return table


def ordered(table: Table) -> object:
    """What really runs, as the executor is told."""
    (order,) = table.dispatched
    return (order.name, order.input)


def wanted(**given: object) -> object:
    return (PYTHON, {"source": "source/1", "module": "source", "class": "C", "input": given})


@pytest.mark.parametrize(
    ("call", "shown", "given"),
    [
        ("dyn x=1", {"x": 1}, {"x": 1}),
        ("dyn x=1 y=<% 1 + 4 %>", {"x": 1, "y": 5}, {"x": 1, "y": 5}),
        ("over v=7", {"v": 7}, {"x": 7}),
    ],
)
def test_an_executor_is_told_the_version_of_the_code(play: Play, call: str, shown: object, given: object) -> None:
    table = started(play, call)
    assert ordered(table) == wanted(**given)  # type: ignore[arg-type]
    (action,) = table.actions("t")
    assert (action.name, action.input, action.is_sync) == (call.partition(" ")[0], shown, True)


@pytest.mark.parametrize(("call", "result"), [("dyn x=1", 3), ("over v=1", {"got": 3})])
def test_the_result_is_that_of_the_class(play: Play, call: str, result: object) -> None:
    table = started(play, call)
    table.apply(ActionEnded(table.actions("t")[0].key, SUCCESS, 3))
    assert table.result("t") == result


@pytest.mark.parametrize(
    ("call", "problem"),
    [("dyn", "missing=['x']"), ("dyn x=1 z=1", "unexpected=['z']"), ("dyn z=1", "missing=['x'], unexp")],
)
def test_an_input_that_the_class_does_not_take(play: Play, call: str, problem: str) -> None:
    table = started(play, call)
    assert f"Invalid input [name=dyn, class=source.C, {problem}" in str(table.task("t").state_info)


def test_a_class_of_which_nothing_is_known_may_take_anything(play: Play) -> None:
    table = started(play, "dyn z=1", Dynamic("source/1", "source", "C", None))
    assert ordered(table) == wanted(z=1)


def test_one_with_the_name_of_a_built_in_action_is_meant_first(play: Play) -> None:
    assert ordered(started(play, "std.noop x=1", name="std.noop")) == wanted(x=1)


def test_nobody_calls_what_runs_classes_by_its_name(play: Play) -> None:
    table = started(play, f"<% '{PYTHON}' %>")
    assert f"Failed to find action [action_name={PYTHON}" in str(table.task("t").state_info)
