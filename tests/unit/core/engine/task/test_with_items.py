"""Tasks with items: what they go over, what is started when, how they end (engine rules §12)."""

from __future__ import annotations

import pytest

from chalicelib.adapters.dynamo.runs import serializers
from chalicelib.adapters.dynamo.runs.codec import pack
from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.effects import GoOn
from chalicelib.core.engine.state.events import (
    ActionEnded,
    ActionPaused,
    PauseAsked,
    Proceed,
    StopAsked,
    TimedOut,
    Woken,
)
from chalicelib.core.jsontext import Json
from chalicelib.core.model import Action
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, SUCCESS, State
from chalicelib.core.values import ActionKey, Blob, TaskKey
from chalicelib.core.with_items import Items
from tests.unit.core.engine.table import Play, Table, workflow

KEY = TaskKey(0, 0)
RESULT = "output: {r: <% task(t).result %>}\n"


def each(more: str = "", source: str = "i in <% [1, 2, 3] %>", action: str = "std.async_noop") -> str:
    return f"{RESULT}tasks:\n  t:\n    with-items: {source}\n    action: {action}\n{more}"


def end(table: Table, number: int, state: State = SUCCESS, result: Json = None) -> Table:
    return table.apply(ActionEnded(ActionKey(KEY, number), state, result))


def items(table: Table) -> Items:
    found = table.task("t").items
    assert found is not None
    return found


def actions(table: Table) -> list[Action]:
    """The action executions as they count, by number."""
    found = [table.task("t").standing(action) for action in table.actions("t")]
    return sorted(found, key=lambda action: action.key.number)


def running(table: Table) -> list[int]:
    return [action.key.number for action in actions(table) if action.state is RUNNING]


@pytest.mark.parametrize(
    ("source", "results"),
    [
        ("i in <% [1, 2, 3] %>", [1, 2, 3]),
        ("i in [1, 2]", [1, 2]),
        ("i in <% range(3) %>", [0, 1, 2]),
        ("i in <% 'abc' %>", ["a", "b", "c"]),
        ("i in <% {k => 1} %>", ["k"]),
        ("i in {{ [7, 8] }}", [7, 8]),
        ("i in <% [] %>", []),
        ("i in <% ['only'] %>", ["only"]),
        ("i in <% [[1, 2], null] %>", [[1, 2], None]),
        ("i in <% range(100) %>", list(range(100))),
    ],
)
def test_what_there_are_items_of(play: Play, source: str, results: list[Json]) -> None:
    table = play(each(source=source, action="std.echo output=<% $.i %>")).go()
    assert (table.state, table.output) == ("SUCCESS", {"r": results})
    assert [action.index for action in actions(table)] == list(range(len(results)))


def test_several_sources_are_gone_over_in_parallel(play: Play) -> None:
    source = "['i in <% [1, 2] %>', 'j in <% [10, 20] %>']"
    table = play(each(source=source, action="std.echo output=<% $.i + $.j %>")).go()
    assert table.output == {"r": [11, 22]}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("i in <% 5 %>", "Wrong input format for: {}. Iterable type is expected for each value."),
        ("i in <% null %>", "Wrong input format for: {}. Iterable type is expected for each value."),
        (
            "['i in <% [1] %>', 'j in <% 5 %>']",
            "Wrong input format for: {'i': [1]}. Iterable type is expected for each value.",
        ),
        (
            "['i in <% [1, 2] %>', 'j in <% [1] %>']",
            "Wrong input format for: {'i': [1, 2], 'j': [1]}. All arrays must have the same length.",
        ),
        ("i in <% $.nope %>", "Can not evaluate YAQL expression [expression=$.nope"),
    ],
)
def test_what_there_can_be_no_items_of_fails_the_run_at_once(play: Play, source: str, message: str) -> None:
    table = play(each("    on-error: noop\n", source)).go()
    assert (table.state, table.states, actions(table)) == ("ERROR", {"t": ["ERROR"]}, [])
    assert f"Failed to run task [error={message}" in str(table.info)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("std.echo output=<% 1 / $.i %>", "Failed to run task [error=Can not evaluate YAQL expression"),
        ("std.echo wrong=1", "Failed to run task [error=Invalid input"),
    ],
)
def test_an_input_that_cannot_be_evaluated_starts_nothing_of_its_wave(action: str, message: str) -> None:
    table = Table(f"version: '2.0'\nw:\n  tasks:\n    t: {{with-items: 'i in [1, 0]', action: {action}}}\n").go()
    assert (table.state, actions(table)) == ("ERROR", [])
    assert message in str(table.info)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("<% $.i %>", "Can not evaluate YAQL expression"),
        ("no.such", "Failed to find action [action_name=no.such, namespace=]"),
    ],
)
def test_a_name_without_action_can_be_handled(play: Play, action: str, message: str) -> None:
    table = play(each("    on-error: noop\n", action=action)).go()
    assert (table.state, table.output, table.states) == ("SUCCESS", {"r": []}, {"t": ["ERROR"]})
    assert message in str(table.task("t").state_info)


