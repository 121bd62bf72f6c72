"""Which of several broken rules is reported, and where it says they are."""

from __future__ import annotations

from contextlib import suppress

import pytest

from chalicelib.core.language import check_name, parse_workflows
from chalicelib.errors import DefinitionError
from tests.unit.core.language.writing import first_line, of_tasks, refusal

START = (
    "Failed to find start tasks in direct workflow. "
    "There must be at least one task without inbound transition.[workflow_name=w]"
)
LONG = "n" * 256
JOIN = "j" * 209

FIRST = [
    # shape of the workflow before shape of a task, the outermost fault first
    ("t: 5", "tags: []", "Invalid DSL: [] should be non-empty"),
    ("t: {bogus: 1}", "output: {a: <% ) %>}", "Parse error: "),  # expressions of the workflow before its tasks
    ("t: {bogus: 1}", "task-defaults: {wait-after: -1}", "Invalid DSL: -1 "),  # defaults before tasks
    ("t: {with-items: bad, publish: {a: <% ) %>}}", "", "Parse error: "),  # expressions before with-items
    ("t: {action: ' x a=1', publish: {a: <% ) %>}}", "", "Invalid action/workflow task property: "),
    ("t: {publish: {a: <% ) %>}, input: {a: <% + %>}}", "", "Parse error: unexpected end of statement"),
    ("t: {retry: 'count=1 delay=<% + %>', wait-after: <% ) %>}", "", "Parse error: unexpected ')'"),
    ("t: {on-error: [{t: <% + %>}], on-complete: [{t: <% ) %>}]}", "", "Parse error: unexpected ')'"),
    ("t: {on-success: ghost}\nu: {bogus: 1}", "", "Invalid DSL: Additional properties"),  # graph last
    (f"{LONG}: {{on-success: ghost}}", "", f"The length of a '{LONG}' task name must not exceed 255 symbols"),
    (f"{LONG}: {{publish: {{a: <% ) %>}}}}", "", f"The length of a '{LONG}' task name must not exceed 255 symbols"),
    (f"t: {{}}\n{JOIN}: {{join: all}}", "", "Invalid DSL: {} should be non-empty"),
    (f"{JOIN}: {{join: all}}", "", f"The length of a '{JOIN}' join task name must not exceed 208 symbols"),
    ("t: {on-success: [t, ghost]}", "", START),  # start tasks, then targets, then joins
    ("t: {on-success: ghost}\nu: {join: all}", "", "Task 'ghost' not found."),
    ("t: {on-complete: g3, on-error: g2, on-success: g1}", "", "Task 'g1' not found."),
]


@pytest.mark.parametrize(("tasks", "rest", "message"), FIRST)
def test_first_failing_rule_is_reported(tasks: str, rest: str, message: str) -> None:
    assert first_line(refusal(of_tasks(tasks, rest))).startswith(message)


def test_all_join_problems_are_reported_together() -> None:
    message = refusal(of_tasks("a: {action: x}\nb: {join: all}\nc: {join: 3}"))
    assert message.split("\n") == [
        "No inbound tasks for task with 'join: all' [task_name=b]",
        "Not enough inbound tasks for task with 'join' [task_name=c, join=3, inbound_tasks=0]",
        "[line 5, column 15: w.tasks.b.join]",
    ]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (of_tasks("t:\n  action: x\n  wait-before: -1"), "[line 6, column 20: w.tasks.t.wait-before]"),
        (of_tasks("t:\n  on-success:\n    - u\n    - v: <% ) %>"), "[line 7, column 11: w.tasks.t.on-success.1]"),
        (of_tasks("t: {publish: {a: 1, b: <% ) %>}}"), "[line 4, column 28: w.tasks.t.publish.b]"),
        (
            of_tasks("t: {action: x}", "task-defaults: {on-error: ghost}"),
            "[line 3, column 29: w.task-defaults.on-error]",
        ),
        (of_tasks("t: {on-success: ghost}"), "[line 4, column 21: w.tasks.t.on-success]"),
        (of_tasks("t: {}"), "[line 4, column 8: w.tasks.t]"),
        ("- a", "[line 1, column 1]"),
    ],
)
def test_place_is_named_on_a_further_line(text: str, where: str) -> None:
    assert refusal(text).split("\n")[-1] == where


def test_long_values_are_cut_in_messages() -> None:
    assert len(refusal(of_tasks(f"t: {{wait-before: {'x' * 100_000}}}"))) < 3000


@pytest.mark.parametrize("name", ["a b", " ", "a "])
def test_check_name_refuses_blanks(name: str) -> None:
    with pytest.raises(DefinitionError, match=rf"^Name '{name}' must not contain spaces$"):
        check_name(name)


def test_check_name_accepts_the_rest() -> None:
    check_name("a.b-c/d:é")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", ["i in <% ", "{{ ", "{% ", "a=[ ", "<% {{ ", 'a=" '])
@pytest.mark.parametrize("key", ["action", "input", "with-items", "publish", "on-success", "retry", "wait-before"])
def test_a_text_with_many_beginnings_is_read_in_no_time(key: str, part: str) -> None:
    """Quadratic rules would take minutes to hours for each of these."""
    value = part * (700_000 // len(part))
    written = f"{{a: '{value}'}}" if key == "publish" else f"'{value}'"
    with suppress(DefinitionError):
        parse_workflows(of_tasks(f"t: {{{key}: {written}}}"))
