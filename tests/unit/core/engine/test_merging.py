"""What a join makes of the branches that meet in it, and the final context of a run (engine rules §3.3)."""

from __future__ import annotations

import pytest

from chalicelib.core.jsontext import Json, JsonDict
from tests.unit.core.engine.table import Play

LONG = "long " * 30
"""Too long to travel in an index: such values stay where they were published."""

CASES: dict[str, tuple[str, str, str, str, Json]] = {
    # before the fork; branch a; branch b; branch b once more; what the join sees
    "one branch writes": ("v: old", "v: new", "w: 1", "w: 2", {"v": "new", "w": 2}),
    "the branch that wrote more often wins": ("w: 0", "v: a", "v: b1", "v: b2", {"v": "b2", "w": 0}),
    "whichever branch it is": ("v: old", "v: a", "v: b1", "v: b2", {"v": "b2"}),
    "mappings are merged": ("w: 0", "d: {a: 1}", "d: {b: 1}", "x: 1", {"d": {"a": 1, "b": 1}, "w": 0, "x": 1}),
    "leaf by leaf": (
        "d: {a: 0, b: 0, c: 0}",
        "d: {a: 1, b: 0, c: 0}",
        "d: {a: 0, b: 1, c: 0}",
        "d: {a: 0, b: 2, c: 0}",
        {"d": {"a": 0, "b": 2, "c": 0}},
    ),
    "deep mappings are merged": (
        "w: 0",
        "d: {m: {x: 1}}",
        "d: {m: {y: 1}}",
        "d: {m: {y: 2}}",
        {"d": {"m": {"x": 1, "y": 2}}, "w": 0},
    ),
    "a scalar beats a mapping": ("w: 0", "x: 5", "x: {k: 1}", "y: 1", {"x": 5, "w": 0, "y": 1}),
    "lists are leaves": ("w: 0", "l: [1]", "l: [2]", "l: [3]", {"l": [3], "w": 0}),
    "null is a value": ("v: old", "v: null", "w: 1", "w: 1", {"v": None, "w": 1}),
    "types are kept apart": ("v: 1", "w: '1'", "x: true", "x: 'True'", {"v": 1, "w": "1", "x": "True"}),
}


@pytest.mark.parametrize("size", ["short", "long"])
@pytest.mark.parametrize(("base", "one", "two", "three", "merged"), CASES.values(), ids=CASES.keys())
def test_branches_meet(play: Play, base: str, one: str, two: str, three: str, merged: JsonDict, size: str) -> None:
    filler = "filler: 1" if size == "short" else f"filler: '{LONG}', d0: {{k: '{LONG}'}}"
    body = f"""
        output: {{all: <% $.delete(filler).delete(d0).delete("__env").delete("__execution").delete(unused) %>}}
        vars: {{unused: 1}}
        tasks:
          s: {{action: std.noop, publish: {{{filler}, {base}}}, on-success: [a, b]}}
          a: {{action: std.noop, publish: {{{one}}}, on-success: j}}
          b: {{action: std.noop, publish: {{{two}}}, on-success: b2}}
          b2: {{action: std.noop, publish: {{{three}}}, on-success: j}}
          j: {{join: all, action: std.noop}}
    """
    joined = play(body).go()
    final = play(body.replace("on-success: j", "on-success: noop").replace("j: {join: all, action: std.noop}", "")).go()
    assert joined.output == {"all": merged}
    assert final.output == joined.output


def test_a_value_is_one_of_two_that_were_written_as_often(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.noop, publish: {v: a}, on-success: j}
          b: {action: std.noop, publish: {v: b}, on-success: j}
          j: {join: all, action: std.echo output=<% $.v %>}
        """
    ).go()
    assert table.result("j") in ("a", "b")


def test_large_values_meet(play: Play) -> None:
    """Mappings that are kept outside of the rows are merged like small ones, and so is what was merged before."""
    table = play(
        """
        input: [big]
        tasks:
          a: {action: std.noop, publish: {d: {a: <% $.big %>}}, on-success: j}
          b: {action: std.noop, publish: {d: {b: <% $.big %>}}, on-success: j}
          j: {join: all, action: std.noop, on-success: [c, e]}
          c: {action: std.noop, publish: {x: 1}, on-success: k}
          e: {action: std.noop, publish: {d: {e: <% $.d.a.len() %>}}, on-success: k}
          k: {join: all, action: std.noop, publish: {keys: <% $.d.keys().orderBy($) %>}}
        """,
        {"big": "x" * 30_000},
    ).go()
    output = table.output
    assert isinstance(output, dict)
    assert output["keys"] == ["a", "b", "e"]
    assert table.task("k").triggered_by == ((table.task("c").key, "on-success"), (table.task("e").key, "on-success"))


def test_contexts_that_differ_in_type_only_are_told_apart(play: Play) -> None:
    """They share no index, however alike the texts of their values are."""
    names = ", ".join(f"a_variable_with_quite_a_long_name_{number}: {number}" for number in range(12))
    table = play(
        f"""
        tasks:
          s: {{action: std.noop, publish: {{{names}}}, on-success: [a, b]}}
          a: {{action: std.noop, publish: {{v: 1, {names}}}, on-success: c}}
          b: {{action: std.noop, publish: {{v: '1', {names}}}, on-success: d}}
          c: {{action: std.async_noop, publish: {{seen_c: <% $.v %>}}}}
          d: {{action: std.async_noop, publish: {{seen_d: <% $.v %>}}}}
        """
    ).go()
    table.end("c").end("d")
    assert (table.published("c"), table.published("d")) == ({"seen_c": 1}, {"seen_d": "1"})


def test_the_final_context_has_every_end_of_many(play: Play) -> None:
    """More ends and failures than the head names."""
    tasks = "".join(
        f"          t{number}: {{action: {'std.fail' if number % 2 else 'std.noop'}, "
        f"publish: {{v{number}: {number}}}, publish-on-error: {{v{number}: {number}}}}}\n"
        for number in range(70)
    )
    table = play(f"        tasks:\n{tasks}").go()
    output = table.output
    assert isinstance(output, dict)
    assert table.state == "ERROR"
    assert {name: value for name, value in output.items() if name != "result"} == {f"v{n}": n for n in range(70)}
    assert (table.info or "").count("task_ex_id") == 35
