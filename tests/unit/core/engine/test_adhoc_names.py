"""Who is meant by the name of an action (language rules §9.1), and ad-hoc actions for each of many items."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.events import ActionEnded
from chalicelib.core.jsontext import Json
from chalicelib.core.states import SUCCESS
from chalicelib.core.values import ActionKey
from tests.unit.core.engine.adhoc_shelf import one_task, with_adhoc
from tests.unit.core.engine.table import Play


def test_an_ad_hoc_action_hides_a_built_in_one(play: Play) -> None:
    table, _ = with_adhoc(play, one_task("std.noop"), "std.noop: {base: std.echo output='hidden'}")
    table.go()
    assert table.result("t") == "hidden"


def test_a_workbook_comes_first(play: Play) -> None:
    table, shelf = with_adhoc(play, one_task("greet who=1"), "greet: {input: [who], base: std.noop}", workbook="book")
    shelf.store("greet: {input: [who], base: std.echo output='other'}")
    table.go()
    assert (table.result("t"), table.actions("t")[0].name) == (None, "book.greet")

    table, shelf = with_adhoc(play, one_task("greet who=1"), "other: {base: std.noop}", workbook="book")
    shelf.store("greet: {input: [who], base: std.echo output='other'}")
    table.go()
    assert (table.result("t"), table.actions("t")[0].name) == ("other", "greet")


def test_a_base_is_found_in_the_workbook_unless_others_have_its_name(play: Play) -> None:
    members = "a: {base: b}\nb: {base: std.echo output='mine'}"
    table, shelf = with_adhoc(play, one_task("a"), members, workbook="book")
    assert table.go().result("t") == "mine"
    table, shelf = with_adhoc(play, one_task("a"), members, workbook="book")
    shelf.store("b: {base: std.echo output='theirs'}")
    assert table.go().result("t") == "theirs"


def test_a_name_that_nobody_has(play: Play) -> None:
    table, _ = with_adhoc(play, one_task("no.such"))
    table.go()
    assert str(table.task("t").state_info).startswith(
        "Failed to run task [error=Failed to find action [action_name=no.such, namespace=], wf=wf, task=t]:"
    )


# --- items -----------------------------------------------------------------------------------------------------------

EACH = """
    input: [given]
    tasks:
      t: {{with-items: "i in <% range(5) %>", action: {action}, on-error: handle}}
      handle: {{action: std.noop}}
"""


@pytest.mark.parametrize(
    ("action", "results"),
    [("inner x=<% $.i %>", [f"i<{i}>" for i in range(5)]), ("greet who=<% $.i %>", [f"Hello, {i}" for i in range(5)])],
)
def test_every_item_may_be_ad_hoc(play: Play, action: str, results: list[Json]) -> None:
    table, shelf = with_adhoc(play, EACH.format(action=action))
    table.go()
    assert (table.state, table.results("t")) == ("SUCCESS", results)
    assert len(shelf.looked_up) <= 2 * (table.commits + 1)


def test_the_results_of_items_are_reshaped_as_they_come(play: Play) -> None:
    table, _ = with_adhoc(play, EACH.format(action="later"))
    table.go()
    for number in (3, 1, 5, 2, 4):
        table.apply(ActionEnded(ActionKey(table.task("t").key, number), SUCCESS, number))
    assert table.results("t") == [{"got": number} for number in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize(
    ("action", "state", "info"),
    [
        ("lost", "SUCCESS", "Failed to instantiate an action [action_desc=AdHoc action [name=lost,"),
        ("no.such", "SUCCESS", "Failed to find action [action_name=no.such, namespace=]"),
        ("greet", "ERROR", "Failed to run task [error=Invalid input [name=greet,"),
        ("spoilt", "ERROR", "Failed to complete action [error="),
    ],
)
def test_items_of_a_bad_action_fail_the_task(play: Play, action: str, state: str, info: str) -> None:
    table, _ = with_adhoc(play, EACH.format(action=action))
    table.go()
    assert (table.state, str(table.task("t").state_info)[: len(info)]) == (state, info)