def test_a_branch_variable_beats_the_item_and_others_do_not(play: Play) -> None:
    body = (
        "output: {r: <% task(t).result %>}\ninput: [j: input]\nvars: {k: vars}\ntasks:\n"
        "  a: {action: std.noop, publish: {i: branch}, on-success: t}\n"
        "  t:\n    with-items: ['i in [1, 2]', 'j in [3, 4]', 'k in [5, 6]']\n"
        "    action: std.echo output=<% [$.i, $.j, $.k] %>\n"
    )
    assert play(body).go().output == {"r": [["branch", 3, 5], ["branch", 4, 6]]}


def test_one_failure_among_several(play: Play) -> None:
    table = play(each("    on-error: noop\n")).go()
    end(end(end(table, 3, result="c"), 1, ERROR, "a"), 2, result="b")
    assert (table.state, table.output) == ("SUCCESS", {"r": ["a", "b", "c"]})
    assert (table.task("t").state, table.task("t").state_info) == ("ERROR", "One or more actions had failed.")


def test_an_unhandled_failure_names_the_actions(play: Play) -> None:
    table = play(each(action="std.fail")).go()
    assert table.state == "ERROR"
    assert str(table.info).count("[action_ex_id=") == 3


def test_a_cancelled_item_ends_the_task_at_once_and_late_results_count(play: Play) -> None:
    table = play(each()).go()
    end(end(table, 1, result=1), 2, CANCELLED)
    assert (table.state, table.info) == ("CANCELLED", "Cancelled tasks: t")
    assert table.task("t").state_info == "One or more actions was cancelled."
    end(table, 3, result=3)
    assert [(str(action.state), action.accepted) for action in actions(table)] == [
        ("SUCCESS", True),
        ("CANCELLED", True),
        ("SUCCESS", True),
    ]


@pytest.mark.parametrize("concurrency", [1, 2, 3, 9])
def test_concurrency(play: Play, concurrency: int) -> None:
    table = play(each(f"    concurrency: {concurrency}\n", "i in <% range(5) %>")).go()
    for number in range(1, 6):
        assert running(table) == list(range(number, min(number + concurrency, 6)))
        assert items(table).capacity == concurrency - len(running(table))
        end(table, number, result=number)
    assert (table.state, table.output) == ("SUCCESS", {"r": [1, 2, 3, 4, 5]})


def test_inline_items_under_a_limit(play: Play) -> None:
    table = play(each("    concurrency: <% 2 %>\n", "i in <% range(7) %>", "std.echo output=<% $.i %>")).go()
    assert table.output == {"r": [0, 1, 2, 3, 4, 5, 6]}


def test_items_go_on_being_started_while_the_run_is_paused(play: Play) -> None:
    table = play(each("    concurrency: 1\n")).go().apply(PauseAsked())
    end(end(table, 1), 2)
    assert (table.state, running(table)) == ("PAUSED", [3])
    assert end(table, 3).state == "PAUSED"
    assert table.resume().state == "SUCCESS"


