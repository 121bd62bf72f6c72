"""What a task costs depends neither on how many there were nor on what its branch carries (properties P5, P7)."""

from __future__ import annotations

import pytest

from chalicelib.adapters.dynamo.runs.codec import pack
from chalicelib.adapters.dynamo.runs.serializers import head_out, task_out
from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.events import Proceed
from chalicelib.core.jsontext import Json, JsonDict
from tests.unit.core.engine.table import Table, workflow

LENGTH = 200


def chain(kind: str, body: str = "") -> str:
    """A chain of tasks, the first of which publishes what it is given."""
    tasks = [f"  t{n}: {{action: {kind}, {body} on-success: t{n + 1}}}" for n in range(1, LENGTH)]
    first = "  t0: {action: std.noop, publish: {big: <% $.given %>}, on-success: t1}"
    return workflow("\n".join(["input: [given]", "tasks:", first, *tasks, f"  t{LENGTH}: {{action: std.noop}}"]))


def row_bytes(table: Table, name: str) -> int:
    return len(pack(task_out(table.task(name))))


BIG: dict[str, Json] = {
    "text": "x" * 100_000,
    "list": [f"item {number}" for number in range(8_000)],
    "mapping": {f"key {number}": {"value": number} for number in range(4_000)},
}


@pytest.mark.parametrize("value", BIG.values(), ids=BIG.keys())
@pytest.mark.parametrize("kind", ["std.noop", "std.async_noop"])
def test_a_large_variable_is_carried_along_for_nothing(value: Json, kind: str) -> None:
    table = Table(chain(kind), {"given": value}).go()
    rows = []
    for number in range(1, LENGTH):
        table.rows.loads, before = 0, table.commits
        if kind == "std.async_noop":
            table.end(f"t{number}")
            at_the_end = number == LENGTH - 1  # then the output is made
            assert (table.rows.loads, table.commits - before) == (int(at_the_end), 1)
        rows.append(row_bytes(table, f"t{number}"))
    assert table.state == "SUCCESS"
    assert len(table.rows.blobs) <= 3  # the input, the variable, the output
    assert max(rows) - min(rows) <= 16


def test_a_chain_of_inline_tasks_is_a_handful_of_commits() -> None:
    table = Table(chain("std.noop"), {"given": "x" * 100_000}).go()
    assert (table.state, table.commits) == ("SUCCESS", 3)
    assert table.rows.loads <= 2 * table.commits


def test_a_variable_that_every_task_reads_is_loaded_and_never_stored() -> None:
    table = Table(chain("std.async_noop", "publish: {n: <% $.big.len() %>},"), {"given": "x" * 100_000}).go()
    stored = len(table.rows.blobs)
    for number in range(1, LENGTH):
        table.rows.loads = 0
        table.end(f"t{number}")
        assert table.rows.loads == 1
    assert len(table.rows.blobs) <= stored + 1
    assert abs(row_bytes(table, "t190") - row_bytes(table, "t10")) <= 16


def test_many_variables_do_not_make_rows_grow() -> None:
    """Each task adds one: the index of them all becomes a row that many tasks share."""
    tasks = [
        f"  t{n}: {{action: std.async_noop, publish: {{variable_{n}: {n}}}, on-success: t{n + 1}}}"
        for n in range(LENGTH)
    ]
    table = Table(workflow("\n".join(["tasks:", *tasks, f"  t{LENGTH}: {{action: std.noop}}"]))).go()
    for number in range(LENGTH):
        table.end(f"t{number}")
    assert table.state == "SUCCESS"
    assert max(row_bytes(table, f"t{number}") for number in range(LENGTH)) < 1100
    assert len(table.rows.indexes) < LENGTH / 5
    assert isinstance(table.output, dict)
    assert len(table.output) == LENGTH


def fan(width: int, join: bool) -> str:
    names = ", ".join(f"t{n}" for n in range(width))
    then = ", on-success: j" if join else ""
    tasks = [f"  t{n}: {{action: std.async_noop{then}}}" for n in range(width)]
    last = ["  j: {join: all, action: std.noop}"] if join else []
    return workflow("\n".join(["tasks:", f"  s: {{action: std.noop, on-success: [{names}]}}", *tasks, *last]))


def played(table: Table, width: int) -> tuple[list[int], list[int]]:
    """Sizes of the head, and rows read, at every result of a fan."""
    table.go()
    heads, reads = [], []
    for number in range(width):
        table.rows.reads = 0
        table.end(f"t{number}")
        heads.append(len(pack(head_out(table.run.head))))
        reads.append(table.rows.reads)
    return heads, reads


@pytest.mark.parametrize("join", [False, True], ids=["open", "joined"])
def test_the_head_of_a_wide_run_stays_small(join: bool) -> None:
    width = 1000
    table = Table(fan(width, join))
    heads, reads = played(table, width)
    assert table.state == "SUCCESS"
    assert max(heads) < 2048
    assert max(heads) - heads[0] < 512
    assert max(reads[:-1]) <= 2  # only the last result asks for all of them


@pytest.mark.parametrize("rows", [90, 10])
def test_the_head_of_a_wide_run_of_inline_tasks_stays_small(rows: int) -> None:
    """Work that waits for the next step is in the head."""
    width = 1000
    text = fan(width, True).replace("std.async_noop", "std.noop")
    table = Table(text, limits=Limits(rows=rows))
    heads = []
    changes = table.changes(Proceed())
    while changes is not None:
        table.commit(changes)
        heads.append(len(pack(head_out(table.run.head))))
        changes = table.changes(Proceed()) if changes.effects else None
    assert table.state == "SUCCESS"
    assert len(heads) <= 1.2 * width / rows + 4
    assert max(heads) < 4096


def test_globals_do_not_make_the_head_grow_without_bounds() -> None:
    tasks = [
        f"  t{n}: {{action: std.noop, on-success: {{publish: {{global: {{g{n}: '{'x' * 900}'}}}}, next: t{n + 1}}}}}"
        for n in range(LENGTH)
    ]
    table = Table(workflow("\n".join(["tasks:", *tasks, f"  t{LENGTH}: {{action: std.noop}}"]))).go()
    assert table.state == "SUCCESS"
    assert len(pack(head_out(table.run.head))) < 32_000


def test_a_result_is_kept_once() -> None:
    """It comes as a reference; the row takes the reference over."""
    table = Table(workflow("tasks: {a: {action: std.async_noop, on-success: b}, b: {action: std.async_noop}}")).go()
    value: JsonDict = {"k": "x" * 50_000}
    kept = table.changes(table.ending("a", result=value))
    assert kept is not None
    ((digest, data),) = kept.blobs.items()
    table.rows.blobs[digest] = data
    (task,) = [task for task in kept.tasks if task.name == "a"]
    assert task.action is not None
    again = table.changes(table.ending("a", result=task.action.output))  # type: ignore[arg-type]
    assert again is not None
    assert not again.blobs
