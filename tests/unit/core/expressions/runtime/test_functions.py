"""The functions of the language, in both languages."""

from __future__ import annotations

import pytest

from chalicelib.core.jsontext import Json, JsonDict
from tests.unit.core.expressions.asking import EXECUTION, FixedAsks, error_of, value_of

DATA: JsonDict = {"d": {"k": [1, None, True], "a": "text"}, "__task_execution": {"id": "t-1", "name": "a"}}
FIRST_ID = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize(
    ("yaql", "jinja", "expected"),
    [
        ("env()", "env()", {"region": "north", "nested": {"k": [1, 2]}}),
        ("env().nested.k", "env().nested.k", [1, 2]),
        ("env().get(zone, none)", "env().get('zone', 'none')", "none"),
        ("execution()", "execution()", EXECUTION),
        ("execution().input.x", "execution().input.x", 1),
        ("task().name", "task().name", "a"),
        ("task(b).result", "task('b').result", 7),
        ("task(taskName => b).result", "task(task_name='b').result", 7),
        ("task(ghost)", "task('ghost')", None),
        ("tasks(execution().id).name", "tasks(execution().id) | map(attribute='name')", ["a", "b"]),
        ("executions(id => execution().id).len()", "executions(id=execution().id) | length", 1),
        ("global(v)", "global('v')", 41),
        ("global(varName => v)", "global(var_name='v')", 41),
        ("global(w)", "global('w')", None),
        ("uuid()", "uuid()", FIRST_ID),
        ("json_parse('[1, {\"a\": null}]')", "json_parse('[1, {\"a\": null}]')", [1, {"a": None}]),
        ("json_parse(data => '1')", "json_parse(data='1')", 1),
        (
            "json_dump({b => [1, null]})",
            "json_dump({'b': [1, none] })",
            '{\n    "b": [\n        1,\n        null\n    ]\n}',
        ),
        ("json_dump(range(2))", "json_dump(range(2))", "[\n    0,\n    1\n]"),
        ("json_dump(é)", "json_dump('é')", '"\\u00e9"'),
        ("yaml_dump($.d)", "yaml_dump(_.d)", "a: text\nk:\n- 1\n- null\n- true\n"),
        ("yaml_dump(é)", "yaml_dump('é')", '"\\xE9"\n'),
        ("yaml_dump([$.d.a, $.d.a])", "yaml_dump([_.d.a, _.d.a])", "- text\n- text\n"),
        ("yaml_parse('a: [1, two]')", "yaml_parse('a: [1, two]')", {"a": [1, "two"]}),
        ("yaml_parse('a: *b')", "yaml_parse('a: *b')", {"a": "*b"}),
        ("yaml_parse('&a b')", "yaml_parse('&a b')", "&a b"),
        ("yaml_parse('2020-01-02')", "yaml_parse('2020-01-02')", "2020-01-02"),
        ("yaml_parse('a: !!binary aGk=')", "yaml_parse('a: !!binary aGk=')", {"a": "hi"}),
    ],
)
def test_both_languages(yaql: str, jinja: str, expected: Json) -> None:
    assert value_of(f"<% {yaql} %>", DATA) == expected
    assert value_of("{{ " + jinja + " }}", DATA) == expected


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("<% executions() %>", (None, None, None, None, None)),
        ("<% executions(e, null, RUNNING) %>", ("e", None, "RUNNING", None, None)),
        ("<% executions(rootExecutionId => r, toTime => t) %>", (None, "r", None, None, "t")),
        ("{{ executions(root_execution_id='r', from_time='f') }}", (None, "r", None, "f", None)),
        ("<% tasks() %>", (None, False, None, False)),
        ("<% tasks(e, false, ERROR) %>", ("e", False, "ERROR", False)),
        ("<% tasks(workflowExecutionId => e, state => ERROR, flat => true) %>", ("e", False, "ERROR", True)),
        ("{{ tasks('e', recursive=true, state='ERROR') }}", ("e", True, "ERROR", False)),
        ("<% tasks(null, null) %>", (None, False, None, False)),
        ("<% task() %>", (None,)),
    ],
)
def test_arguments_reach_the_run(text: str, asked: tuple[object, ...]) -> None:
    asks = FixedAsks()
    value_of(text, DATA, asks)
    assert asks.asked == [asked]


