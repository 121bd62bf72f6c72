"""The syntaxes inside strings: §3.2 inline parameters, §3.4 `with-items`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.language.shorthand import items, parameters, split_call
from chalicelib.errors import DefinitionError


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("std.noop", "std.noop", {}),
        ("std.http url=\"http://h/p?a=1\" method='PUT'", "std.http", {"url": "http://h/p?a=1", "method": "PUT"}),
        ("std.http url=http://h/?x=5", "std.http", {"x": 5}),  # bare words are no values
        ("std.echo output=hello", "std.echo", {}),
        ('std.echo output={"a": 1}', "std.echo", {}),  # no bare JSON objects
        ("std.echo output='{\"a\": 1}'", "std.echo", {"output": '{"a": 1}'}),
        ("std.echo a=[1,2] b=[3]", "std.echo", {"a": "[1,2] b=[3]"}),  # up to the last bracket
        ("std.echo a=[1, 2]", "std.echo", {"a": [1, 2]}),
        ("std.echo a=<% $.x %>tail", "std.echo", {"a": "<% $.x %>"}),
        ('std.echo output="<% $.x %> and"', "std.echo", {"output": "<% $.x %> and"}),
        ("<% $.name %> a=1", "<% $.name %>", {"a": 1}),
        ("{{ _.name }} a=1", "{{ _.name }}", {"a": 1}),
        ("my_action (a=1)", "my_action", {"a": 1}),
        ("my_action(a=1)", "my_action(a=1)", {}),  # no blank, no parameters
        ("a\tb=1", "a\tb=1", {}),  # a tab is no separator
        ("a b=1\tc=2\nd=3", "a", {"b": 1, "c": 2, "d": 3}),
        ("a b = 1", "a", {}),  # no blanks around the sign
        ("a b=true c=false d=null e=nullable", "a", {"b": True, "c": False, "d": None, "e": None}),
        ("a b=12.5 c=5abc d=-5 e=007", "a", {"b": 12, "c": 5, "e": 7}),
        ('a n="5" n=6', "a", {"n": 6}),  # the last one wins
        ('a n="5"', "a", {"n": "5"}),
        (r'a n="x\"y"', "a", {"n": "x\\"}),  # no escapes
        ('a n="x\ny"', "a", {"n": "x\ny"}),  # quoted text may span lines
        ("a n=<% x\n %> m=1", "a", {"m": 1}),  # expressions may not
        ('a n={{ 1 }} m={{"x": 1}}', "a", {"n": "{{ 1 }}", "m": '{{"x": 1}}'}),
        ("a n={{ }} b='", "a", {"n": "{{ }}"}),
        ("a n=5b=6", "a", {"n": 5, "b": 6}),
        ("a some-key_1=1 é=2", "a", {"some-key_1": 1, "é": 2}),
        ("a n=[1\n] m=[", "a", {}),
    ],
)
def test_split_call(text: str, name: str, values: object) -> None:
    assert split_call(text) == (name, values)


@pytest.mark.parametrize("text", [" a b=1", '"a" b=1', "=a b=1", "<% a b=1"])
def test_split_call_refuses_text_without_name(text: str) -> None:
    with pytest.raises(DefinitionError, match=r"^Invalid action/workflow task property: "):
        split_call(text)


@pytest.mark.parametrize(
    ("given_items", "found"),
    [
        ("i in <% $.list %>", {"i": "<% $.list %>"}),
        ("i in {{ _.list }}", {"i": "{{ _.list }}"}),
        ("i in [1, 2]", {"i": [1, 2]}),
        ('i in ["a", [1], {"b": 2}]', {"i": ["a", [1], {"b": 2}]}),
        ("i in <% $.x %> junk", {"i": "<% $.x %>"}),  # the tail is ignored
        ("iin<% $.x %>", {"i": "<% $.x %>"}),  # blanks are optional
        ("  in  in\n[1]", {"in": [1]}),
        (["i in [1]", "j-1 in [2]", "i in [3]"], {"i": [3], "j-1": [2]}),  # the later one wins
    ],
)
def test_items(given_items: object, found: object) -> None:
    assert items(given_items, {}) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "i in []",
            "Wrong format of 'with-items' property. Please use format 'var in {[some, list] | <% $.array %> }: ",
        ),
        ("i in abc", "Wrong format of 'with-items' property."),
        ("i on <% $.x %>", "Wrong format of 'with-items' property."),
        ("i in {% for %}", "Wrong format of 'with-items' property."),
        ("i in <% a\n %>", "Wrong format of 'with-items' property."),
        ("a.b in [1]", "Wrong format of 'with-items' property."),
        ("i in ['a']", "Invalid array in 'with-items' clause: ['a'], error: Expecting value: line 1 column 2 (char 1)"),
        ("i in " + "[" * 2000 + "]" * 2000, "Invalid array in 'with-items' clause: "),
    ],
)
def test_items_refuses(text: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        items(text, {})
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize("opener", ['"', "'", "{{", "<%", "[", "a", "<% x %>", "={{"])
def test_parameters_take_linear_time(opener: str) -> None:
    parameters(f"x {f'a={opener}' * 50_000}")  # a backtracking search would not come back from some of these


@given(
    st.dictionaries(st.from_regex(r"[-a-zA-Z0-9_]+", fullmatch=True), st.text(st.characters(exclude_characters='"')))
)
def test_quoted_values_are_kept(values: dict[str, str]) -> None:
    text = " ".join(["name", *(f'{key}="{value}"' for key, value in values.items())])
    assert split_call(text) == ("name", values)
