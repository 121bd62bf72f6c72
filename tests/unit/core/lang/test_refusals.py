"""The static checks: first line of the message for each broken rule, as Mistral 23.0.0 words it, and their order."""

from __future__ import annotations

import pytest

from chalicelib.core.lang import check_name, parse_actions, parse_workbook
from chalicelib.errors import DefinitionError

from .writing import document, of_tasks, refusal

NO_SCHEMA = "is not valid under any of the given schemas"
START = (
    "Failed to find start tasks in direct workflow. "
    "There must be at least one task without inbound transition.[workflow_name=w]"
)
LONG = "n" * 256
JOIN = "j" * 209

DOCUMENTS = [
    ("", "Invalid DSL: 'version' is a required property"),
    ("w: {tasks: {t: {action: x}}}", "Invalid DSL: 'version' is a required property"),
    ("- a", "Invalid DSL: ['a'] is not of type 'object'"),
    ("version: '2.0'", "At least one item must be in the list [data={'version': '2.0'}]."),
    ("version: ''\nw: {tasks: {t: {action: x}}}", "Invalid DSL: '' should be non-empty"),
    ("version: -1\nw: {tasks: {t: {action: x}}}", f"Invalid DSL: -1 {NO_SCHEMA}"),
    ("version: 2020-01-01\nw: {tasks: {t: {action: x}}}", f"Invalid DSL: datetime.date(2020, 1, 1) {NO_SCHEMA}"),
    (document("5"), "Invalid DSL: 5 is not of type 'object'"),
    (document(""), "Invalid DSL: None is not of type 'object'"),
    (document("{}"), "Invalid DSL: {} should be non-empty"),
    (document("{a: 1}"), "Invalid DSL: 'tasks' is a required property"),
    (document("{tasks: {}}"), "Invalid DSL: {} should be non-empty"),
    (document("{tasks: []}"), "Invalid DSL: [] is not of type 'object'"),
    (
        document("{type: x, tasks: 5}"),
        "Failed to find a specification class to instantiate "
        "[data={'type': 'x', 'tasks': 5, 'name': 'w', 'version': '2.0'}]",
    ),
    (document("{tasks: {t: {action: x}}}", "12"), "Invalid DSL: the key 12 is not of type 'string'"),
    (
        document("{tasks: {t: {action: x}}}", "1d57b0b6-0f5b-4d9e-8d2b-000000000001"),
        "Workflow name cannot be in the format of UUID.",
    ),
    (
        document("{tasks: {t: {action: x}}}", "1D57B0B60F5B4D9E8D2B000000000001"),
        "Workflow name cannot be in the format of UUID.",
    ),
]

WORKFLOWS = [
    ("tags: []", "Invalid DSL: [] should be non-empty"),
    ("tags: x", "Invalid DSL: 'x' is not of type 'array'"),
    ("input: {a: 1}", "Invalid DSL: {'a': 1} is not of type 'array'"),
    ("input: [a, a]", "Invalid DSL: ['a', 'a'] has non-unique elements"),
    ("input: [{a: 1, b: 2}]", "Invalid DSL: {'a': 1, 'b': 2} has too many properties"),
    ("input: [5]", f"Invalid DSL: 5 {NO_SCHEMA}"),
    ("input: ['']", "Invalid DSL: '' should be non-empty"),
    ("input: [{a: 2020-01-01}]", f"Invalid DSL: datetime.date(2020, 1, 1) {NO_SCHEMA}"),
    ("output: {}", "Invalid DSL: {} should be non-empty"),
    ("output-on-error: 5", "Invalid DSL: 5 is not of type 'object'"),
    ("vars: {1: a}", "Invalid DSL: the key 1 is not of type 'string'"),
    ("task-defaults: {}", "Invalid DSL: {} should be non-empty"),
    (
        "task-defaults: {publish: {a: 1}}",
        "Invalid DSL: Additional properties are not allowed ('publish' was unexpected)",
    ),
    ("task-defaults: {wait-before: -1}", f"Invalid DSL: -1 {NO_SCHEMA}"),
    ("task-defaults: {on-error: ghost}", "Task 'ghost' not found."),
    ("output: {a: '<% $. + + %>'}", "Parse error: unexpected end of statement"),
    ("vars: {a: '{{ x + }}'}", "Syntax error '"),
    ("type: reverse\ntask-defaults: {requires: ghost}", "Task 'ghost' not found."),
]

