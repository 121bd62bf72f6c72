"""What expressions see of other runs: `tasks()` and `executions()` in every form, and how far they look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.events import ActionEnded, ChildChanged
from chalicelib.core.engine.state.interfaces import SIGHT, Sight
from chalicelib.core.jsontext import Json
from chalicelib.core.model import Run
from chalicelib.core.states import ERROR, SUCCESS
from chalicelib.core.values import ActionKey, TaskKey
from tests.unit.core.engine.table import Table, workflow

ROOT = """
input: [id: null]
output: {{seen: "<% {asked} %>"}}
tasks:
  good: {{workflow: middle}}
  bad: {{workflow: failing, on-error: noop}}
  plain: {{action: std.noop}}
"""
MIDDLE = """
tasks:
  inner: {workflow: leaf}
  five: {action: std.echo output=5, publish: {p: 1}}
"""
LEAF = """
tasks:
  each: {with-items: 'i in <% [1, 2] %>', action: std.async_noop, retry: {count: 1, delay: 0}}
"""
FAILING = "tasks: {first: {action: std.fail, on-error: second}, second: {action: std.fail}}"


def enter(table: Table, name: str, child: Table) -> str:
    """Have `child` be the sub-execution of a task: known to the rows of everybody in the family."""
    run = table.run.start.id
    child_id = sub_executions.id_of(ids.partition(run), table.action(name))
    child.run = Run(replace(child.run.start, id=child_id, root_execution_id="an-execution"), child.run.head)
    return child_id


def results(leaf: Table) -> None:
    """The first attempt fails, the second succeeds."""
    for number, state in ((1, ERROR), (2, SUCCESS), (3, SUCCESS), (4, SUCCESS)):
        leaf.apply(ActionEnded(ActionKey(TaskKey(0, 0), number), state, number * 10))


def family(asked: str, sight: Sight = SIGHT) -> Table:
    """A run with two sub-executions, one of which has another one; everything below is over."""
    root = Table(workflow(ROOT.format(asked=asked)), limits=Limits(sight=sight)).go()
    middle, leaf, failing = Table(workflow(MIDDLE)).go(), Table(workflow(LEAF)).go(), Table(workflow(FAILING)).go()
    results(leaf)
    ended(middle, "inner")
    below = {enter(root, "good", middle): middle, enter(root, "bad", failing): failing}
    below[enter(middle, "inner", leaf)] = leaf
    root.rows.runs = {child_id: (child.run, child.rows) for child_id, child in below.items()}
    root.rows.blobs |= {hash: data for child in below.values() for hash, data in child.rows.blobs.items()}
    return root


def ended(table: Table, name: str, state: Json = "SUCCESS") -> None:
    table.apply(ChildChanged(table.action(name), ERROR if state == "ERROR" else SUCCESS, 1, {}))


def seen(asked: str, sight: Sight = SIGHT) -> Json:
    root = family(asked, sight)
    ended(root, "good")
    ended(root, "bad", "ERROR")
    assert isinstance(root.output, dict), root.info
    return root.output["seen"]


@pytest.mark.parametrize(
    ("recursive", "state", "flat", "names"),
    [
        ("false", "null", "false", ["good", "bad", "plain"]),
        ("true", "null", "false", ["good", "bad", "plain", "inner", "five", "first", "second", "each"]),
        ("true", "null", "true", ["plain", "five", "first", "second", "each"]),
        ("false", "null", "true", ["plain"]),
        ("true", "ERROR", "false", ["bad", "first", "second"]),
        ("true", "ERROR", "true", ["first", "second"]),
        ("false", "SUCCESS", "false", ["good", "plain"]),
        ("true", "RUNNING", "false", []),
    ],
)
def test_tasks_of_one_run(recursive: str, state: str, flat: str, names: list[str]) -> None:
    # recorded from Mistral 23.0.0, but for the order
    assert seen(f"tasks(execution().id, {recursive}, {state}, {flat}).select($.name)") == names


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("tasks(execution().id, true).where($.name = each).select($.result)", [[30, 40]]),
        ("tasks(execution().id, true).where($.name = five).select([$.result, $.published])", [[5, {"p": 1}]]),
        ("tasks(execution().id, true).where($.name = second).select($.result.len() > 0)", [True]),
        ("tasks('nobody', true)", []),
        ("tasks().select($.name).len()", 8),
        ("tasks(null, true, ERROR).select($.name)", ["bad", "first", "second"]),
        ("executions().len()", 3),
        ("executions(null, execution().id).len()", 3),
        ("executions(null, nobody).len()", 0),
        ("executions(execution().id).len()", 1),
        ("executions(nobody).len()", 0),
        ("executions(null, null, ERROR).len()", 1),
    ],
)
def test_what_they_show(asked: str, expected: Json) -> None:
    assert seen(asked) == expected


def failure(asked: str, sight: Sight) -> str:
    root = family(asked, sight)
    ended(root, "good")
    ended(root, "bad", "ERROR")
    assert root.state == "ERROR"
    return str(root.info)


BELOW = "tasks(execution().id, true)"


@pytest.mark.parametrize(
    ("sight", "message"),
    [
        (Sight(runs=3), "An expression can look at 3 executions at most"),
        (Sight(tasks=4), "An expression can look at 4 task executions at most"),
    ],
)
def test_an_expression_that_would_see_too_much_fails(sight: Sight, message: str) -> None:
    assert message in failure(BELOW, sight)
    assert seen("tasks(execution().id).len()", sight) == 3


def test_the_results_of_too_many_items_are_not_read() -> None:
    assert seen(f"{BELOW}.where($.name = each).select($.result)", Sight(items=1)) == [[]]


def test_without_an_execution_only_the_newest_runs_are_seen() -> None:
    assert seen("tasks().select($.name)", Sight(recent=2)) == ["good", "bad", "plain", "inner", "five"]


def test_a_run_is_read_once_for_each_call() -> None:
    root = family("tasks(execution().id, true, null, true).len()")
    ended(root, "good")
    ended(root, "bad", "ERROR")
    assert len(root.rows.visits) == 3
