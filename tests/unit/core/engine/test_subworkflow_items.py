"""Tasks that run a workflow for each of their items (engine rules §12, §14)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.effects import AskChild, StartExecution
from chalicelib.core.engine.state.events import ChildChanged, ChildRefused, PauseAsked, ResumeAsked, StopAsked, Woken
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, SUCCESS, State
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.core.with_items import Items
from tests.unit.core.engine.table import Play, Table, workflow

KEY = TaskKey(0, 0)


def each(more: str = "", source: str = "i in <% [1, 2, 3] %>", call: str = "inner a=<% $.i %>") -> str:
    return (
        "output: {r: <% task(t).result %>}\n"
        f"tasks:\n  t:\n    with-items: {source}\n    workflow: {call}\n    on-error: noop\n{more}"
    )


def heard(table: Table, number: int, state: State, output: Json = None, asked: bool = False) -> Table:
    """The next news of one of the sub-executions."""
    key = ActionKey(KEY, number)
    return table.apply(ChildChanged(key, state, table.rows.old_actions[key].heard + 1, output, asked))


def items(table: Table) -> Items:
    found = table.task("t").items
    assert found is not None
    return found


def started(table: Table) -> list[tuple[int, JsonDict]]:
    effects = [effect for effect in table.family if isinstance(effect, StartExecution)]
    return [(effect.child.number, effect.input) for effect in effects if isinstance(effect.input, dict)]


def asked(table: Table, state: State) -> list[int]:
    return [effect.child.number for effect in table.family if isinstance(effect, AskChild) and effect.state is state]


def test_every_item_is_a_sub_execution_and_the_results_are_in_the_order_of_the_items(play: Play) -> None:
    table = play(each()).go()
    assert started(table) == [(1, {"a": 1}), (2, {"a": 2}), (3, {"a": 3})]
    assert [action.index for action in table.actions("t")] == [0, 1, 2]
    for number in (3, 1, 2):
        assert table.state == "RUNNING"
        heard(table, number, SUCCESS, {"v": number})
    assert (table.state, table.output) == ("SUCCESS", {"r": [{"v": 1}, {"v": 2}, {"v": 3}]})
    assert (table.task("t").kind, table.task("t").action) == ("WORKFLOW", None)


def test_no_items_are_a_success_at_once(play: Play) -> None:
    table = play(each(source="i in <% [] %>")).go()
    assert (table.state, table.output, table.family) == ("SUCCESS", {"r": []}, [])


def test_concurrency_bounds_how_many_run_at_once(play: Play) -> None:
    table = play(each("    concurrency: 1\n")).go()
    for number in (1, 2, 3):
        assert len(started(table)) == number
        heard(table, number, SUCCESS, {})
    assert table.state == "SUCCESS"


@pytest.mark.parametrize(
    ("state", "number", "states", "info"),
    [
        (ERROR, 3, ["RUNNING", "RUNNING", "ERROR"], "One or more actions had failed."),
        (CANCELLED, 1, ["CANCELLED"], "One or more actions was cancelled."),
    ],
)
def test_errors_count_at_the_end_and_a_cancellation_at_once(
    play: Play, state: State, number: int, states: list[str], info: str
) -> None:
    table, seen = play(each()).go(), []
    for child in range(1, number + 1):
        heard(table, child, state if child == 1 else SUCCESS, {"result": "why"})
        seen += table.states["t"]
    assert (seen, table.task("t").state_info) == (states, info)


def test_results_that_come_after_a_cancellation_are_kept(play: Play) -> None:
    table = heard(heard(play(each()).go(), 2, CANCELLED, {"result": "no"}), 1, SUCCESS, {"v": 1})
    assert (table.states["t"], table.results("t")) == (["CANCELLED"], [{"v": 1}, {"result": "no"}])


def test_children_of_a_task_that_was_cancelled_are_cancelled_with_the_run(play: Play) -> None:
    table = heard(play(each("  other: {action: std.async_noop}\n")).go(), 2, CANCELLED, {"result": "no"})
    assert (table.state, table.states["t"]) == ("RUNNING", ["CANCELLED"])
    assert asked(table.apply(StopAsked(CANCELLED, "enough")), CANCELLED) == [1, 3]


def test_a_refused_item_ends_the_task_with_its_reason(play: Play) -> None:
    table = play(each()).go()
    refused = ChildRefused(ActionKey(KEY, 2), "Failed to find workflow")
    table.apply(refused, refused)
    assert (table.state, table.states["t"]) == ("SUCCESS", ["ERROR"])
    assert (table.task("t").state_info, table.results("t")) == ("Failed to find workflow", [])


def test_the_name_does_not_know_the_item_and_an_error_there_is_one_of_the_task(play: Play) -> None:
    table = play(each(call="<% $.i %>")).go()
    assert (table.state, table.states["t"], table.family) == ("SUCCESS", ["ERROR"], [])
    assert "Can not evaluate YAQL expression" in (table.task("t").state_info or "")


def test_a_retry_starts_all_of_them_anew(play: Play) -> None:
    table = play(each("    retry: {count: 1, delay: 5}\n")).go()
    for number in (1, 2, 3):
        heard(table, number, ERROR if number == 2 else SUCCESS, {"v": number})
    table.apply(Woken(KEY, 1))
    assert [number for number, _ in started(table)] == [1, 2, 3, 4, 5, 6]
    for number in (4, 5, 6):
        heard(table, number, SUCCESS, {"v": number})
    assert table.output == {"r": [{"v": 4}, {"v": 5}, {"v": 6}]}


def test_keep_result_has_no_effect(play: Play) -> None:
    table = play(each("    keep-result: false\n", source="i in <% [1] %>")).go()
    assert heard(table, 1, SUCCESS, {"v": 1}).output == {"r": [{"v": 1}]}


def test_the_task_is_paused_while_one_of_them_is(play: Play) -> None:
    table = play(each()).go()
    heard(heard(table, 1, PAUSED), 2, PAUSED)
    assert (table.state, table.states["t"], items(table).paused) == ("PAUSED", ["PAUSED"], 2)
    assert asked(table, PAUSED) == [1, 2, 3]
    heard(table, 1, RUNNING)
    assert (table.state, table.states["t"]) == ("PAUSED", ["PAUSED"])
    heard(table, 2, RUNNING)
    assert (table.state, table.states["t"], items(table).paused) == ("RUNNING", ["RUNNING"], 0)


def test_one_that_ends_while_it_is_paused_is_not_waited_for(play: Play) -> None:
    table = heard(play(each()).go(), 1, PAUSED, asked=True)
    heard(table, 1, SUCCESS, {})
    assert (table.state, table.states["t"], items(table).paused) == ("RUNNING", ["RUNNING"], 0)


def test_none_is_started_while_the_run_is_paused(play: Play) -> None:
    table = play(each("    concurrency: 1\n")).go().apply(PauseAsked())
    heard(table, 1, SUCCESS, {})
    assert len(started(table)) == 1
    assert len(started(table.apply(ResumeAsked()))) == 2


# --- thousands of them --------------------------------------------------------------------------------------------

MANY = 1000


@pytest.fixture(scope="module")
def crowd() -> Table:
    """A run with many sub-executions, none of which has ended."""
    return Table(workflow(each(source=f"i in <% range({MANY}) %>"))).go()


def test_a_step_starts_and_asks_a_bounded_number(crowd: Table) -> None:
    assert [number for number, _ in started(crowd)] == list(range(1, MANY + 1))
    limits = Limits()
    assert crowd.most_family <= limits.family
    assert crowd.most_rows <= limits.family + 1
    crowd.apply(PauseAsked())
    assert asked(crowd, PAUSED) == list(range(1, MANY + 1))
    crowd.apply(ResumeAsked())
    assert asked(crowd, RUNNING) == list(range(1, MANY + 1))
    assert crowd.most_family <= limits.family


def test_only_those_that_are_unfinished_are_cancelled(crowd: Table) -> None:
    for number in range(1, MANY + 1):
        if number not in (7, MANY):
            crowd.apply(ChildChanged(ActionKey(KEY, number), SUCCESS, 1, {"v": number}))
    before = crowd.commits
    crowd.apply(StopAsked(CANCELLED, "enough"))
    assert asked(crowd, CANCELLED) == [7, MANY]
    assert crowd.commits - before == MANY / 200
    heard(crowd, 7, CANCELLED, {"result": "enough"})
    assert crowd.states["t"] == ["CANCELLED"]


def test_sub_executions_go_on_being_started_once_the_run_has_failed(play: Play) -> None:
    table = play(each("    concurrency: 1\n")).go().apply(StopAsked(ERROR, "enough"))
    for number in (1, 2, 3):
        heard(table, number, SUCCESS)
    assert (len(started(table)), table.state, table.states) == (3, "ERROR", {"t": ["SUCCESS"]})


def test_no_sub_execution_starts_once_the_run_was_cancelled(play: Play) -> None:
    table = play(each("    concurrency: 1\n")).go().apply(StopAsked(CANCELLED, "enough"))
    heard(table, 1, CANCELLED, {"result": "enough"}, asked=True)
    assert (len(started(table)), table.state, table.states) == (1, "CANCELLED", {"t": ["CANCELLED"]})