TASKS = [
    ("std.noop", "Invalid DSL: 'std.noop' is not of type 'object'"),
    ("{}", "Invalid DSL: {} should be non-empty"),
    ("{bogus: 1}", "Invalid DSL: Additional properties are not allowed ('bogus' was unexpected)"),
    ("{a: 1, b: 1}", "Invalid DSL: Additional properties are not allowed ('a', 'b' were unexpected)"),
    ("{publish-on-complete: {a: 1}}", "Invalid DSL: Additional properties are not allowed ("),
    ("{requires: u}", "Invalid DSL: Additional properties are not allowed ('requires' was unexpected)"),
    (
        "{action: a, workflow: b}",
        "Invalid DSL: {'action': 'a', 'workflow': 'b', 'type': 'direct', 'name': 't', 'version': '2.0'} "
        "is valid under each of {'type': 'object', 'required': ['workflow']}, ",
    ),
    ("{action: ''}", "Invalid DSL: '' should be non-empty"),
    ("{action: 5}", "Invalid DSL: 5 is not of type 'string'"),
    ("{action: ' x y=1'}", "Invalid action/workflow task property:  x y=1"),
    ("{action: 'x y=<% ) %>'}", "Parse error: unexpected ')' at position 1 of expression ' ) '"),
    ("{input: [1]}", f"Invalid DSL: [1] {NO_SCHEMA}"),
    ("{input: {}}", "Invalid DSL: {} should be non-empty"),
    ("{action: x a=1, input: <% $ %>}", "A string as 'input' cannot be combined with inline parameters."),
    ("{publish: {}}", "Invalid DSL: {} should be non-empty"),
    ("{publish: <% $.x %>}", "Invalid DSL: '<% $.x %>' is not of type 'object'"),
    ("{publish: {a: 2020-01-01}}", f"Invalid DSL: datetime.date(2020, 1, 1) {NO_SCHEMA}"),
    ("{publish: {a: '<% $.a %> {{ _.b }}'}}", "The line already contains an expression of type 'jinja'. Mixing"),
    ("{tags: [a, a]}", "Invalid DSL: ['a', 'a'] has non-unique elements"),
    ("{description: ''}", "Invalid DSL: '' should be non-empty"),
    ("{wait-before: '5'}", f"Invalid DSL: '5' {NO_SCHEMA}"),
    ("{wait-before: 1.5}", f"Invalid DSL: 1.5 {NO_SCHEMA}"),
    ("{timeout: '<% $.x %>0'}", f"Invalid DSL: '<% $.x %>0' {NO_SCHEMA}"),
    ("{timeout: ' <% 1 %>'}", f"Invalid DSL: ' <% 1 %>' {NO_SCHEMA}"),
    ("{concurrency: true}", f"Invalid DSL: True {NO_SCHEMA}"),
    ("{pause-before: 'yes'}", f"Invalid DSL: 'yes' {NO_SCHEMA}"),
    ("{fail-on: '{% if %}'}", f"Invalid DSL: '{{% if %}}' {NO_SCHEMA}"),
    ("{keep-result: never}", f"Invalid DSL: 'never' {NO_SCHEMA}"),
    ("{safe-rerun: <% ) %>}", "Parse error: unexpected ')'"),
    ("{target: 5}", "Invalid DSL: 5 is not of type 'string'"),
    ("{retry: count=3}", f"Invalid DSL: {{}} {NO_SCHEMA}"),
    ("{retry: 'count=3 delay=1 foo=2'}", "Invalid DSL: Additional properties are not allowed ('foo' was unexpected)"),
    ("{retry: 'count=\"3\" delay=1'}", f"Invalid DSL: '3' {NO_SCHEMA}"),
    ("{retry: ' count=3 delay=1'}", "Invalid action/workflow task property:  count=3 delay=1"),
    ("{retry: 'count=<% ) %> delay=1'}", "Parse error: unexpected ')'"),
    ("{retry: {count: 3}}", "Invalid DSL: 'delay' is a required property"),
    ("{retry: {count: -3, delay: 1}}", f"Invalid DSL: -3 {NO_SCHEMA}"),
    ("{retry: {count: 1, delay: 1, break-on: true}}", f"Invalid DSL: True {NO_SCHEMA}"),
    ("{retry: {count: 1, delay: 1, name: x}}", "Invalid DSL: Additional properties are not allowed ('name' "),
    ("{join: some}", f"Invalid DSL: 'some' {NO_SCHEMA}"),
    ("{join: -1}", "Invalid DSL: -1 is less than the minimum of 0"),
    ("{join: true}", f"Invalid DSL: True {NO_SCHEMA}"),
    ("{join: all}", "No inbound tasks for task with 'join: all' [task_name=t]"),
    ("{join: one}", "Not enough inbound tasks for task with 'join' [task_name=t, join=1, inbound_tasks=0]"),
    ("{with-items: 3}", f"Invalid DSL: 3 {NO_SCHEMA}"),
    ("{with-items: []}", "Invalid DSL: [] should be non-empty"),
    (
        "{with-items: bad}",
        "Wrong format of 'with-items' property. Please use format 'var in {[some, list] | <% $.array %> }: "
        "{'with-items': 'bad', 'type': 'direct', 'name': 't', 'version': '2.0'}",
    ),
    ("{with-items: 'i in [1,,2]'}", "Invalid array in 'with-items' clause: [1,,2], error: Expecting value: "),
    ("{with-items: 'i in <% ) %>'}", "Parse error: unexpected ')'"),
    ("{with-items: 'i in [\"<% ) %>\"]'}", "Parse error: unexpected ')'"),
]

