"""Only the failed items of a task are done again (engine rules §15)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.events import (
    ActionEnded,
    PauseAsked,
    Proceed,
    RerunAsked,
    SkipAsked,
    StopAsked,
    TimedOut,
)
from chalicelib.core.engine.task.item_batches import PAGE
from chalicelib.core.jsontext import Json
from chalicelib.core.model import Action, Task
from chalicelib.core.states import ERROR, RUNNING, SUCCESS, State
from chalicelib.core.values import ActionKey, TaskKey
from tests.unit.core.engine.table import Play, Table, workflow

KEY = TaskKey(0, 0)
AGAIN = RerunAsked(KEY, reset=False)
ITEMS = """
output: {r: <% task(t).result %>}
tasks:
  t:
    with-items: i in <% [1, 2, 3] %>
    action: std.async_noop
"""


def actions(table: Table, key: TaskKey = KEY) -> list[Action]:
    """The action executions as they count, by number."""
    task = table.rows.kept[key]
    return sorted((task.standing(action) for action in table.rows.actions(key)), key=lambda action: action.key.number)


def running(table: Table, key: TaskKey = KEY) -> list[tuple[int, int]]:
    """Number and item of the action executions of the latest run that are at work."""
    task = table.rows.kept[key]
    assert task.items is not None
    base = task.items.base
    return [(a.key.number, a.index) for a in actions(table, key) if a.state is RUNNING and a.key.number > base]


def end(table: Table, number: int, state: State = SUCCESS, result: Json = None, key: TaskKey = KEY) -> Table:
    return table.apply(ActionEnded(ActionKey(key, number), state, result))


def ended(table: Table, *states: State, first: int = 1) -> Table:
    """The next action executions end, with their numbers as results."""
    for number, state in enumerate(states, first):
        end(table, number, state, number)
    return table


def test_what_succeeded_stays_and_results_keep_the_order_of_the_items(play: Play) -> None:
    table = ended(play(ITEMS).go(), SUCCESS, ERROR, SUCCESS)
    assert (table.state, table.apply(AGAIN).state) == ("ERROR", "RUNNING")
    assert running(table) == [(4, 1)]
    end(table, 4, SUCCESS, "again")
    assert (table.state, table.output) == ("SUCCESS", {"r": [1, "again", 3]})
    assert [action.accepted for action in actions(table)] == [True, False, True, True]


def test_again_and_again(play: Play) -> None:
    table = ended(play(ITEMS).go(), ERROR, SUCCESS, ERROR).apply(AGAIN)
    assert running(table) == [(4, 0), (5, 2)]
    ended(table, ERROR, SUCCESS, first=4)
    assert table.state == "ERROR"
    assert running(table.apply(AGAIN)) == [(6, 0)]
    end(table, 6, SUCCESS, 6)
    assert (table.state, table.output) == ("SUCCESS", {"r": [6, 2, 5]})


def test_a_rerun_with_reset_does_everything_again(play: Play) -> None:
    table = ended(play(ITEMS).go(), ERROR, SUCCESS, SUCCESS).apply(AGAIN)
    end(table, 4, ERROR)
    table.apply(RerunAsked(KEY))
    assert running(table) == [(5, 0), (6, 1), (7, 2)]
    ended(table, SUCCESS, SUCCESS, ERROR, first=5)
    assert running(table.apply(AGAIN)) == [(8, 2)]
    end(table, 8, SUCCESS, 8)
    assert table.output == {"r": [5, 6, 8]}


@pytest.mark.parametrize(
    ("concurrency", "waves"), [(0, [[0, 2, 3, 5]]), (1, [[0], [2], [3], [5]]), (3, [[0, 2, 3], [5]])]
)
def test_concurrency_holds(play: Play, concurrency: int, waves: list[list[int]]) -> None:
    body = ITEMS.replace("[1, 2, 3]", "range(6)") + f"    concurrency: {concurrency}\n"
    table = play(body).go()
    for number, state in enumerate((ERROR, SUCCESS, ERROR, ERROR, SUCCESS, ERROR), 1):
        end(table, number, state, number)
    table.apply(AGAIN)
    for wave in waves:
        found = running(table)
        assert [index for _, index in found] == wave
        for number, _ in found:
            end(table, number, SUCCESS, "new")
    assert (table.state, table.output) == ("SUCCESS", {"r": ["new", 2, "new", "new", 5, "new"]})


def test_what_never_ended_is_done_again_and_its_late_result_does_not_count(play: Play) -> None:
    table = end(play(ITEMS).go(), 1, SUCCESS, 1).apply(TimedOut(KEY, 0, 9))
    assert running(table.apply(AGAIN)) == [(4, 1), (5, 2)]
    ended(table, SUCCESS, SUCCESS, first=2)
    assert (table.state, [action.accepted for action in actions(table)]) == ("RUNNING", [True, *[False] * 4])
    ended(table, SUCCESS, SUCCESS, first=4)
    assert (table.state, table.output) == ("SUCCESS", {"r": [1, 4, 5]})


def test_what_came_late_but_before_the_rerun_counts(play: Play) -> None:
    table = end(play(ITEMS).go(), 1, SUCCESS, 1).apply(TimedOut(KEY, 0, 9))
    end(table, 2, SUCCESS, "late")
    assert running(table.apply(AGAIN)) == [(4, 2)]
    assert end(table, 4, SUCCESS, 4).output == {"r": [1, "late", 4]}


def test_a_retry_within_a_rerun_does_everything_again(play: Play) -> None:
    """As Mistral 23.0.0 does."""
    table = play(ITEMS + "    retry: {count: 1, delay: 0}\n").go()
    ended(table, SUCCESS, ERROR, SUCCESS, SUCCESS, ERROR, SUCCESS)
    assert running(table.apply(AGAIN)) == [(7, 1)]
    end(table, 7, ERROR)
    assert running(table) == [(8, 0), (9, 1), (10, 2)]
    assert ended(table, SUCCESS, SUCCESS, SUCCESS, first=8).output == {"r": [8, 9, 10]}


def test_where_nothing_failed_the_task_is_judged_again(play: Play) -> None:
    body = (
        ITEMS.replace("std.async_noop", "std.echo output=<% $.i %>") + "    fail-on: <% not env().get(fine, false) %>\n"
    )
    table = play(body).go()
    assert table.task("t").state_info == "Failed by 'fail-on' policy"
    table.apply(RerunAsked(KEY, {"fine": True}, reset=False))
    assert (table.state, table.output, table.task("t").attempts) == ("SUCCESS", {"r": [1, 2, 3]}, 3)


@pytest.mark.parametrize(
    ("source", "action"), [("<% env().list %>", "std.echo output=1"), ("[1, 2]", "<% env().list and 'std.noop' %>")]
)
def test_a_task_that_never_began_begins(play: Play, source: str, action: str) -> None:
    table = play(f"tasks: {{t: {{with-items: 'i in {source}', action: {action}}}}}").go()
    assert (table.state, table.task("t").attempts) == ("ERROR", 0)
    table.apply(RerunAsked(KEY, {"list": ["a", "b"]}, reset=False))
    assert (table.state, table.task("t").attempts) == ("SUCCESS", 2)


def test_inputs_are_evaluated_anew(play: Play) -> None:
    body = ITEMS.replace("std.async_noop", "std.http url=<% env().get(u, old) + str($.i) %>")
    table = ended(play(body).go(), SUCCESS, ERROR, SUCCESS).apply(RerunAsked(KEY, {"u": "new"}, reset=False))
    urls = [effect.input["url"] for effect in table.dispatched if isinstance(effect.input, dict)]
    assert urls == ["old1", "old2", "old3", "new2"]


def test_a_join_with_items(play: Play) -> None:
    table = play("tasks:\n  a: {action: std.noop, on-success: t}\n" + ITEMS.split("tasks:")[1] + "    join: all\n").go()
    key = table.task("t").key
    for number, state in enumerate((SUCCESS, SUCCESS, ERROR), 1):
        end(table, number, state, number, key)
    table.apply(RerunAsked(key, reset=False))
    assert running(table, key) == [(4, 2)]
    assert end(table, 4, SUCCESS, 4, key).state == "SUCCESS"


def test_policies_apply_again_before_the_items_do(play: Play) -> None:
    table = play(ITEMS + "    wait-before: 5\n").go()
    table.apply(table.wakes[-1].event)
    ended(table, SUCCESS, ERROR, SUCCESS).apply(AGAIN)
    assert (table.task("t").state, running(table)) == ("DELAYED", [])
    table.apply(table.wakes[-1].event)
    assert running(table) == [(4, 1)]


def test_items_left_by_a_run_that_was_stopped_are_started_once(play: Play) -> None:
    table = play(ITEMS + "    concurrency: 1\n").go().apply(StopAsked(ERROR, "enough"))
    end(table, 1, SUCCESS, 1)
    table.apply(TimedOut(KEY, 0, 9), AGAIN)
    assert running(table) == [(3, 1)]
    assert running(end(table, 3, SUCCESS, 2)) == [(4, 2)]
    assert end(table, 4, SUCCESS, 3).output == {"r": [1, 2, 3]}


def test_a_pause_does_not_keep_items_from_being_done_again(play: Play) -> None:
    table = ended(play(ITEMS + "    concurrency: 1\n").go(), ERROR, SUCCESS, ERROR).apply(AGAIN, PauseAsked())
    assert running(table) == [(4, 0)]
    assert running(end(table, 4, SUCCESS, 4)) == [(5, 2)]
    end(table, 5, SUCCESS, 5)
    assert (table.state, table.resume().output) == ("PAUSED", {"r": [4, 2, 5]})


def test_a_skipped_task_keeps_its_results(play: Play) -> None:
    table = ended(play(ITEMS + "    publish-on-skip: {s: <% task().result %>}\n").go(), SUCCESS, ERROR, SUCCESS)
    table.apply(SkipAsked(KEY))
    assert (table.state, table.task("t").state, table.published("t")) == ("SUCCESS", "SKIPPED", {"s": [1, 2, 3]})


def test_no_step_looks_at_all_of_many_items() -> None:
    count = 12 * PAGE
    body = ITEMS.replace("[1, 2, 3]", f"range({count})")
    table = Table(workflow(body), limits=Limits(bytes=4 * PAGE * 1024)).go()
    for number in range(2, count + 1, 2):
        end(table, number)
    table.apply(TimedOut(KEY, 0, 9))
    looks: list[int] = []
    table.rows.looks = 0
    changes = table.changes(AGAIN)
    while changes is not None:
        looks.append(table.rows.looks)
        table.commit(changes)
        table.rows.looks = 0
        changes = table.changes(Proceed()) if changes.effects else None
    assert max(looks) <= 4 * PAGE
    assert table.most_rows <= table.limits.rows + 1  # that of the task
    assert len(running(table)) == count / 2
    task: Task = table.task("t")
    assert task.items is not None
    assert (task.items.started, task.items.ended, task.attempts) == (count, count / 2, count * 1.5)
