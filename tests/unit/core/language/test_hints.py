"""Refusals say what may be meant on a further line, and where; the first line stays that of Mistral."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.language import parse_actions, parse_workbook, parse_workflows
from tests.unit.core.language.writing import of_tasks, refusal

BOOK = "version: '2.0'\nname: tripleo.x\nworkflows:\n  a: {tasks: {t: {action: std.noop}}}\n"
FLOWS = "version: '2.0'\nhost-evacuate:\n  tasks: {t: {action: std.noop}}\n"
ACTIONS = "version: '2.0'\nsay: {base: std.echo}\n"
TO_WORKFLOWS = "This text is a list of workflows: send it to /v2/workflows (mistral workflow-create)."
TO_ACTIONS = "This text is a list of ad-hoc actions: send it to /v2/actions (mistral action-create)."
TO_WORKBOOKS = "This text is a workbook: send it to /v2/workbooks (mistral workbook-create)."


@pytest.mark.parametrize(
    ("text", "read", "lines"),
    [
        (BOOK, parse_workflows, ["'tripleo.x' is not of type 'object'", TO_WORKBOOKS, "[line 2, column 7: name]"]),
        (BOOK, parse_actions, ["'tripleo.x' is not of type 'object'", TO_WORKBOOKS, "[line 2, column 7: name]"]),
        (
            FLOWS,
            parse_workbook,
            [
                "Additional properties are not allowed ('host-evacuate' was unexpected)",
                TO_WORKFLOWS,
                "[line 2, column 1: host-evacuate]",
            ],
        ),
        (FLOWS, parse_actions, ["'base' is a required property", TO_WORKFLOWS, "[line 3, column 3: host-evacuate]"]),
        (ACTIONS, parse_workflows, ["'tasks' is a required property", TO_ACTIONS, "[line 2, column 6: say]"]),
        (
            ACTIONS,
            parse_workbook,
            ["Additional properties are not allowed ('say' was unexpected)", TO_ACTIONS, "[line 2, column 1: say]"],
        ),
    ],
)
def test_a_text_of_another_kind(text: str, read: Any, lines: list[str]) -> None:
    assert refusal(text, read).removeprefix("Invalid DSL: ").split("\n") == lines


def unexpected(*keys: str) -> str:
    named = ", ".join(map(repr, keys))
    return f"Additional properties are not allowed ({named} {'were' if keys[1:] else 'was'} unexpected)"


@pytest.mark.parametrize(
    ("task", "lines"),
    [
        (
            "t:\n  action: x\n  on-sucess: u",
            [
                unexpected("on-sucess"),
                "Did you mean 'on-success' by 'on-sucess'?",
                "[line 6, column 7: w.tasks.t.on-sucess]",
            ],
        ),
        (
            "t:\n  action: x\n  on-failure: u",
            [
                unexpected("on-failure"),
                "Did you mean 'on-error' by 'on-failure'?",
                "[line 6, column 7: w.tasks.t.on-failure]",
            ],
        ),
        (
            "t: {action: x, actoin: y, inputs: {a: 1}}",
            [
                unexpected("actoin", "inputs"),
                "Did you mean 'action' by 'actoin'?",
                "Did you mean 'input' by 'inputs'?",
                "[line 4, column 20: w.tasks.t.actoin]",
            ],
        ),
        ("t: {action: x, zzz: 1}", [unexpected("zzz"), "[line 4, column 20: w.tasks.t.zzz]"]),
        (
            "t: {action: x, retry: {count: 3, delai: 1}}",
            [
                "{'count': 3, 'delai': 1} is not valid under any of the given schemas",
                "Did you mean 'delay' by 'delai'?",
                "[line 4, column 27: w.tasks.t.retry]",
            ],
        ),
        (
            "t: {action: x, retry: {count: 3, delay: 1, foo: 1}}",
            [
                "Additional properties are not allowed ('foo' was unexpected)",
                "[line 4, column 48: w.tasks.t.retry.foo]",
            ],
        ),
        (
            "t: {action: x, retry: {count: <% max(1, 2) %>, delay: 1}}",
            [
                "'<% max(1' is not valid under any of the given schemas",
                "YAML ends '<% max(1' before its '%>': put the expression in quotes, such as \"<% f(1, 2) %>\".",
                "[line 4, column 35: w.tasks.t.retry.count]",
            ],
        ),
    ],
)
def test_a_key_that_is_not_known(task: str, lines: list[str]) -> None:
    assert refusal(of_tasks(task)).removeprefix("Invalid DSL: ").split("\n") == lines


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("version: '2.0'\nw:\n  output: {{ _.x }}\n", 3),
        ("version: '2.0'\nw:\n  output:\n    a: {{ _.x }}\n", 4),
        ("version: '2.0'\nw:\n  output: {a: {% if _.x %}1{% endif %}}\n", 3),
        ("version: '2.0'\nw:\n  tasks: {t: {action: std.echo output=<% {a: 1}: 2 %>}}\n", 3),
    ],
)
def test_an_expression_that_is_no_yaml(text: str, line: int) -> None:
    message = refusal(text)
    assert message.startswith("Definition could not be parsed: ")
    hint = f'Line {line} holds an expression: put the value in quotes, such as "{{{{ _.x }}}}" or "<% f(1, 2) %>".\n'
    assert message.endswith("\n" + hint)


@pytest.mark.parametrize("text", ["a: b: c", "- [", 'a: "', "a: 1\n---\nb: {{ 1 }}"])
def test_other_text_that_is_no_yaml(text: str) -> None:
    assert "holds an expression" not in refusal(text)
