"""Documents with several members: names, order and the text that is stored for each (§8, §9.4)."""

from __future__ import annotations

import yaml

from chalicelib.core.language import parse_actions, parse_workbook, parse_workflows
from tests.unit.core.language.writing import document

TWO = """version: 2.0 # kept as given
# lost
first:
  input: [a, {b: 'x'}]
  tasks: {t: {action: std.echo, input: {output: '5'}}}
second:
  tasks:
    z: {on-success: a, description: '2020-01-01', input: {c: "multi\\nline", n: ~, s: ' x', u: 'é'}}
    a: {input: '<% $.a %>'}
"""

BOOK = """version: '2.0'
name: kit
description: hi
tags: [x]
actions:
  # comment
  hello:
    base: std.echo output="hi <% $.who %>"   # c
    input: [who]

  loud: {base: kit.hello}
workflows:
  main:
    # inside
    tasks:
      a: {action: hello who="x"}

      b: {workflow: other}
  # after
  "other":
    tasks:
      c: {action: kit.hello who="y"}
"""


def test_single_member_keeps_the_text() -> None:
    text = document("{tasks: {t: {action: x}}}") + "# comment\n"
    assert parse_workflows(text)[0].text == text


def test_several_members_get_documents_of_their_own() -> None:
    first, second = parse_workflows(TWO)
    assert (first.spec.name, second.spec.name) == ("first", "second")
    assert first.text == (
        "version: 2.0\nfirst:\n  input:\n  - a\n  - b: x\n  tasks:\n    t:\n"
        "      action: std.echo\n      input:\n        output: '5'\n"
    )
    for text, name in ((first.text, "first"), (second.text, "second")):
        assert yaml.safe_load(text) == {key: yaml.safe_load(TWO)[key] for key in ("version", name)}
    assert parse_workflows(second.text)[0].spec == second.spec


def test_equal_values_are_repeated_not_anchored() -> None:
    text = "version: '2.0'\na: {tasks: {t: &x {}}}\n".replace("&x {}", "{input: {k: [1], l: [1]}}")
    (definition, _) = parse_workflows(text + "b: {tasks: {t: {action: x}}}\n")
    assert "&" not in definition.text


def test_actions_of_one_document_share_its_text() -> None:
    text = "version: '2.0'\na: {base: std.noop}\nb: {base: std.noop}\n"
    assert [(each.spec.name, each.text) for each in parse_actions(text)] == [("a", text), ("b", text)]


def test_workbook() -> None:
    book = parse_workbook(BOOK)
    assert (book.name, book.description, book.tags) == ("kit", "hi", ("x",))
    assert [each.spec.name for each in book.actions] == ["kit.hello", "kit.loud"]
    assert [each.spec.name for each in book.workflows] == ["kit.main", "kit.other"]
    assert book.body == yaml.safe_load(BOOK)


def test_workbook_member_text_is_cut_out() -> None:
    book = parse_workbook(BOOK)
    assert [each.text for each in book.actions] == [
        'hello:\n  base: std.echo output="hi <% $.who %>"   # c\n  input: [who]\n',
        "loud:\n  base: kit.hello\n",  # not in block style: written anew
    ]
    assert [each.text for each in book.workflows] == [
        'main:\n  # inside\n  tasks:\n    a: {action: hello who="x"}\n\n    b: {workflow: other}\n# after\n',
        'other:\n  tasks:\n    c:\n      action: kit.hello who="y"\n',
    ]


def test_workbook_members_that_are_merged_in_have_a_text() -> None:
    book = parse_workbook("version: '2.0'\nname: b\n<<: {actions: {<<: {a: {base: std.noop}}}}\n")
    assert [each.text for each in book.actions] == ["a:\n  base: std.noop\n"]
