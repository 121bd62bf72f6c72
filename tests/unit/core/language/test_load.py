"""YAML as Mistral reads it (§1.2), the bounds, and the way back to a place in the text."""

from __future__ import annotations

import pytest

from chalicelib.core import yaml_text
from chalicelib.core.language.yaml_loader import load, place, plain
from chalicelib.errors import DefinitionError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),  # an empty document is an empty mapping
        ("~", {}),
        ("--- \na: 1", {"a": 1}),  # one leading document mark is fine
        ("a: yes\nb: off\nc: ~\nd:", {"a": True, "b": False, "c": None, "d": None}),  # YAML 1.1 words
        ("a: 0777\nb: 1:30\nc: 2.50", {"a": 511, "b": 90, "c": 2.5}),  # octal, sexagesimal
        ("x: &a 5\ny: *a", {"x": "&a 5", "y": "*a"}),  # anchors and aliases are ordinary text
        ("x: @abc\ny: [&b, *c]", {"x": "@abc", "y": ["&b", "*c"]}),
        ("a: {<<: {b: 1}, c: 2}", {"a": {"b": 1, "c": 2}}),  # a merge key with an inline mapping
        ("a: 1\na: 2", {"a": 2}),  # the last of equal keys wins
        ('{"a": [1, {"b": null}]}', {"a": [1, {"b": None}]}),  # JSON is YAML
        ("a: <% $.x * 2 %>", {"a": "<% $.x * 2 %>"}),
        ("a: 'é😀'", {"a": "é😀"}),
        ('{"\\ud83d\\ude00": ["x \\ud83d\\ude00", {"b": "\\uD83D\\uDE00\\u00e9"}]}', {"😀": ["x 😀", {"b": "😀é"}]}),
        ("a: '\\ud83d\\ude00'", {"a": "\\ud83d\\ude00"}),  # escapes count between double quotes only
    ],
)
def test_load_reads(text: str, value: object) -> None:
    assert load(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b: c", 'mapping values are not allowed here\n  in "<unicode string>", line 1, column 5:'),
        ("a: 1\n---\nb: 1", "expected a single document in the stream"),
        ("a:\n\tb: 1", "found character '\\t' that cannot start any token"),
        ("!!python/object:os.system {}", "could not determine a constructor for the tag 'tag:yaml.org,2002:python/"),
        ("a: !foo 5", "could not determine a constructor for the tag '!foo'"),
        ("t: &a {k: v}", "mapping values are not allowed here"),
        ("{[1]: 2}", "found unhashable key"),
        ("a: \x01", "unacceptable character #x0001"),
        ("a: `x", "found character '`' that cannot start any token"),
        ("a: !!int x", "invalid literal for int()"),
        ("a: !!timestamp x", "a value does not fit its tag"),
        ("a: 2020-99-99", "month must be in 1..12"),
        ('a: "\\ud800"', "\\ud800 is half a character without the other half: surrogates not allowed"),
        ('a: "\\ude00\\ud83d"', "\\ude00 is half a character without the other half"),
        ('{"\\ud83d": 1}', "\\ud83d is half a character without the other half"),
        ("a: \ud800", "surrogates not allowed"),
        ("1" * 500, "a number of 500 characters is too long"),
        ("[" * 101 + "]" * 101, "more than 100 levels of nesting"),
        ("[" * 100_000, "more than 100 levels of nesting"),
        ("x" * (yaml_text.MAX_BYTES + 1), "the text is longer than 1048576 bytes"),
        ("[" + "," * 5 + "]", "expected the node content, but found ','"),
        ("[" + "1," * 250_000 + "]", "more than 250000 values"),
    ],
)
def test_load_refuses(text: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        load(text)
    assert caught.value.message.startswith("Definition could not be parsed: ")
    assert caught.value.message.endswith("\n")
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("a", "b"), (2, 6)),
        (("a", "c", 1), (4, 5)),
        (("a", "nothing", "at all"), (2, 3)),  # the innermost one that is there
        ((), (1, 1)),
    ],
)
def test_place(path: tuple[str | int, ...], found: tuple[int, int]) -> None:
    assert place("a:\n  b: 1\n  c: [0,\n    5]\n", path) == found


def test_place_of_repeated_key_is_the_one_that_counts() -> None:
    assert place("a: 1\na: 2", ("a",)) == (2, 4)


def test_place_is_unknown_in_text_that_is_no_yaml() -> None:
    assert place("a: b: c", ("a",)) is None


def test_plain_makes_json() -> None:
    value = load("a: [2020-01-01, !!binary YQ==, !!set {d, c}, !!omap [x: 1]]\n5: {yes: 1, ~: 2, 2020-01-01: 3}")
    assert plain(value) == {
        "a": ["2020-01-01", "a", ["c", "d"], [["x", 1]]],
        "5": {"true": 1, "null": 2, "2020-01-01": 3},
    }
