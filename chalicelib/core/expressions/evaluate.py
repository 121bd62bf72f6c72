"""The two questions of this room: is the text a correct expression, and what does a value become in a run."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.expressions.jinja import language as jinja_language
from chalicelib.core.expressions.runtime.evaluation import Asks, Evaluation, under_way
from chalicelib.core.expressions.runtime.limits import Limits
from chalicelib.core.expressions.runtime.syntax import is_jinja, is_yaql
from chalicelib.core.expressions.yaql import language as yaql_language
from chalicelib.core.jsontext import Json
from chalicelib.errors import ExpressionError

_DEFAULTS = Limits()
_MIXED = (
    "The line already contains an expression of type 'jinja'. Mixing expression types in a single line is not allowed."
)


def check_expression(text: str) -> None:
    """Refuse `text` if it mixes the languages or does not parse; any other text passes.

    Raises `ExpressionError` with the text that Mistral has for it.
    """
    jinja, yaql = is_jinja(text), is_yaql(text)
    if jinja and yaql:
        raise ExpressionError(_MIXED)
    if jinja:
        jinja_language.check(text)
    elif yaql:
        yaql_language.check(text)


def evaluate(value: Json, data: Mapping[str, Json] | Json, asks: Asks, limits: Limits = _DEFAULTS) -> Json:
    """`value` with every expression in it replaced by its value; mapping keys stay as they are.

    `data` is what `$` and `_` stand for: variables as a rule. A mapping may load its values lazily: only the variables
    that an expression reads are read. Neither `value` nor `data` is changed, and the result shares no mutable part with
    `data`. Raises `ExpressionError` with Mistral's text; errors of `data` and `asks` that a retry can help pass
    through.
    """
    with under_way(Evaluation(data, asks, limits)) as run:
        return _evaluated(value, run, limits.depth)


def _evaluated(value: Json, run: Evaluation, depth: int) -> Json:
    if isinstance(value, str):
        return _text(value, run)
    if not isinstance(value, (dict, list)):
        return value
    if depth == 0:
        raise ExpressionError("Can not evaluate expressions: the value is nested too deeply.")
    if isinstance(value, dict):
        return {key: _evaluated(item, run, depth - 1) for key, item in value.items()}
    return [_evaluated(item, run, depth - 1) for item in value]


def _text(text: str, run: Evaluation) -> Json:
    if is_jinja(text):  # of a mixed text, which only nested values can hold, only the Jinja part is evaluated
        return jinja_language.evaluate(text, run)
    if is_yaql(text):
        return yaql_language.evaluate(text, run)
    return text
