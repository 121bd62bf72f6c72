"""The commonest nodes of a YAQL expression without YAQL's search for an overload, which takes most of its time.

They give what the stock nodes give, and leave every less ordinary operand to those.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from yaql.language import exceptions, expressions, utils

from chalicelib.core.expr import hints
from chalicelib.core.expr.evaluation import current


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
