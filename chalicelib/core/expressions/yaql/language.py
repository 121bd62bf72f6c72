"""Compiles and evaluates YAQL expressions; rewrites their syntax tree.

They give what the stock nodes give, and leave every less ordinary operand to those.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from threading import RLock
from typing import Any, TypeVar

from yaql.language import exceptions, expressions, utils
from yaql.language.factory import YaqlFactory

from chalicelib.core.expressions.runtime import hints
from chalicelib.core.expressions.runtime.evaluation import Evaluation, current
from chalicelib.core.expressions.runtime.frozen import Root, frozen
from chalicelib.core.expressions.runtime.hints import of_yaql
from chalicelib.core.expressions.runtime.limits import Limits
from chalicelib.core.expressions.runtime.syntax import yaql_blocks
from chalicelib.core.expressions.runtime.to_json import to_json, to_native
from chalicelib.core.expressions.yaql.library import Scope, SharedLimit, library
from chalicelib.core.jsontext import Json
from chalicelib.errors import ExpressionError, Retryable


class Variable(expressions.GetContextValue):  # type: ignore[misc]
    """`$` or `$name`."""

    def __call__(self, receiver: object, context: Any, engine: Any) -> object:
        """The value of the variable, null if there is none."""
        return context[self.path.value]


class Attribute(expressions.BinaryOperator):  # type: ignore[misc]
    """`value.name`."""

    def __init__(self, source: Any, name: Any) -> None:
        super().__init__(".", source, name, None)

    def __call__(self, receiver: object, context: Any, engine: Any) -> object:
        """The value of the name. Raises `KeyError` if a mapping has none."""
        source, name = self.args
        value = source(utils.NO_VALUE, context, engine)
        if isinstance(value, (tuple, list)):
            return (self._named(item, name, context, engine) for item in value)
        return self._named(value, name, context, engine)

    def _named(self, value: object, name: Any, context: Any, engine: Any) -> object:
        if isinstance(value, Mapping):
            return value[name.value]
        try:
            return context(self.name, engine, utils.NO_VALUE, context)(value, name)
        except exceptions.NoFunctionRegisteredException as error:
            if f'"#property#{name.value}"' in str(error):
                error.add_note(hints.no_attribute(name.value, value))
            raise


class Index(expressions.IndexExpression):  # type: ignore[misc]
    """`value[key]`, which can tell what the value was."""

    def __call__(self, receiver: object, context: Any, engine: Any) -> object:
        """The item. Raises `KeyError`, `IndexError`."""
        value = self.args[0](utils.NO_VALUE, context, engine)
        try:
            return context(self.name, engine, utils.NO_VALUE, context)(value, *self.args[1:])
        except exceptions.NoMatchingFunctionException as error:
            if '"#indexer"' in str(error) and not hasattr(error, "__notes__"):  # not of an index within the index
                error.add_note(hints.no_index(value))
            raise


class Operator(expressions.BinaryOperator):  # type: ignore[misc]
    """`left + right` and the like of two numbers or two texts."""

    def __init__(self, node: Any) -> None:
        super().__init__(node.operator, *node.args, None)
        self.name = node.name
        self._direct = _DIRECT[node.operator]

    def __call__(self, receiver: object, context: Any, engine: Any) -> object:
        """The value of the operation."""
        left, right = (side(utils.NO_VALUE, context, engine) for side in self.args)
        kinds = (type(left), type(right))
        if kinds not in _ALIKE or (kinds == _TEXTS and self.operator == "-"):
            return context(self.name, engine, utils.NO_VALUE, context)(left, right)
        current().meter.step()
        result = self._direct(left, right)
        current().scales.weigh(result)
        return result


_DIRECT: dict[str, Callable[[Any, Any], object]] = {
    "+": operator.add,
    "-": operator.sub,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}


_TEXTS = (str, str)


_ALIKE = frozenset({_TEXTS, (int, int), (float, float), (int, float), (float, int)})


def quickened(node: Any) -> Any:
    """The tree `node` with its plain variables and attributes replaced; changes the tree in place."""
    if isinstance(node, expressions.MappingRuleExpression):
        node.source, node.destination = quickened(node.source), quickened(node.destination)
    elif isinstance(node, expressions.Wrap):
        node.expr = quickened(node.expr)
    elif type(node) is expressions.GetContextValue:
        return Variable(node.path)
    elif isinstance(node, expressions.Function):
        node.args = tuple(map(quickened, node.args))
        if type(node) is expressions.IndexExpression:
            return Index(*node.args)
        if _is_attribute(node):
            return Attribute(*node.args)
        if type(node) is expressions.BinaryOperator and node.operator in _DIRECT:
            return Operator(node)
    return node


def _is_attribute(node: Any) -> bool:
    return (
        type(node) is expressions.BinaryOperator
        and node.operator == "."
        and isinstance(node.args[1], expressions.KeywordConstant)
    )


T = TypeVar("T")


_LONGEST_REASON = 1000


_parser_lock = RLock()
"""The generated parser keeps its state in itself."""


def check(text: str) -> None:
    """Parse every block of `text`. Raises `ExpressionError` with the parser's words."""
    for block in yaql_blocks(text):
        try:
            _parsed(block)
        except Exception as error:
            raise ExpressionError(_reason(error)) from error


