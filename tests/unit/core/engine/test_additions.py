"""What policies can do beyond Mistral: delays that grow, failures of items that are tolerated."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.core.engine.state.events import ActionEnded, Woken
from chalicelib.core.jsontext import Json
from chalicelib.core.states import CANCELLED, ERROR, SUCCESS, State
from chalicelib.core.values import ActionKey, TaskKey
from tests.unit.core.engine.table import NOW, Play, Table, workflow

KEY = TaskKey(0, 0)


def delays(table: Table) -> list[float]:
    """Play a task that always fails to its end; the delays it was given, in seconds."""
    table.go()
    while table.state == "RUNNING":
        table.apply(Woken(KEY, table.task("t").wakes))
    return [(wake.at - NOW) / timedelta(seconds=1) for wake in table.wakes]


def retried(retry: str, more: str = "") -> Table:
    return Table(workflow(f"input: [d: 2]\n{more}tasks:\n  t: {{action: std.fail, retry: {retry}}}\n"))


@pytest.mark.parametrize(
    ("retry", "expected"),
    [
        ("{count: 4, delay: 1, backoff: 2}", [1, 2, 4, 8]),
        ("{count: 4, delay: 1, backoff: 2, max-delay: 3}", [1, 2, 3, 3]),
        ("{count: 3, delay: 2, backoff: 1.5}", [2, 3, 4]),
        ("{count: 3, delay: <% $.d %>, backoff: <% $.d + 1 %>, max-delay: '{{ _.d * 4 }}'}", [2, 6, 8]),
        ("{count: 2, delay: 3, backoff: 1, max-delay: 0, jitter: 0}", [3, 3]),
        ("{count: 2, delay: 3, jitter: false}", [3, 3]),
        ("count=3 delay=1 backoff=2", [1, 2, 4]),
        ("count=3 delay=10 backoff=1.5 max-delay=20", [10, 15, 20]),
        ("count=2 delay=1.5", [1, 1]),  # as in Mistral
    ],
)
def test_delays_that_grow(retry: str, expected: list[float]) -> None:
    assert delays(retried(retry)) == expected


def test_delays_that_grow_by_default() -> None:
    table = Table(
        workflow("task-defaults:\n  retry: {count: 3, delay: 1, backoff: 3}\ntasks:\n  t: {action: std.fail}\n")
    )
    assert delays(table) == [1, 3, 9]


@pytest.mark.parametrize("retry", ["{count: 8, delay: 1000, jitter: 0.2}", "count=8 delay=1000 jitter=0.2"])
def test_jitter_scatters_delays_the_same_way_whenever_a_step_is_repeated(retry: str) -> None:
    found = delays(retried(retry))
    assert found == delays(retried(retry))
    assert len(set(found)) > 4
    assert all(800 <= delay <= 1000 for delay in found)


def test_full_jitter() -> None:
    assert min(delays(retried("{count: 30, delay: 1000, jitter: true}"))) < 200


@pytest.mark.parametrize(
    ("retry", "message"),
    [
        ("{count: 1, delay: 1, backoff: <% 0.5 %>}", "RetryPolicy: 0.5 is less than the minimum of 1"),
        ("{count: 1, delay: 1, backoff: <% 2000 %>}", "RetryPolicy: 2000 is greater than the maximum of 1000"),
        ("{count: 1, delay: 1, backoff: <% fast %>}", "RetryPolicy: 'fast' is not of type 'number'"),
        ("{count: 1, delay: 1, max-delay: <% -1 %>}", "RetryPolicy: -1 is less than the minimum of 0"),
        ("{count: 1, delay: 1, jitter: <% 1.5 %>}", "RetryPolicy: 1.5 is greater than the maximum of 1"),
        (
            "{count: 1, delay: 1, jitter: <% often %>}",
            "RetryPolicy: 'often' is not valid under any of the given schemas",
        ),
        ("{count: 1, delay: 99999999999}", "RetryPolicy: 99999999999 is greater than the maximum of 3153600000"),
    ],
)
def test_values_that_make_no_delay_fail_the_run(retry: str, message: str) -> None:
    table = retried(retry).go()
    assert (table.state, table.task("t").state) == ("ERROR", "ERROR")
    assert message in str(table.info)


def items(tolerate: str, count: int = 10, more: str = "") -> str:
    source = f"with-items: i in <% range({count}) %>"
    task = f"  t:\n    {source}\n    action: std.async_noop\n    tolerate: {tolerate}\n{more}"
    return f"input: [few: 2]\noutput: {{r: <% task(t).result %>}}\ntasks:\n{task}"


def end(table: Table, number: int, state: State, result: Json) -> Table:
    return table.apply(ActionEnded(ActionKey(KEY, number), state, result))


def ended(table: Table, failures: int, count: int = 10) -> Table:
    """Let all items end, the first `failures` of them in ERROR."""
    for number in range(1, count + 1):
        end(table, number, ERROR if number <= failures else SUCCESS, number)
    return table


@pytest.mark.parametrize(
    ("tolerate", "most"),
    [
        ("0", 0),
        ("3", 3),
        ("'10%'", 1),
        ("'25%'", 2),
        ("'29.9%'", 2),
        ("'0%'", 0),
        ("'100%'", 10),
        ("99", 10),
        ("<% $.few %>", 2),
        ("<% $.few * 10 %>", 10),
        ("\"<% str($.few * 10) + '%' %>\"", 2),
        ("\"{{ '40%' }}\"", 4),
    ],
)
def test_as_many_items_may_fail(play: Play, tolerate: str, most: int) -> None:
    table = ended(play(items(tolerate)).go(), most)
    assert (table.state, table.task("t").state_info) == ("SUCCESS", None)
    assert table.output == {"r": list(range(1, 11))}
    if most < 10:
        table = ended(play(items(tolerate)).go(), most + 1)
        assert (table.state, table.task("t").state_info) == ("ERROR", "One or more actions had failed.")


def test_the_percentage_is_exact() -> None:
    table = ended(Table(workflow(items("'29%'", count=100))).go(), 29, count=100)
    assert table.state == "SUCCESS"


def test_failures_tolerated_by_default() -> None:
    text = items("<% null %>")
    table = Table(workflow(f"task-defaults: {{tolerate: 1}}\n{text}".replace("    tolerate: <% null %>\n", ""))).go()
    assert ended(table, 1).state == "SUCCESS"


def test_a_cancelled_item_is_not_tolerated() -> None:
    table = Table(workflow(items("9"))).go()
    assert end(table, 1, CANCELLED, None).state == "CANCELLED"


def test_a_task_that_failed_too_often_is_tried_again_with_all_its_items() -> None:
    table = Table(workflow(items("1", count=3, more="    retry: {count: 1, delay: 0}\n"))).go()
    ended(table, 2, count=3)
    assert [action.key.number for action in table.actions("t") if action.state == "RUNNING"] == [4, 5, 6]
    for number, state in ((4, ERROR), (5, SUCCESS), (6, SUCCESS)):
        end(table, number, state, number)
    assert (table.state, table.output) == ("SUCCESS", {"r": [4, 5, 6]})


@pytest.mark.parametrize(
    ("tolerate", "message"),
    [
        ("<% -1 %>", "Invalid data type in ToleratePolicy: -1"),
        ("<% many %>", "Invalid data type in ToleratePolicy: 'many'"),
        ("<% '101%' %>", "Invalid data type in ToleratePolicy: '101%'"),
        ("<% true %>", "Invalid data type in ToleratePolicy: True"),
        ("<% 0.5 %>", "Invalid data type in ToleratePolicy: 0.5"),
    ],
)
def test_a_tolerance_that_is_none_fails_the_run(tolerate: str, message: str) -> None:
    table = Table(workflow(items(tolerate))).go()
    assert table.state == "ERROR"
    assert message in str(table.info)