@pytest.mark.parametrize("state", [SUCCESS, ERROR])
def test_items_go_on_being_started_once_the_run_is_over(play: Play, state: State) -> None:
    """The task has begun. Nothing follows it."""
    more = "    concurrency: 1\n    on-success: after\n  after: {action: std.noop}\n"
    table = play(each(more)).go().apply(StopAsked(state))
    for number in (1, 2, 3):
        assert running(table) == [number]
        end(table, number)
    assert (table.state, table.states) == (state, {"t": ["SUCCESS"]})


BESIDE = """
  a: {action: std.noop, on-success: [t, fails]}
  fails: {action: std.noop, publish: {v: <% task().result.nope %>}}
"""


@pytest.mark.parametrize("more", ["", "    concurrency: 1\n"])
@pytest.mark.parametrize(
    ("source", "count"), [("i in <% [1, 2, 3] %>", 3), ("i in <% range(100) %>", 100), ("i in <% [] %>", 0)]
)
def test_a_run_that_fails_beside_a_task_whose_items_begin(play: Play, more: str, source: str, count: int) -> None:
    table = play(each(more + BESIDE, source, "std.echo output=<% $.i %>")).go()
    assert (table.state, table.states) == ("ERROR", {"a": ["SUCCESS"], "t": ["SUCCESS"], "fails": ["ERROR"]})
    assert len(table.results("t")) == count


def test_items_that_fail_in_a_run_that_is_over(play: Play) -> None:
    table = play(each(BESIDE, "i in <% 1 %>")).go()
    assert (table.state, table.states["t"]) == ("ERROR", ["ERROR"])
    assert str(table.info).startswith("Failed to handle action completion")


def test_no_item_starts_once_the_run_was_cancelled(play: Play) -> None:
    table = play(each("    concurrency: 1\n")).go().apply(StopAsked(CANCELLED, "enough"))
    assert table.states == {"t": ["RUNNING"]}
    end(table, 1)
    assert (table.state, table.states, len(actions(table))) == ("CANCELLED", {"t": ["CANCELLED"]}, 1)
    assert (table.info, table.task("t").state_info) == (
        "enough",
        "The execution was cancelled before all items were started.",
    )


def test_items_that_run_when_the_run_is_cancelled_complete_the_task(play: Play) -> None:
    table = play(each()).go().apply(StopAsked(CANCELLED))
    assert end(end(end(table, 1), 2), 3).states == {"t": ["SUCCESS"]}


def test_a_task_whose_items_have_not_begun_when_the_run_is_cancelled() -> None:
    table = Table(workflow(each()), limits=Limits(rows=1))
    begun = table.changes(Proceed())
    assert begun is not None
    table.commit(begun)
    table.apply(StopAsked(CANCELLED))
    assert (table.state, table.states, len(actions(table))) == ("CANCELLED", {"t": ["CANCELLED"]}, 0)


def test_the_same_result_twice_counts_once(play: Play) -> None:
    table = end(play(each()).go(), 1)
    before = (table.commits, items(table))
    assert (end(table, 1, ERROR).commits, items(table)) == before


def test_an_item_that_pauses_pauses_the_task(play: Play) -> None:
    table = play(each()).go().apply(ActionPaused(ActionKey(KEY, 2), PAUSED))
    assert (table.state, table.states) == ("PAUSED", {"t": ["PAUSED"]})
    end(table, 2)
    assert (table.state, table.states, table.run.head.progress.paused) == ("PAUSED", {"t": ["RUNNING"]}, 0)
    end(end(table, 1), 3)
    assert table.resume().state == "SUCCESS"


