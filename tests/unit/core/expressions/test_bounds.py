"""No expression reaches beyond its data, and none takes more time or memory than it may."""

from __future__ import annotations

import pytest

from chalicelib.core.expressions import Limits, evaluate
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import ExpressionError
from tests.unit.core.expressions.asking import FixedAsks, error_of, refusal_of

TIGHT = Limits(steps=2_000)
DATA: JsonDict = {"big": "y" * 100_000, "l": list(range(100)), "d": {"a": 1}, "s": "text"}

DOUBLED = "{{% set ns = namespace(x={start}) %}}{{% for i in range(60) %}}{{% set ns.x = {step} %}}{{% endfor %}}{end}"


def doubled(start: str, step: str, end: str = "{{ 1 }}") -> str:
    return DOUBLED.format(start=start, step=step, end=end)


TOO_LARGE = [
    "<% 'x' * 10000000000 %>",
    "<% 10000000000 * 'x' %>",
    "<% [1] * 1000000000 %>",
    "<% 1000000000 * [1] %>",
    "<% pow(9, 99999999) %>",
    "<% shiftBitsLeft(1, 100000000000) %>",
    "<% range(40).aggregate($1 * $1, 99) %>",
    "<% range(60).aggregate($1 + $1, 'x').len() %>",
    "<% range(60).aggregate([$1, $1], 1) %>",
    "<% range(60).aggregate({a => $1, b => $1}, 1) %>",
    "<% range(60).aggregate([$1, $1], 1) = range(60).aggregate([$1, $1], 1) %>",
    "<% str(range(60).aggregate([$1, $1], 1)).len() %>",
    "<% json_dump(range(60).aggregate([$1, $1], 1)) %>",
    "<% $.big.replace('', $.big) %>",
    "<% $.big.replace({y => $.big}) %>",
    "<% $.l.select($.l).select('x' * 1000000).join('') %>",
    "a <% $.big %>" + "<% $.big * 100 %>" * 3,
    "{{ 'a' * 999999999 }}",
    "{{ 999999999 * [1] }}",
    "{{ 9 ** 99999999 }}",
    "{{ range(99999999) }}",
    "{{ 'a' | center(999999999) }}",
    "{{ 'a'.center(999999999) }}",
    "{{ 'a'.ljust(width=10 ** 9) }}",
    "{{ '\\t'.expandtabs(999999999) }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%*d' % (999999999, 1) }}",
    "{{ '%999999999d' | format(1) }}",
    "{{ '{:>999999999}'.format(1) }}",
    "{{ '{:>{}}'.format(1, 999999999) }}",
    "{{ '{:>999999999}'.format_map({}) }}",
    "{{ 'a' | indent(999999999, true) }}",
    "{{ 'a\\nb' | indent(_.big * 100) }}",
    "{{ (1).to_bytes(999999999, 'big') }}",
    "{{ _.big.replace('', _.big) }}",
    "{% for x in 'a' %}{{ _.big.replace('', _.big) }}{% endfor %}{{ 1 }}",
    "{{ _.big.encode().replace(''.encode(), _.big.encode()) }}",
    "{{ _.big | replace('', _.big) }}",
    "{{ _.big.join(range(99999)) }}",
    "{{ _.big.join(range(999) | map('string') | list) }}",
    "{{ range(999) | join(_.big) }}",
    "{{ 'y'.translate({121: _.big}) * 200 }}",
    "{{ _.big.translate({121: _.big}) }}",
    "{{ [1] | tojson(indent=999999999) }}",
    "{{ [1] | batch(999999999, 'x') | list }}",
    "{{ [1] | slice(999999999) | list }}",
    "{% for i in range(999) %}{{ _.big }}{% endfor %}",
    "{% for i in range(1999) %}" + "x" * 10_000 + "{% endfor %}{{ 1 }}",
    "{% macro f() %}" + "x" * 100_000 + "{% endmacro %}{% for i in range(999) %}{{ f() }}{% endfor %}",
    doubled("'x'", "ns.x ~ ns.x"),
    doubled("'x'", "ns.x + ns.x"),
    doubled("'x'", "'%s%s' % (ns.x, ns.x)"),
    doubled("'x'", "'{0}{0}'.format(ns.x)"),
    doubled("'x'", "[ns.x, ns.x] | join"),
    doubled("[1]", "[ns.x, ns.x]"),
    doubled("[1]", "(ns.x, ns.x)"),
    doubled("[1]", "{'a': ns.x, 'b': ns.x}"),
    doubled("[1]", "[ns.x] * 2"),
    doubled("[1]", "dict(a=ns.x, b=ns.x)"),
    doubled("9", "ns.x * ns.x"),
]


