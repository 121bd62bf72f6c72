"""Values of Jinja expressions; every expected value was recorded from Mistral 23.0.0 unless a remark says otherwise."""

from __future__ import annotations

import pytest

from chalicelib.core.jsontext import Json, JsonDict
from tests.unit.core.expressions.asking import error_of, value_of

DATA: JsonDict = {
    "n": 5,
    "m": "x",
    "z": None,
    "ok": True,
    "l": [3, 1, 2],
    "d": {"a": {"b": [10, 20]}, "odd key": 1},
    "who": "Ann",
    "items": 5,
    "__env": {"e": 1},
    "__execution": {"id": "ex-1"},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # exactly one {{ }} keeps its type
        ("{{ _.n }}", 5),
        ("{{_.n}}", 5),
        ('{{ "5" }}', "5"),
        ("{{ none }}", None),
        ("{{ _.l }}", [3, 1, 2]),
        ("{{ (1, 2) }}", [1, 2]),
        ("{{ {1: 2} }}", {"1": 2}),
        ("{{ range(3) }}", [0, 1, 2]),
        ("{{ range(3) | map('string') }}", ["0", "1", "2"]),
        ("{{ {'a': 1}.items() }}", [["a", 1]]),
        ("{{ 'a'.encode() }}", "a"),
        # else a text
        (" {{ _.n }}", " 5"),
        ("{{ _.n }} ", "5 "),
        ("{{ _.n }}{{ _.m }}", "5x"),
        ("z={{ _.z }}", "z=None"),
        ("{{ _.l }}{{ _.ok }}", "[3, 1, 2]True"),
        ("{{ range(3) }}!", "range(0, 3)!"),
        ("{{ {'a': {'b': 1}} }}", "{'a': {'b': 1}}"),  # cut at the first }}
        ("{{ {'a': {'b': 1} } }}", {"a": {"b": 1}}),
        ("{# remark #}{{ 1 }}", "1"),
        ("Dear {{ _.who }},\n  twice {{ _.who }}.\nBye\n", "Dear Ann,\n  twice Ann.\nBye"),
        ("{% for x in _.l %}{{ x }};{% endfor %}", "3;1;2;"),
        ("{% for i in _.l %}{{ loop.index }}{{ '' if loop.last else ',' }}{% endfor %}", "1,2,3"),
        ("{% for i in _.l if i > 1 %}{{ i }}/{{ loop.length }} {% else %}none{% endfor %}", "3/2 2/2 "),
        ("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}", "a1"),
        ("{% if _.n %}a{% endif %}{{ 1 }}", "a1"),
        ("{% set x = 4 %}{{ x }}", "4"),
        ("{% set a, b = 1, 2 %}{{ a + b }}", "3"),
        ("{% macro f(x) %}[{{ x }}]{% endmacro %}{{ f(3) }}", "[3]"),
        ("  {% if true %}\nx{{ 1 }}\n  {% endif %}\n", "x1\n"),  # trim_blocks and lstrip_blocks
        ("a{{ 1 if false }}", "a"),
        # access
        ("{{ _.d.a.b[1] }}", 20),
        ("{{ _.d['odd key'] }}", 1),
        ("{{ _.d.get('x', 'dflt') }}", "dflt"),
        ("{{ _.d | list | sort }}", ["a", "odd key"]),
        ("{{ _.d.a.b[:1] }}", [10]),
        ("{{ _['n'] }}", 5),
        ("{{ _.get('nope') }}", None),
        ("{{ _['items'] }}", 5),
        ("{{ 'n' in _ }}", True),
        ("{{ _.ghost is defined }}", False),
        ("{{ _.ghost | default('none such') }}", "none such"),
        ("{{ __env }}", {"e": 1}),
        ("{{ __execution.id }}", "ex-1"),
        ("{{ __task_execution }}", None),
        # operators
        ("{{ 7 / 2 }}", 3.5),
        ("{{ 7 // 2 }}", 3),
        ("{{ 7 % 2 }}", 1),
        ("{{ 7 ** 2 }}", 49),
        ("{{ 10 ** 30 }}", 10**30),
        ("{{ 'ab' * 2 }}", "abab"),
        ("{{ [1] + [2] }}", [1, 2]),
        ("{{ '%s-%d' % ('a', 2) }}", "a-2"),
        ("{{ '{}-{x}'.format(1, x=2) }}", "1-2"),
        ("{{ '{n:>3}'.format_map(_) }}", "  5"),
        ("{{ _.n ~ '-' ~ _.m ~ none }}", "5-xNone"),
        ("{{ 'big' if _.n > 5 else 'small' }}", "small"),
        ("{{ 2 in [1, 2] }}", True),
        ("{{ _.n is number }}", True),
        ("{{ [_.n, _.m] }}", [5, "x"]),
        # filters
        ("{{ _.l | join('-') }}", "3-1-2"),
        ("{{ _.l | sort }}", [1, 2, 3]),
        ("{{ _.l | tojson }}", "[3, 1, 2]"),
        ("{{ _.l | batch(2) | list }}", [[3, 1], [2]]),
        ("{{ _.l | slice(2) | list }}", [[3, 1], [2]]),
        ("{{ '%s-%d' | format('a', 2) }}", "a-2"),
        ("{{ 'aXa' | replace('a', 'b') }}", "bXb"),
        ("{{ 'aXa'.replace('a', 'b', 1) }}", "bXa"),
        ("{{ '-'.join(['a', 'b']) }}", "a-b"),
        ("{{ 'a' | center(3) }}", " a "),
        ("{{ 'a\\nb' | indent(2) }}", "a\n  b"),
        ("{{ '<b>' | e }}", "&lt;b&gt;"),
        ("{{ namespace(a=1).a }}", 1),
        ("{{ dict(a=1) }}", {"a": 1}),
        ("{{ cycler(1, 2).next() }}", 1),
        ("{{ 1 if false }}", None),  # Mistral's execution never ends
    ],
)
def test_value(text: str, expected: Json) -> None:
    assert value_of(text, DATA) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ nope }}", "'nope' is undefined"),
        ("a {{ nope }} b", "'nope' is undefined"),
        ("{{ _.nope }}", "'_' has no attribute 'nope'"),  # Mistral names its own class
        ("{{ _.d.nope }}", "'dict object' has no attribute 'nope'"),
        ("{{ _.l[7] }}", "list object has no element 7"),
        ("{{ 1/0 }}", "division by zero"),
        ("{{ _.n | nofilter }}", "No filter named 'nofilter'."),
        ("{{- 5 -}}", "unexpected 'end of template'"),
        ("{% if _.n %}a{% endif %}", "list index out of range"),
        ("{% include 'x' %}{{ 1 }}", "no loader for this environment specified"),
        ("{{ _.get }}", "a value of type method is not JSON"),
    ],
)
def test_error(text: str, reason: str) -> None:
    assert error_of(text, DATA) == f"Can not evaluate Jinja expression [expression={text}, error={reason}]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% for x in _.l %}{{ (x ~ 'a').replace('a', 'b') }}{% endfor %}", "3b1b2b"),
        ("{% for x in 'ab' %}{% for y in 'a' %}{{ x.zfill(2) + y.center(3) }}{% endfor %}{% endfor %}", "0a a 0b a "),
        ("{% for x in 'a' %}{{ ','.join([x, x]) + x.expandtabs() + x.translate({97: 'z'}) }}{% endfor %}", "a,aaz"),
        ("{% for x in 'ab' if x.replace('a', 'b') == 'b' %}{{ x }}{% endfor %}", "ab"),
        ("{% for x in 'a' %}{{ '{}'.format(x) | replace('a', 'q') }}{{ json_dump(x) }}{% endfor %}", 'q"a"'),
        ("{% for x in _.l recursive %}{{ 'a'.replace('a', 'b') }}{{ loop([]) }}{% endfor %}", "bbb"),
        ("{% block b %}{{ 'a'.replace('a', 'c') }}{% endblock %}", "c"),
        ("{% block b %}{% for x in 'a' %}{{ x.replace('a', 'b') }}{% endfor %}{% endblock %}", "b"),
        ("{% macro f(x) %}{{ x.replace('a', 'b') }}{% endmacro %}{% for x in 'a' %}{{ f(x) }}{% endfor %}", "b"),
        ("{% macro f() %}{{ caller('a') }}{% endmacro %}{% call(x) f() %}{{ x.replace('a', 'c') }}{% endcall %}", "c"),
        ("{% for x in 'a' %}{{ x.encode().replace('a'.encode(), 'b'.encode()).decode() }}{% endfor %}", "b"),
    ],
)
def test_methods_of_texts_work_in_loops_blocks_and_macros(text: str, expected: str) -> None:
    assert value_of(text + "{{ '' }}", DATA) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("'a'.replace('b')", "replace expected at least 2 arguments, got 1"),
        ("'a'.replace(1, 'b')", "replace() argument 1 must be str, not int"),
        ("'a'.join()", "str.join() takes exactly one argument (0 given)"),
        ("'a'.join(5)", "can only join an iterable"),
        ("'a' | replace('b')", "do_replace() missing 1 required positional argument: 'new'"),
        ("'a' | center(1, 2)", "do_center() takes from 1 to 2 positional arguments but 3 were given"),
        ("'a' | indent(foo=3)", "do_indent() got an unexpected keyword argument 'foo'"),
        ("_ + 1", "unsupported operand type(s) for +: 'dict' and 'int'"),
        ("json_parse(_)", "the JSON object must be str, bytes or bytearray, not dict"),
        ("_.foo()", "'_' has no attribute 'foo'"),
    ],
)
def test_no_error_shows_a_name_of_this_service(expression: str, reason: str) -> None:
    expected = f"Can not evaluate Jinja expression [expression={{{{ {expression} }}}}, error={reason}]"
    assert error_of(f"{{{{ {expression} }}}}", DATA) == expected
