"""The static checks: first line of the message for each broken rule, as Mistral 23.0.0 words it."""

from __future__ import annotations

import pytest

from chalicelib.core.language import parse_actions, parse_workbook
from tests.unit.core.language.writing import document, first_line, of_tasks, refusal

NO_SCHEMA = "is not valid under any of the given schemas"
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
    ("{retry: {count: 1, delay: 1, backoff: 0.5}}", f"Invalid DSL: 0.5 {NO_SCHEMA}"),
    ("{retry: 'count=1 delay=1 backoff=1001'}", f"Invalid DSL: 1001 {NO_SCHEMA}"),
    ("{retry: {count: 1, delay: 1, backoff: .inf}}", f"Invalid DSL: inf {NO_SCHEMA}"),
    ("{retry: {count: 1, delay: 1, max-delay: 1.5}}", f"Invalid DSL: 1.5 {NO_SCHEMA}"),
    ("{retry: {count: 1, delay: 1, jitter: 2}}", f"Invalid DSL: 2 {NO_SCHEMA}"),
    ("{retry: {count: 1, delay: 1, jitter: <% ) %>}}", "Parse error: unexpected ')'"),
    ("{tolerate: -1}", f"Invalid DSL: -1 {NO_SCHEMA}"),
    ("{tolerate: 0.5}", f"Invalid DSL: 0.5 {NO_SCHEMA}"),
    ("{tolerate: 101%}", f"Invalid DSL: '101%' {NO_SCHEMA}"),
    ("{tolerate: many}", f"Invalid DSL: 'many' {NO_SCHEMA}"),
    ("{tolerate: <% ) %>}", "Parse error: unexpected ')'"),
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


@pytest.mark.parametrize(("body", "message"), ACTIONS)
def test_actions(body: str, message: str) -> None:
    assert first_line(refusal(document(body, "a"), parse_actions)).startswith(message)


@pytest.mark.parametrize(("text", "message"), WORKBOOKS)
def test_workbooks(text: str, message: str) -> None:
    assert first_line(refusal(text, parse_workbook)).startswith(message)
