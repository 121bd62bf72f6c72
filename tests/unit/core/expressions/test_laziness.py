"""Only what an expression reads is loaded; errors of loading keep their meaning; nothing is changed or shared."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.expressions import evaluate, is_expression
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import Unavailable
from tests.unit.core.expressions.asking import FixedAsks, Watched, error_of, refusal_of, value_of

VALUES: JsonDict = {"x": {"y": [1, 2]}, "big": "b" * 100, "n": 1, "__env": {}, "__task_execution": {"id": "t"}}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("plain", []),
        ("<% 1 + 1 %>", []),
        ("<% $.x.y %>", ["x"]),
        ("<% $.n + $.n %>", ["n"]),
        ("<% $.get(n) %>", ["n"]),
        ("<% $.x.y.select($ + 1) %>", ["x"]),
        ("a <% $.n %> <% $.n %>", ["n"]),
        ("<% $.containsKey(big) %>", []),
        ("<% $.get(ghost, 1) %>", ["ghost"]),
        ("{{ 1 + 1 }}", []),
        ("{{ _.x.y }}", ["x"]),
        ("{{ _['n'] }}", ["n"]),
        ("{{ _.get('n') }}", ["n"]),
        ("{{ 'big' in _ }}", []),
        ("{{ _.ghost is defined }}", ["ghost"]),
        ("a {{ _.n }}", ["n"]),
        ("{{ __env }}", ["__env"]),
        ("{{ task('a').name }}", []),
        ("<% $.foo() %>", []),  # not even for the message
        ("{{ _.foo() }}", ["foo"]),
    ],
)
def test_reads_only_what_is_named(text: str, read: list[str]) -> None:
    data = Watched(VALUES)
    assert error_of(text, data) == "" or "foo" in text
    assert data.read == read


def test_one_call_loads_a_variable_once_for_all_its_yaql_expressions() -> None:
    data = Watched(VALUES)
    evaluate({"a": "<% $.n %>", "b": ["<% $.n + 1 %>", "<% $.x.y %>"]}, data, FixedAsks())
    assert data.read == ["n", "x"]


@pytest.mark.parametrize("text", ["<% $ %>", "{{ _ }}", "<% json_parse(json_dump($)) %>"])
def test_the_whole_root_can_be_asked_for(text: str) -> None:
    assert evaluate(text, Watched(VALUES, walkable=True), FixedAsks()) == VALUES


class Failing(Mapping[str, Json]):
    """Data whose store is down."""

    def __getitem__(self, name: str) -> Json:
        raise Unavailable

    def __iter__(self) -> Iterator[str]:
        raise Unavailable

    def __len__(self) -> int:
        raise Unavailable


@pytest.mark.parametrize("text", ["<% $.x %>", "<% $.get(x) %>", "{{ _.x }}", "a {{ _.x }}", "{{ _.get('x') }}"])
def test_an_error_that_a_retry_can_help_is_not_the_fault_of_the_expression(text: str) -> None:
    with pytest.raises(Unavailable):
        evaluate(text, Failing(), FixedAsks())


@pytest.mark.parametrize("text", ["<% $.x %>", "{{ _.x }}", "<% $.x.y %>", "{{ _.x.y }}", "<% $ %>"])
def test_the_result_shares_nothing_with_the_data(text: str) -> None:
    data = copy.deepcopy(VALUES)
    result = value_of(text, data)
    while isinstance(result, dict):
        inner = next(iter(result.values()))
        result.clear()
        result = inner
    if isinstance(result, list):
        result.clear()
    assert data == VALUES


@given(JSON)
@settings(deadline=None)
def test_a_value_without_expressions_is_returned_unchanged(value: Json) -> None:
    if not any(is_expression(text) for text in texts(value)):
        assert value_of(value) == value


@given(JSON)
@settings(deadline=None)
def test_data_passes_through_both_languages_unchanged(value: Json) -> None:
    before = copy.deepcopy(value)
    assert value_of(["<% $.v %>", "{{ _.v }}", "<% [$.v] %>", "{{ [_.v] }}"], {"v": value}) == [
        before,
        before,
        [before],
        [before],
    ]
    assert value == before


@given(st.text(st.sampled_from("$.()[]{}'\"ab01+-*/=<>%_, |~!?\\#\n"), max_size=30))
@settings(deadline=None, max_examples=300)
def test_any_text_is_evaluated_or_refused(text: str) -> None:
    for expression in (f"<% {text} %>", "{{ " + text + " }}", "{% " + text + " %}{{ 1 }}", text):
        refusal_of(expression)
        error_of(expression, {"a": {"b": [1]}, "b": "text"})


def test_threads_do_not_meet() -> None:
    failures: list[object] = []

    def work(number: int) -> None:
        for turn in range(40):
            data: JsonDict = {"n": number, "t": turn}
            wanted = [number + turn, f"{number}:{turn}"]
            if value_of([f"<% $.n + $.t + {turn} - {turn} %>", "{{ _.n }}:{{ _.t }}"], data) != wanted:
                failures.append((number, turn))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)


def test_keys_are_never_evaluated() -> None:
    assert value_of({"<% 1 %>": "<% 1 %>", "{{ 2 }}": ["{{ 2 }}"]}) == {"<% 1 %>": 1, "{{ 2 }}": [2]}