def test_a_retry_starts_all_items_again(play: Play) -> None:
    table = play(each("    retry: {count: 1, delay: 1}\n", "i in [1, 2]")).go()
    end(end(table, 1, result="a"), 2, ERROR, "b")
    assert table.task("t").state_info == "Delayed by 'retry' policy [delay=1]"
    table.apply(Woken(KEY, table.task("t").wakes))
    end(end(table, 4, result="d"), 3, result="c")
    assert (table.state, table.output) == ("SUCCESS", {"r": ["c", "d"]})
    assert [action.accepted for action in actions(table)] == [False, False, True, True]


def test_results_of_an_earlier_attempt_change_nothing(play: Play) -> None:
    table = play(each("    retry: {count: 1, delay: 1}\n    timeout: 5\n", "i in [1, 2]")).go()
    table.apply(TimedOut(KEY, 0, 5))
    end(table, 1, result="late")
    assert table.task("t").state == "DELAYED"
    table.apply(Woken(KEY, table.task("t").wakes))
    end(end(end(table, 2, result="late"), 3, result="c"), 4, result="d")
    assert (table.state, table.output) == ("SUCCESS", {"r": ["c", "d"]})


@pytest.mark.parametrize("policy", ["retry: {count: 2, delay: 0}", "wait-after: 0", "fail-on: <% false %>"])
def test_policies_of_inline_items(play: Play, policy: str) -> None:
    table = play(each(f"    {policy}\n", action="std.echo output=<% $.i %>")).go()
    assert (table.state, table.output) == ("SUCCESS", {"r": [1, 2, 3]})


def test_every_attempt_of_inline_items_fails(play: Play) -> None:
    table = play(each("    retry: {count: 2, delay: 0}\n    on-error: noop\n", "i in [1, 2]", "std.fail")).go()
    assert (table.state, table.task("t").attempts) == ("SUCCESS", 6)
    assert [action.accepted for action in actions(table)] == [False] * 4 + [True] * 2


def test_results_that_are_not_kept(play: Play) -> None:
    more = "    keep-result: false\n    publish: {p: <% task().result %>}\n"
    table = play(each(more, action="std.echo output=<% $.i %>")).go()
    assert (table.output, table.published("t")) == ({"r": [None, None, None]}, {"p": [1, 2, 3]})


def test_a_join_with_items(play: Play) -> None:
    body = (
        "output: {r: <% task(t).result %>}\ntasks:\n"
        "  a: {action: std.noop, on-success: t}\n  b: {action: std.noop, on-success: t}\n"
        "  t: {join: all, with-items: 'i in [1, 2]', action: std.echo output=<% $.i %>}\n"
    )
    assert play(body).go().output == {"r": [1, 2]}


def test_a_result_that_is_too_large_fails_the_run(play: Play) -> None:
    action = "std.echo output=<% 'x' * 20000 %>"
    table = play(each(action=action), field_size=10_000).go()
    assert (table.state, table.states) == ("ERROR", {"t": ["ERROR"]})
    assert "Field size limit exceeded" in str(table.info)


@pytest.mark.parametrize(
    ("action", "commits"), [("std.echo output=<% $.i %>", 115), ("std.async_noop", 115), ("std.http url='x'", 115)]
)
def test_ten_thousand_items_start_in_waves_and_the_task_does_not_grow(action: str, commits: int) -> None:
    table = Table(f"version: '2.0'\nw:\n  tasks:\n    t: {{with-items: 'i in <% range(10000) %>', action: {action}}}\n")
    sizes, going = [], True
    while going:
        changes = table.changes(Proceed())
        assert changes is not None
        assert len(changes.tasks) + len(changes.actions) <= Limits().rows + 1
        going = GoOn() in table.commit(changes).effects
        sizes.append(len(pack(serializers.task_out(table.task("t")))) + len(pack(serializers.head_out(table.run.head))))
    assert table.commits <= commits
    assert max(sizes) - sizes[0] < 64
    assert isinstance(items(table).sources, Blob)
    assert len(table.rows.old_actions) == 10_000
    assert len(table.dispatched) == (10_000 if "http" in action else 0)
    if "echo" in action:
        assert table.state == "SUCCESS"
    else:
        assert end(table, 10_000).commits == table.commits
        assert items(table).ended == 1
