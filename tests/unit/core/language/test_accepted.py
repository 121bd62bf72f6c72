"""What is accepted, also where one would not expect it (quirks of 23.0.0 that are kept)."""

from __future__ import annotations

import pytest

from chalicelib.core.language import parse_actions, parse_workbook
from tests.unit.core.language.writing import document, of_tasks, refusal

U = "\nu: {action: x}"

WORKFLOWS = [
    *(f"version: {version}\nw: {{tasks: {{t: {{action: x}}}}}}" for version in ("2.0", "2", "v2.0", "'3.0'")),
    document("{tasks: {t: {action: x}}, foo: {bar: 1}, description: 5}"),  # unknown keys of a workflow
    document("{tasks: {t: {action: x}}, name: 5, version: []}"),  # overwritten by the injected ones
    document("{tasks: {t: {action: x}}, input: [a, a: 1]}"),
    document("{tasks: {t: {action: x}}, output: {a: {b: <% ) %>}}}"),  # checks go one level deep
    document("{tasks: {t: {action: x}}, output-on-error: {a: <% ) %>}}"),
    document("{tasks: {t: {action: x}}}", "a b"),  # only creation looks for blanks
    document("{type: reverse, tasks: {t: {requires: t}}, task-defaults: {on-error: ghost}}"),
    document("{type: reverse, tasks: {a: {requires: b}, b: {requires: [a]}}}"),  # cycles are not looked for
    document("{tasks: {t: {action: x}}, task-defaults: {requires: ghost}}"),
    document("{tasks: {t: {action: x}}, task-defaults: {on-success: t}}"),  # nobody inherits a way to itself
    of_tasks("t: {description: x}"),
    of_tasks("t: {type: foo, name: 5, version: [1], action: x}"),
    of_tasks("with-dash: {action: x}\nwith.dot: {action: x}\nwith blank: {action: x}\ngröße: {action: x}"),
    of_tasks("'a b': {}\nt: {action: x}"),
    of_tasks("version: {bogus: x}\nt: {action: x}"),  # a task called version is skipped
    of_tasks("t: {timeout: 3.0, wait-before: 0, pause-before: false}"),
    of_tasks("t: {wait-before: '<% a %><% b %>', wait-after: '{{ 1 }} ', timeout: \"<% 1 %>\\n\"}"),
    of_tasks("t: {action: '<% ) %>', target: '<% ) %>'}"),  # names are not checked
    of_tasks("t: {publish: {x: ['<% ) %>'], a-b: 2020-01-01}}"),
    of_tasks("t: {join: 0}"),
    of_tasks("t: {on-success: u}\nu: {join: 1.0}"),
    of_tasks("t: {on-success: [u, {u: <% true %>}], on-complete: u}" + U),
    of_tasks("t: {on-success: {ghost: <% ) %>}}"),  # a bare mapping names nothing
    of_tasks("t: {on-success: {next: {u: <% ) %>}}}" + U),  # the guard is dropped
    of_tasks("t: {on-success: [{'u junk': 5}]}" + U),  # guards of odd keys are not looked at
    of_tasks("t: {on-success: 'fail msg=\"<% ) %>\"', on-error: 'fail(msg=\"a b\")'}"),
    of_tasks("t: {on-success: {publish: {branch: {a: 1}, global: {b: 2}, atomic: {c: 3}, name: x}, next: [noop]}}"),
    of_tasks("t: {on-success: u}\nu: {on-success: v}\nv: {on-success: u}"),  # a loop behind a start task
    of_tasks("t: {retry: delay=1 count=<% 3 %> break-on=<% true %>}"),
    of_tasks("t: {retry: {count: 3, delay: 1, backoff: 1.5, max-delay: 60, jitter: true}}"),
    of_tasks("t: {retry: {count: 3, delay: 1, backoff: <% 2 %>, max-delay: '{{ 60 }}', jitter: <% 0.5 %>}}"),
    of_tasks("t: {retry: count=3 delay=1 backoff=1.5 max-delay=60 jitter=0.25}"),
    of_tasks("t: {tolerate: 5}\nu: {tolerate: 12.5%}\nv: {tolerate: <% $.x %>}", "task-defaults: {tolerate: 100%}"),
]


@pytest.mark.parametrize("text", WORKFLOWS)
def test_workflows(text: str) -> None:
    assert refusal(text) == ""


@pytest.mark.parametrize(
    "body",
    [
        "{base: x, output: ~}",
        "{base: x, output: {a: <% ) %>}}",  # checked only if a string
        "{base: '<% ) %>'}",
        "{base: x, input: [a, b: 1], tags: [t], description: d, base-input: {a: {b: <% ) %>}}}",
    ],
)
def test_actions(body: str) -> None:
    assert refusal(document(body, "1d57b0b6-0f5b-4d9e-8d2b-000000000001"), parse_actions) == ""


@pytest.mark.parametrize(
    "text",
    [
        "version: '2.0'\nname: b",  # neither section
        "version: 2.0\nname: b",
        "version: '2'\nname: b",
        "version: '2.0'\nname: b\nactions: {version: 2.0}",
        "version: '2.0'\nname: b\ntags: [a]\ndescription: d\nworkflows: {version: '2.0', a-1: {tasks: {t: {join: 0}}}}",
    ],
)
def test_workbooks(text: str) -> None:
    assert refusal(text, parse_workbook) == ""