CLAUSES = [
    ("ghost", "Task 'ghost' not found."),
    ("[]", f"Invalid DSL: [] {NO_SCHEMA}"),
    ("", f"Invalid DSL: None {NO_SCHEMA}"),
    ("5", f"Invalid DSL: 5 {NO_SCHEMA}"),
    ("[[u]]", f"Invalid DSL: ['u'] {NO_SCHEMA}"),
    ("[u, u]", f"Invalid DSL: ['u', 'u'] {NO_SCHEMA}"),
    ("[{next: u}]", f"Invalid DSL: 'u' {NO_SCHEMA}"),  # no advanced mappings in lists
    ("[{u: plain}]", f"Invalid DSL: 'plain' {NO_SCHEMA}"),
    ("[{u: true}]", f"Invalid DSL: True {NO_SCHEMA}"),
    ("[{u: '<% ) %>'}]", "Parse error: unexpected ')'"),
    ("[{u: <% 1 %>, t: <% 1 %>}]", f"Invalid DSL: {{'u': '<% 1 %>', 't': '<% 1 %>'}} {NO_SCHEMA}"),
    ("<% $.x %>", f"Invalid DSL: '<% $.x %>' {NO_SCHEMA}"),
    ("u u", f"Invalid DSL: 'u u' {NO_SCHEMA}"),
    ("fail  msg=1", f"Invalid DSL: 'fail  msg=1' {NO_SCHEMA}"),
    ("t-2 msg=1", f"Invalid DSL: 't-2 msg=1' {NO_SCHEMA}"),
    ("'fail(msg=\"x\")'", "Invalid DSL: 'fail(msg=\"x\")' is valid under each of "),  # no blank: two forms at once
    ("'fail( msg=\"x\")'", f"Invalid DSL: 'fail( msg=\"x\")' {NO_SCHEMA}"),
    ("{publish: {}}", "Either 'branch', 'global' or 'atomic' must be specified: "),
    ("{publish: {tags: [x]}}", "Either 'branch', 'global' or 'atomic' must be specified: "),
    ("{publish: {branch: {}}}", "Invalid DSL: {} should be non-empty"),
    ("{publish: {galaxy: {a: 1}}}", f"Invalid DSL: {{'galaxy': {{'a': 1}}}} {NO_SCHEMA}"),
    ("{publish: <% $ %>}", "Invalid DSL: '<% $ %>' is not of type 'object'"),
    ("{publish: {branch: {a: <% ) %>}}}", "Parse error: unexpected ')'"),
    ("{publish: {global: {a: <% ) %>}}}", "Parse error: unexpected ')'"),
    ("{next: []}", f"Invalid DSL: {{'next': []}} {NO_SCHEMA}"),
    ("{next: ghost}", "Task 'ghost' not found."),
    ("{next: {ghost: <% 1 %>}}", "Task 'ghost' not found."),
    ("{next: u, tags: [x]}", f"Invalid DSL: 'u' {NO_SCHEMA}"),
]

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
    ("t: {on-success: g1, on-error: g2, on-complete: g3}", "", "Task 'g3' not found."),
    ("t: {on-success: g1, on-error: g2}", "", "Task 'g2' not found."),
]

