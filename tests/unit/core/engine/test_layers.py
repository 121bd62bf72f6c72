"""Which value a name has, depending on where the expression stands (engine rules §3.1, §3.2, §3.4)."""

from __future__ import annotations

import pytest

from chalicelib.core.jsontext import Json, JsonDict
from tests.unit.core.engine.table import Play


@pytest.mark.parametrize(
    ("branch", "everywhere", "variables", "seen"),
    [
        ("x: branch", "x: global", "x: var", "branch"),
        (None, "x: global", "x: var", "global"),
        (None, None, "x: var", "var"),
        (None, None, None, "input"),
    ],
)
def test_branch_beats_global_beats_vars_beats_input(
    play: Play, branch: str | None, everywhere: str | None, variables: str | None, seen: str
) -> None:
    scopes = ", ".join(f"{scope}: {{{v}}}" for scope, v in (("branch", branch), ("global", everywhere)) if v)
    table = play(
        f"""
        input: [x: input]
        vars: {{{variables or "unused: 1"}}}
        output: {{x: <% $.x %>}}
        tasks:
          a:
            action: std.noop
            on-success: {{publish: {{{scopes or "branch: {other: 1}"}}}, next: b}}
          b:
            action: std.echo output=<% $.x %>
            publish: {{published: <% $.x %>}}
            on-success: [{{c: <% $.x = {seen} %>}}]
          c: {{action: std.noop}}
        """
    ).go()
    assert (table.result("b"), table.published("b"), table.output) == (seen, {"published": seen}, {"x": seen})
    assert "c" in table.states


@pytest.mark.parametrize(
    ("where", "seen"),
    [
        ("input", {"e": "env"}),  # a task sees env before its branch
        ("publish", "branch"),  # what it publishes comes from its branch first
        ("guard", "branch"),
    ],
)
def test_env_stands_before_or_behind_the_branch(play: Play, where: str, seen: Json) -> None:
    """Only the single key `__env` can tell: a branch variable of that name shadows it or not."""
    table = play(
        """
        tasks:
          a: {action: std.noop, publish: {__env: branch}, on-success: b}
          b:
            action: std.echo output=<% $.get("__env") %>
            publish: {p: <% $.get("__env") %>}
            on-success: [{c: <% $.get("__env") = branch %>}]
          c: {action: std.noop}
        """,
        params={"env": {"e": "env"}},
    ).go()
    found = {"input": table.result("b"), "publish": (table.published("b") or {})["p"]}
    found["guard"] = "branch" if "c" in table.states else "env"
    assert found[where] == seen


def test_an_expression_knows_its_task(play: Play) -> None:
    table = play(
        """
        tasks:
          a:
            action: std.echo output=<% task().name %>
            publish: {me: <% $.get("__task_execution") %>, state: <% task().state %>, same: <% task(a).result %>}
        """
    ).go()
    assert table.output == {"me": {"id": table.id_of("a"), "name": "a"}, "state": "SUCCESS", "same": "a"}


def test_a_published_mapping_replaces_the_one_before(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.noop, publish: {d: {x: 1, y: 1}}, on-success: b}
          b: {action: std.noop, publish: {d: {y: 2}}}
        """
    ).go()
    assert table.output == {"d": {"y": 2}}


def test_values_of_one_publish_do_not_see_each_other(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.noop, publish: {x: 1}, on-success: b}
          b: {action: std.noop, publish: {x: 2, old: <% $.x %>}}
        """
    ).go()
    assert table.output == {"x": 2, "old": 1}


def test_parallel_branches_see_only_globals_of_each_other(play: Play) -> None:
    table = play(
        """
        tasks:
          a:
            action: std.noop
            on-success: {publish: {branch: {b: 1}, global: {g: 1}}}
          w: {action: std.async_noop, on-success: c}
          c: {action: std.echo, input: {output: "<% $.get(b) %> <% $.get(g) %> <% global(g) %> <% global(b) %>"}}
        """
    ).go()
    table.end("w")
    assert table.result("c") == "None 1 1 None"
    assert table.output == {"b": 1}


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("d: {a: 1}", "d: {b: 2}", {"d": {"a": 1, "b": 2}}),
        ("d: {a: {x: 1}}", "d: {a: {y: 2}}", {"d": {"a": {"x": 1, "y": 2}}}),
        ("d: [1]", "d: [2]", {"d": [2]}),
        ("d: {a: 1}", "d: 5", {"d": 5}),
        ("e: 1", "d: {b: 2}", {"e": 1, "d": {"v": 0, "b": 2}}),  # merged into what vars declare
    ],
)
def test_globals_are_merged_deeply(play: Play, first: str, second: str, whole: JsonDict) -> None:
    names = ", ".join(f"{name}: <% global({name}) %>" for name in whole)
    variables = "vars: {d: {v: 0}}" if "e" in whole else "vars: {unused: 0}"
    table = play(
        f"""
        {variables}
        output: {{{names}}}
        tasks:
          a: {{action: std.noop, on-success: {{publish: {{global: {{{first}}}}}, next: b}}}}
          b: {{action: std.noop, on-success: {{publish: {{global: {{{second}}}}}}}}}
        """
    ).go()
    assert table.output == whole
    assert table.task("a").published is None


PUBLICATIONS = {
    "on-complete beats the flat key, which beats the clause of the outcome": (
        "publish: {a: flat, b: flat}\n"
        "on-success: {publish: {branch: {a: succ, s: 1}}}\n"
        "on-complete: {publish: {branch: {a: done}}}",
        "std.noop",
        {"a": "done", "b": "flat", "s": 1},
    ),
    "publish-on-error": ("publish: {a: 1}\npublish-on-error: {b: 2}\non-error: noop", "std.fail", {"b": 2}),
    "publish is for success": ("publish: {a: 1}\npublish-on-error: {b: 2}", "std.noop", {"a": 1}),
    "on-error publishes without a target": (
        "publish-on-error: {a: 1}\non-error: {publish: {branch: {b: 2}}, next: noop}",
        "std.fail",
        {"a": 1, "b": 2},
    ),
    "nested values are evaluated": (
        "publish: {a: {b: [<% 1 + 1 %>, 'x <% 2 %>']}}",
        "std.noop",
        {"a": {"b": [2, "x 2"]}},
    ),
    "nothing": ("tags: [t]", "std.noop", None),
}


@pytest.mark.parametrize(("rest", "action", "published"), PUBLICATIONS.values(), ids=PUBLICATIONS.keys())
def test_what_a_task_publishes(play: Play, rest: str, action: str, published: Json) -> None:
    body = "".join(f"            {line}\n" for line in rest.split("\n"))
    table = play(f"        tasks:\n          t:\n            action: {action}\n{body}").go()
    assert (table.state, table.published("t")) == ("SUCCESS", published)


def test_the_target_is_found_by_the_evaluated_input(play: Play) -> None:
    table = play(
        """
        vars: {output: var}
        tasks:
          t: {action: std.echo, input: {output: "q<% 1 %>"}, target: <% $.output %>}
        """
    ).go()
    assert [order.target for order in table.dispatched] == ["q1"]
    assert table.state == "RUNNING"


def test_defaults_of_an_action_come_from_the_environment(play: Play) -> None:
    table = play(
        "tasks: {t: {action: std.echo, input: {delay: 0}}}",
        params={"env": {"__actions": {"std.echo": {"output": "default", "delay": 9}}}},
    ).go()
    assert table.result("t") == "default"