@pytest.mark.parametrize(
    "call",
    [
        "executions(root_execution_id => x)",  # YAQL spells parameters in camelCase
        "tasks(workflow_execution_id => x)",
        "task(name => a)",
        "global(name => v)",
        "json_dump(value => 1)",
        "json_parse(text => '1')",
    ],
)
def test_unknown_arguments_in_yaql(call: str) -> None:
    assert "matches supplied arguments" in error_of(f"<% {call} %>", DATA)


def test_fields_of_executions_cannot_be_read_in_yaql() -> None:
    assert 'error=Unknown function "#property#name"' in error_of("<% executions().first().name %>")
    assert value_of("<% executions().first() %>") == [[name, value] for name, value in EXECUTION.items()]
    assert value_of("{{ executions()[0].name }}") == "flow"


def test_task_needs_a_current_task_in_jinja_only() -> None:
    assert error_of("{{ task('b').result }}").endswith("error='__task_execution']")
    assert value_of("<% task(b).result %>") == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ 5 | uuid | length }}", 36),
        ("{{ 5 | json_dump([1]) }}", "[\n    1\n]"),
        ("{{ 1 | yaml_parse('1') }}", 1),
        ("{{ _ | env }}", {"region": "north", "nested": {"k": [1, 2]}}),
        ("{{ _ | global('v') }}", 41),
        ("{{ 1 | tasks | length }}", 2),
    ],
)
def test_filters_do_not_take_the_piped_value(text: str, expected: Json) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize(
    "text", ["{{ _.d | json_dump }}", "{{ 5 | env }}", "{{ 'a' | task }}", "{{ 'v' | global }}", "{{ 1 | execution }}"]
)
def test_filters_that_fail(text: str) -> None:
    assert error_of(text, DATA).startswith("Can not evaluate Jinja expression")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<% json_parse('{') %>", "Expecting property name enclosed in double quotes"),
        ("{{ json_parse('{') }}", "Expecting property name enclosed in double quotes"),
        ("<% yaml_parse('{') %>", "while parsing a flow node"),
        ("{{ yaml_parse('!!python/object:os.system x') }}", "could not determine a constructor for the tag"),
        ("<% yaml_parse('[' * 101 + ']' * 101) %>", "more than 100 levels of nesting"),
        ("{{ yaml_parse('7' * 401) }}", "a number of 401 characters is too long"),
    ],
)
def test_texts_that_do_not_parse(text: str, reason: str) -> None:
    assert reason in error_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<% now() %>", "2026-11-23T07:10:05.000250"),
        ("<% now(timespan(hours => 3)).hour %>", 10),
        ("<% now() - now() < timespan(days => 1) %>", True),
        ("<% localtz() = timespan() and utctz() = timespan() %>", True),
        ("<% datetime('10:00') %>", "2026-11-23T10:00:00.000000"),  # the day is that of the step
        ("<% datetime('2020-01-02 10:00 CET') = datetime('2020-01-02 10:00 UTC') %>", True),
        ("<% random(3, 3) %>", 3),
        ("{{ [4, 4] | random }}", 4),
    ],
)
def test_time_comes_from_the_run(text: str, expected: Json) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize("text", ["<% random() %>", "<% random(1, 1000000) %>", "{{ range(99999) | random }}"])
def test_chance_repeats_with_the_run_and_differs_within_it(text: str) -> None:
    asks = FixedAsks()
    first, second = value_of(text, asks=asks), value_of(text, asks=asks)
    assert first != second
    assert value_of(text) == first


def test_yaql_sees_function_results_as_they_are_and_data_as_immutable() -> None:
    assert value_of("<% json_parse('[1]') = [1] %>") is False
    assert value_of("<% yaml_parse(yaml_dump($.d)) = $.d %>", DATA) is False