def evaluate(text: str, run: Evaluation) -> Json:
    """The value of a `text` that is one block, else the text with each block replaced by its value."""
    blocks = yaql_blocks(text)
    if text == f"<%{blocks[0]}%>":
        return _value(blocks[0], run, to_json)
    for block in blocks:
        if f"<%{block}%>" in text:
            text = _value(block, run, partial(_inserted, text, block))
    return text


def _inserted(text: str, block: str, value: object, run: Evaluation) -> str:
    """`text` with every occurrence of `block` replaced by the text of `value`."""
    marked, written = f"<%{block}%>", str(to_native(value, run))
    run.meter.check_size(len(text) + text.count(marked) * len(written))
    return text.replace(marked, written)


def _value(block: str, run: Evaluation, finish: Callable[[object, Evaluation], T]) -> T:
    expression = block.strip()
    try:
        return finish(_parsed(expression)(utils.NO_VALUE, _scope(run), _engine()), run)
    except Retryable:
        raise
    except Exception as error:
        text = f"Can not evaluate YAQL expression [expression={expression}, error={_reason(error)}]"
        raise ExpressionError(text, of_yaql(_unwrapped(error))) from error


def _scope(run: Evaluation) -> Scope:
    if run.yaql_root is None:
        run.yaql_root = Root(run.data) if isinstance(run.data, Mapping) else frozen(run.data)
    scope: Scope = _library().create_child_context()
    scope["$"] = run.yaql_root
    return scope


def _unwrapped(error: Exception) -> Exception:
    if isinstance(error, exceptions.WrappedException):
        wrapped: Exception = error.wrapped
        return wrapped
    return error


def _reason(error: Exception) -> str:
    error = _unwrapped(error)
    if isinstance(error, RecursionError):
        return "the expression is nested too deeply"
    return str(error)[:_LONGEST_REASON] or type(error).__name__


@lru_cache(maxsize=1024)
def _parsed(expression: str) -> Any:
    engine = _engine()
    with _parser_lock:
        return quickened(engine.parser.parse(expression, lexer=engine.lexer))


@cache
def _library() -> Scope:
    return library()


def _engine() -> Any:
    with _parser_lock:
        return _made_engine()


@cache
def _made_engine() -> Any:
    options = {"yaql.limitIterators": SharedLimit(sys.maxsize), "yaql.memoryQuota": Limits().memory}
    return YaqlFactory(keyword_operator="=>", allow_delegates=False).create(options)
