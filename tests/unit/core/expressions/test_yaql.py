"""Values of YAQL expressions; every expected value was recorded from Mistral 23.0.0 unless a remark says otherwise."""

from __future__ import annotations

import pytest

from chalicelib.core.jsontext import Json, JsonDict
from tests.unit.core.expressions.asking import error_of, value_of

DATA: JsonDict = {
    "n": 5,
    "f": 1.5,
    "b": True,
    "z": None,
    "l": [3, 1, 2],
    "d": {"k": 1, "a": [1, {"x": "y"}]},
    "s": "Hello, wide world",
    "rows": [{"a": 1}, {"a": 2}],
    "__env": {},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # one block and nothing else keeps its type
        ("<% $.n %>", 5),
        ("<%$.n%>", 5),
        ("<% $.f %>", 1.5),
        ("<% $.b %>", True),
        ("<% $.z %>", None),
        ("<% $.l %>", [3, 1, 2]),
        ("<% $.d %>", {"k": 1, "a": [1, {"x": "y"}]}),
        # anything around makes a text
        (" <% $.n %>", " 5"),
        ("<% $.n %> ", "5 "),
        ("v=<% $.z %>,<% $.b %>", "v=None,True"),
        ("=<% $.d %>", "={'k': 1, 'a': [1, {'x': 'y'}]}"),
        ("<% $.n %><% $.b %>", "5True"),
        ("<% $.n %>/<% $.b %>/<% $.n %>", "5/True/5"),
        ("a\n<% $.n %>\nb", "a\n5\nb"),
        ("<% set(1) %>!", "{1}!"),
        ("<% range(3) %>!", "[0, 1, 2]!"),
        ("<% $.l.select({n => $}) %>.", "[{'n': 3}, {'n': 1}, {'n': 2}]."),
        ("<% datetime('2020-01-02 03:04:05') %> x", "2020-01-02 03:04:05+00:00 x"),
        # access
        ("<% $.d.a[1].x %>", "y"),
        ("<% $['l'] %>", [3, 1, 2]),
        ("<% $.get('__env') %>", {}),
        ("<% $.d.get(b, fallback) %>", "fallback"),
        ("<% $.d.get(b) %>", None),
        ("<% $.d.containsKey(k) %>", True),
        ("<% $.rows.a %>", [1, 2]),
        ("<% $.d?.k %>", 1),
        ("<% $.z?.k %>", None),
        # operators
        ("<% $.n + 2 %>", 7),
        ("<% 7 / 2 %>", 3),
        ("<% 7 / 2.0 %>", 3.5),
        ("<% 7 mod 2 %>", 1),
        ("<% -$.n %>", -5),
        ("<% $.n = 5 and not ($.n > 5) %>", True),
        ("<% switch($.n < 5 => small, $.n < 10 => medium, true => large) %>", "medium"),
        ("<% 'a' + 'b' %>", "ab"),
        ("<% 2 in [1, 2, 3] %>", True),
        ("<% 'x' * 3 %>", "xxx"),
        ("<% [1, 2] * 2 %>", [1, 2, 1, 2]),
        ("<% 2 * [1] %>", [1, 1]),
        ("<% 10000000000 * 10000000000 %>", 10**20),
        ("<% {a => 1} + {b => 2} %>", {"a": 1, "b": 2}),
        ("<% let(y => $.n * 10) -> $y + 1 %>", 51),
        ("<% {a => $.n, 'b c' => [$.n]} %>", {"a": 5, "b c": [5]}),
        ("<% {1 => 2, true => 3} %>", {"1": 3}),
        ("<% $.l = [3, 1, 2] %>", True),
        ("<% $.d = {k => 1, a => [1, {x => y}]} %>", True),
        ("<% coalesce($.z, 5) %>", 5),
        ("<% 1 = '1' %>", False),
        # what is lazy becomes a list
        ("<% range(4).select($ * $) %>", [0, 1, 4, 9]),
        ("<% [1, 2].zip([a, b]) %>", [[1, "a"], [2, "b"]]),
        ("<% set(1, 2, 2) %>", [1, 2]),
        ("<% set(b, a, 1) %>", ["a", "b", 1]),  # Mistral's order is that of hashes; here it is fixed
        ("<% generate(1, $ < 5, $ + 1) %>", [1, 2, 3, 4]),
        ("<% $.d.keys() %>", ["k", "a"]),
        ("<% $.l.groupBy($ > 1) %>", [[True, [3, 2]], [False, [1]]]),
        ("<% $.l.aggregate($1 + $2) %>", 6),
        ("<% $.rows.where($.a > 1).select($.a) %>", [2]),
        # texts
        ("<% $.s.toUpper() %>", "HELLO, WIDE WORLD"),
        ("<% $.s.split(', ') %>", ["Hello", "wide world"]),
        ("<% '-'.join([a, b, c]) %>", "a-b-c"),
        ("<% [a, b].join('-') %>", "a-b"),
        ("<% $.l.join(',') %>", "3,1,2"),
        ("<% $.s.replace(wide, small) %>", "Hello, small world"),
        ("<% 'aaa'.replace(a, b, 2) %>", "bba"),
        ("<% 'abc'.replace({a => x, b => y}) %>", "xyc"),
        ("<% $.s.len() %>", 17),
        ("<% $.s.substring(7, 4) %>", "wide"),
        ("<% $.s.startsWith(Hello) %>", True),
        ("<% regex('w(\\w+)').search($.s) %>", "wide"),
        ("<% int('12') + 1 %>", 13),
        ("<% str(12) + '1' %>", "121"),
        ("<% str([a, 1]) %>", "('a', 1)"),
        ("<% str(null) %>", "null"),
        ("<% str(true) %>", "true"),
        ("<% '  x '.trim() %>", "x"),
        ('<% "it\'s" %>', "it's"),
        ("<% bogus %>", "bogus"),  # a bare word is a text
        ("<% pow(2, 10) %>", 1024),
        ("<% shiftBitsLeft(1, 4) %>", 16),
        # times are stored without their offset
        ("<% datetime('2020-01-02 03:04:05.123 +0300') %>", "2020-01-02T03:04:05.123000"),
        ("<% {a => datetime('2020-01-02')} %>", {"a": "2020-01-02T00:00:00.000000"}),
        ("<% datetime('2/1/2020', '%d/%m/%Y').year %>", 2020),
        ("<% $.n.assert($ > 1) %>", 5),
    ],
)
def test_value(text: str, expected: Json) -> None:
    assert value_of(text, DATA) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("$.ghost", "'ghost'"),
        ("$.d.ghost", "'ghost'"),
        ("$.d[b]", "'b'"),
        ("$.l[7]", "tuple index out of range"),
        ("$.d.a.x", 'Unknown function "#property#x"'),  # read of each item, and the first is a number
        ("$.l.bogus", 'Unknown function "#property#bogus"'),
        ("$.z.foo", 'Unknown function "#property#foo"'),
        ("a.b", 'Unknown function "#property#b"'),
        ("$.n + foo", 'No function "#operator_+" matches supplied arguments'),
        ("foo()", 'Unknown function "foo"'),
        ("json_pp($.d)", 'Unknown function "json_pp"'),
        ("format('{0}', 1)", 'Unknown function "format"'),
        ("'{0}'.format(1)", 'No method "format" for receiver {0} matches supplied arguments'),
        ("lambda($)", 'Unknown function "lambda"'),
        ("$.n.foo()", 'Unknown method "foo" for receiver 5'),
        ("$.foo()", 'Unknown method "foo" for receiver $'),  # Mistral shows the whole data here
        ("1/0", "integer division or modulo by zero"),
        ("int(foo)", "invalid literal for int() with base 10: 'foo'"),
        # keys that JSON cannot have, whatever holds them here
        ("$.rows.toDict($, 1)", "unhashable type: 'dict'"),
        ("{{a => 1} => 1}", "unhashable type: 'dict'"),
        ("{$.l => 1}", "unhashable type: 'list'"),
        ("{[1] => 1}", "unhashable type: 'list'"),
        ("{set(1) => 1}", "unhashable type: 'set'"),
        # classes are called as those of Python
        ("int($.d)", "int() argument must be a string, a bytes-like object or a real number, not 'dict'"),
        ("int($)", "int() argument must be a string, a bytes-like object or a real number, not 'dict'"),
        ("int($.l)", "int() argument must be a string, a bytes-like object or a real number, not 'tuple'"),
        ("json_parse($.d)", "the JSON object must be str, bytes or bytearray, not dict"),
        ("random(2, 1)", "empty range for random(2, 1)"),
        # Mistral accepts these and its execution never ends
        ("timespan(days => 2)", "a value of type timedelta is not JSON"),
        ("regex('a')", "a value of type Pattern is not JSON"),
        ("let(a => 1)", "a value of type Context is not JSON"),
    ],
)
def test_error(expression: str, reason: str) -> None:
    expected = f"Can not evaluate YAQL expression [expression={expression}, error={reason}]"
    assert error_of(f"<% {expression} %>", DATA) == expected
    assert error_of(f"in a text: <% {expression} %>", DATA) in (expected, "")  # as text, anything has a form


def test_a_syntax_error_that_was_not_seen_at_creation() -> None:
    assert error_of({"a": {"b": "<% 1 + %>"}}) == (
        "Can not evaluate YAQL expression [expression=1 +, error=Parse error: unexpected end of statement]"
    )


def test_an_equal_block_is_replaced_by_the_value_of_the_first() -> None:
    assert value_of("<% uuid().substring(35) %>-<% uuid().substring(35) %>") == "1-1"


def test_a_value_is_not_evaluated_again() -> None:
    assert value_of("<% $.t %>", {"t": "<% 1 + 1 %>"}) == "<% 1 + 1 %>"