ACTIONS = [
    ("{bas: x}", "Invalid DSL: 'base' is a required property"),
    ("{base: ''}", "Invalid DSL: '' should be non-empty"),
    ("{base: ' x y=1'}", "Invalid action/workflow task property:  x y=1"),
    ("{base: x, foo: 1}", "Invalid DSL: Additional properties are not allowed ('foo' was unexpected)"),
    ("{base: x, base-input: {}}", "Invalid DSL: {} should be non-empty"),
    ("{base: x, base-input: {a: <% ) %>}}", "Parse error: unexpected ')'"),
    ("{base: 'x a=<% ) %>'}", "Parse error: unexpected ')'"),
    ("{base: x, output: <% ) %>}", "Parse error: unexpected ')'"),
    ("{base: x, input: []}", "Invalid DSL: [] should be non-empty"),
    ("{base: x, description: 5}", "Invalid DSL: 5 is not of type 'string'"),
    ("5", "Invalid DSL: 5 is not of type 'object'"),
]

BOOK = "version: '2.0'\nname: b\n"
WORKBOOKS = [
    ("", "Invalid DSL: 'name' is a required property"),
    ("name: b", "Invalid DSL: 'version' is a required property"),
    ("version: v2.0\nname: b", "Unsupported DSL version: v2.0"),
    ("version: 3\nname: b", "Unsupported DSL version: 3"),
    ("version: [2]\nname: b", "Unsupported DSL version: [2]"),
    ("version: '2.0'\nname: ''", "Invalid DSL: '' should be non-empty"),
    (BOOK + "recipes: {}", "Invalid DSL: Additional properties are not allowed ('recipes' was unexpected)"),
    (BOOK + "actions: {}", "Invalid DSL: {} should be non-empty"),
    (BOOK + "actions: {a: }", f"Invalid DSL: None {NO_SCHEMA}"),
    (BOOK + "actions: {a: 5}", "Invalid DSL: 5 is not of type 'object'"),
    (BOOK + "actions: {version: '3', a: {base: x}}", "Invalid DSL: '3' is not one of ['2.0', 2.0]"),
    (
        BOOK + "actions: {a b: {base: x}}",
        r"Invalid DSL: 'a b' does not match any of the regexes: '^(?!version$)[\\w-]+$', '^version$'",
    ),
    (
        BOOK + "workflows: {w: 5}",
        "A specification with polymorphic key must be backed by a dictionary [data=5]",
    ),
    (BOOK + "workflows: {w: {tasks: {t: {on-success: g}}}}\nactions: {a: {}}", "Invalid DSL: 'base' is a required "),
]


def first_line(message: str) -> str:
    return message.split("\n")[0]


@pytest.mark.parametrize(("text", "message"), DOCUMENTS)
def test_documents(text: str, message: str) -> None:
    assert first_line(refusal(text)) == message


@pytest.mark.parametrize(("rest", "message"), WORKFLOWS)
def test_workflows(rest: str, message: str) -> None:
    assert first_line(refusal(of_tasks("t: {action: x}", rest))).startswith(message)


@pytest.mark.parametrize(("body", "message"), TASKS)
def test_tasks(body: str, message: str) -> None:
    assert first_line(refusal(of_tasks(f"t: {body}\nu: {{action: x}}"))).startswith(message)


@pytest.mark.parametrize("body", ["{join: all}", "{on-success: u}", "{on-skip: u}"])
def test_reverse_workflows_have_no_transitions(body: str) -> None:
    message = refusal(of_tasks(f"t: {body}\nu: {{action: x}}", "type: reverse"))
    assert message.startswith("Invalid DSL: Additional properties are not allowed (")


@pytest.mark.parametrize("name", ["ghost", "noop"])
def test_requirements_are_tasks(name: str) -> None:
    message = refusal(of_tasks(f"t: {{requires: [{name}]}}", "type: reverse"))
    assert first_line(message) == f"Task '{name}' not found."


@pytest.mark.parametrize("clause", ["on-success", "on-error", "on-complete", "on-skip"])
@pytest.mark.parametrize(("body", "message"), CLAUSES)
def test_clauses(clause: str, body: str, message: str) -> None:
    assert first_line(refusal(of_tasks(f"t:\n  {clause}: {body}\nu: {{action: x}}"))).startswith(message)


@pytest.mark.parametrize(("tasks", "rest", "message"), FIRST)
def test_first_failing_rule_is_reported(tasks: str, rest: str, message: str) -> None:
    assert first_line(refusal(of_tasks(tasks, rest))).startswith(message)


@pytest.mark.parametrize(("body", "message"), ACTIONS)
def test_actions(body: str, message: str) -> None:
    assert first_line(refusal(document(body, "a"), parse_actions)).startswith(message)


@pytest.mark.parametrize(("text", "message"), WORKBOOKS)
def test_workbooks(text: str, message: str) -> None:
    assert first_line(refusal(text, parse_workbook)).startswith(message)


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
