"""Which texts are expressions, and which are refused when a definition is created."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.expressions import is_expression
from chalicelib.core.expressions.runtime.syntax import is_jinja, is_yaql, jinja_blocks, yaql_blocks
from tests.unit.core.expressions.asking import refusal_of, value_of

MIXED = (
    "The line already contains an expression of type 'jinja'. Mixing expression types in a single line is not allowed."
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ("plain", False),
        ("<% $.a %>", True),
        ("a <%1%> b", True),
        ("{{ _.a }}", True),
        ("{% if _.a %}x{% endif %}", True),
        ("first\nthen <% $.a %>", True),
        ("<% $.a\n %>", False),  # never across a line end
        ("{{ _.a\n }}", False),
        ("{%\nif x %}", False),
        ("<% lonely", False),
        ("lonely %>", False),
        ("{{ lonely", False),
        ("%> <%", False),
        ("{# remark #}", False),
        ("{ { 1 } }", False),
    ],
)
def test_is_expression(text: str, expected: bool) -> None:
    assert is_expression(text) is expected


@pytest.mark.parametrize(
    "text", ["plain", "<% $.a %>", "<% frobnicate(1) %>", "{{ _.a | nofilter }}", "{{ {'a': {'b': 1}} }}", "<% $.a\n"]
)
def test_check_accepts(text: str) -> None:
    assert refusal_of(text) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<% $..x %>", "Parse error: unexpected '.' at position 3 of expression ' $..x '"),
        ("<% %>", "Parse error: unexpected end of statement"),
        ("<%%>", "Parse error: unexpected end of statement"),
        ("<% 1 %> and <% 1 + %>", "Parse error: unexpected end of statement"),
        ("<% a b %>", "Parse error: unexpected 'b' at position 3 of expression ' a b '"),
        ("<% $ ~ %>", "Lexical error: illegal character '~' at position 3"),
        ("<% 'a %>", "Lexical error: illegal character ''' at position 1"),
        ("<% 'ab%' + '%> %>", "Lexical error: illegal character ''' at position 9"),  # quotes do not hide %>
        ("<% $.__env %>", "Lexical error: illegal character '_' at position 3"),
        ("{{ 1 + }}", "Syntax error 'unexpected 'end of print statement''."),
        ("x {{ 1 + }}", "Syntax error 'unexpected 'end of print statement''."),
        ("{{ 1 }} {% if %}", "Syntax error 'Expected an expression, got 'end of statement block''."),
        ("{{ }}", "Syntax error 'Expected an expression, got 'end of print statement''."),
        ("<% 1 %> {{ 1 }}", MIXED),
        ("{{ 1 }} <% 1 %>", MIXED),
        ("{{ 1 }}\n<% 1 %>", MIXED),  # "line" means the whole value
        ("{{ '<% 1 %>' }}", MIXED),
        ("{% raw %}<% 1 %>{% endraw %}", MIXED),
    ],
)
def test_check_refuses(text: str, message: str) -> None:
    assert refusal_of(text) == message


def test_a_mixed_text_deep_in_a_value_is_taken_as_jinja() -> None:
    assert value_of({"a": ["<% 1 %> {{ 1 }}"]}) == {"a": ["<% 1 %> 1"]}


@given(st.text(st.sampled_from("<%>{}\n\rx "), max_size=30))
def test_blocks_are_those_that_a_regular_expression_finds(text: str) -> None:
    assert yaql_blocks(text) == re.findall(r"<%(.*?)%>", text)
    assert jinja_blocks(text) == re.findall(r"\{\{(.*?)\}\}", text)
    assert is_yaql(text) == bool(re.search(r"<%.*?%>", text))
    assert is_jinja(text) == bool(re.search(r"\{\{.*?\}\}|\{%.*?%\}", text))