@pytest.mark.parametrize("text", TOO_LARGE, ids=range(len(TOO_LARGE)))
def test_nothing_grows_without_bound(text: str) -> None:
    assert "Can not evaluate" in error_of(text, DATA)


TOO_LONG = [
    "<% sequence() %>",
    "<% sequence().len() %>",
    "<% [1].cycle().len() %>",
    "<% 1.repeat().len() %>",
    "<% range(1000000000).sum() %>",
    "<% range(1000).select(range(1000).sum()) %>",
    "<% generate(0, true, $ + 1) %>",
    "<% generateMany(0, [$ + 1, $ + 2]) %>",
    "<% let($.l) -> $1.selectMany($1) .len() + range(100000).len() %>",
    "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}{{ 1 }}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(30) }}",
    "{% for i in range(9999) recursive %}{% if loop.depth < 3 %}{{ loop(range(9999)) }}{% endif %}{% endfor %}{{ 1 }}",
]


@pytest.mark.parametrize("text", TOO_LONG, ids=range(len(TOO_LONG)))
def test_nothing_runs_without_bound(text: str) -> None:
    with pytest.raises(ExpressionError, match="takes more than 2000 steps"):
        evaluate(text, DATA, FixedAsks(), TIGHT)


TOO_DEEP = [
    "<% " + "(" * 5000 + "1" + ")" * 5000 + " %>",
    "<% 1" + " + 1" * 3000 + " %>",
    "<% def(f, f() + 1) -> f() %>",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ 1" + " + 1" * 5000 + " }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
]


@pytest.mark.parametrize("text", TOO_DEEP, ids=range(len(TOO_DEEP)))
def test_nothing_nests_without_bound(text: str) -> None:
    assert "Can not evaluate" in error_of(text, DATA)
    refusal_of(text)  # may pass, must end


def test_the_value_that_is_walked_has_a_depth() -> None:
    value: Json = "<% 1 %>"
    for _ in range(250):
        value = [value]
    assert error_of(value) == "Can not evaluate expressions: the value is nested too deeply."


OUT_OF_REACH = [
    "<% $.__class__ %>",
    "<% $.s.__class__ %>",
    "<% $.s.upper() %>",
    "<% call('__class__', [$.s], {}) %>",
    "<% regex('a').pattern %>",
    "<% getattr($.s, 'upper') %>",
    "<% now().tzinfo %>",
    "<% execution().get.im_func %>",
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ '' | attr('__class__') }}",
    "{{ [].__class__.__base__.__subclasses__() }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ task.__globals__ }}",
    "{{ json_dump.__wrapped__ }}",
    "{{ range.__globals__ }}",
    "{{ _.get.__func__ }}",
    "{{ _._data }}",
    "{{ _ | attr('_data') }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ '{0._data}'.format(_) }}",
    "{{ '{x.__class__}'.format_map({'x': 1}) }}",
    "{{ ['{0.__class__}'] | map('format', 1) | map(attribute='__class__') | list }}",
    "{{ _.l | map(attribute='__class__') | list }}",
    "{{ _.l | sort(attribute='__class__') }}",
    "{{ dict.mro() }}",
    "{{ lipsum.__globals__ }}",
    "{{ _.l.append(1) }}",
    "{{ _.l.clear() }}",
    "{{ _.d.update(x=1) }}",
    "{{ _.get('l').sort() }}",
    "{% include '/etc/passwd' %}{{ 1 }}",
    "{% import 'os' as os %}{{ 1 }}",
]


@pytest.mark.parametrize("text", OUT_OF_REACH)
def test_nothing_beyond_the_data_is_reached_or_changed(text: str) -> None:
    assert "Can not evaluate" in error_of(text, DATA)
    assert DATA["l"] == list(range(100))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<% range(20000).select($ * 2).where($ > 3).len() %>", 19_998),
        ("{% for i in range(20000) %}{{ i % 10 }}{% endfor %}{{ '' }}", "0123456789" * 2000),
        ("<% ('x' * 1000000).len() %>", 1_000_000),
        ("{{ ('x' * 1000000) | length }}", 1_000_000),
    ],
)
def test_honest_work_is_not_disturbed(text: str, expected: Json) -> None:
    assert evaluate(text, {}, FixedAsks()) == expected


def test_a_long_reason_is_cut() -> None:
    assert len(error_of("<% $.s.foo() %>", {"s": "x" * 100_000})) < 2_000
