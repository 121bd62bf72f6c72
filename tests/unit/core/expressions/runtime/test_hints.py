"""Further lines for errors whose text helps nobody."""

from __future__ import annotations

import pytest

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import ExpressionError
from tests.unit.core.expressions.asking import FixedAsks, error_of, hint_of, value_of

DATA: JsonDict = {"text": "t", "none": None, "yes": True, "list": [1], "rows": [{"a": 1}], "map": {"k": 1, "m": 2}}


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("$.openstack.project_id", ["There is no variable 'openstack'", "$.get(openstack)"]),
        ("$.list.where($ > 5 and $.x)", []),
        ("$.map.nope", ["no key 'nope'", ".get(nope)", "Its keys: k, m."]),
        ("$.map[nope]", ["no key 'nope'", "Its keys: k, m."]),
        ("$.rows.nope", ["no key 'nope'", "Its keys: a."]),
        ("$.rows.select($.nope)", ["no key 'nope'", "Its keys: a."]),
        ("{a => 1}.nope", ["no key 'nope'"]),
        ("$.map[0]", ["is a mapping, not a list"]),
        ("$.text.url", ["the value before .url is a text"]),
        ("$.none.url", ["is null"]),
        ("$.yes.url", ["is true or false"]),
        ("$.list.url", ["is a number"]),  # an item
        ("$.list[0].url", ["is a number"]),
        ("task(a).result.url", ["is a number"]),
        ("$.rows.select($.a.url)", ["is a number"]),
        ("$.text['spec']", ["Only lists and mappings can be read with [ ]", "is a text"]),
        ("$.none[0]", ["is null"]),
        ("$.list[spec]", ["is a list", "by their numbers"]),
        ("$.rows[$.text[0]]", ["is a text"]),
        ("$.list.where($ > 5).first()", ["The list has no items"]),
        ("$.list.where($ > 5).last()", ["The list has no items"]),
        ("'{0}'.format(1)", ["YAQL has no format() for texts", "replace("]),
        ("format('{0}', 1)", ["YAQL has no format() for texts"]),
        ("json_pp($.map)", ["use json_dump()"]),
        # these say enough
        ("foo()", []),
        ("1 / 0", []),
        ("$.list[7]", []),
        ("$.text.foo()", []),
    ],
)
def test_yaql(expression: str, parts: list[str]) -> None:
    hint = hint_of(f"<% {expression} %>", DATA)
    assert [part for part in parts if part not in hint] == []
    assert bool(hint) is bool(parts)
    assert "\n" not in hint


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{{ json_pp(_) }}", "use json_dump()"),
        ("{{ task('a') }}", "Jinja's task() needs one"),
        ("{{ _.nope }}", ""),
    ],
)
def test_jinja(text: str, part: str) -> None:
    hint = hint_of(text, DATA)
    assert part in hint
    assert bool(hint) is bool(part)


def test_a_hint_is_bounded() -> None:
    keys: Json = {f"key{number:03}" + "x" * 1000: 1 for number in range(100)}
    hint = hint_of("<% $.m.nope %>", {"m": keys})
    assert "key009" in hint
    assert "key010" not in hint
    assert len(hint) < 1500


def test_it_stands_below_the_text_of_mistral() -> None:
    with pytest.raises(ExpressionError) as caught:
        value_of("<% $.nope %>", DATA, FixedAsks())
    first, *further = caught.value.message.split("\n")
    assert first == error_of("<% $.nope %>", DATA) == caught.value.brief
    assert further == [caught.value.hint]
