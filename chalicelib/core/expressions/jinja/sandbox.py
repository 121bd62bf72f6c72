"""Sandbox of Jinja: what templates may call and how much they may use; rewrites of their syntax tree.

Loops pass their items through a counting filter that also knows how much fixed text each round writes; `~` goes
and the lists and mappings that a template builds go through filters, because the sandbox cannot look at those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import BuiltinMethodType, MethodType
from typing import Any, cast

from jinja2 import nodes, pass_context
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedFormatter

from chalicelib.core.expressions.jinja.data import Missing
from chalicelib.core.expressions.jinja.filters import bounded_filters, check_percent, check_replace, weight
from chalicelib.core.expressions.runtime.evaluation import current

COUNTED = "#counted"


JOINED = "#joined"


BUILT = "#built"
"""Names of the three filters; a template cannot spell them as filters."""


def bounded(template: nodes.Template) -> nodes.Template:
    """`template`, changed in place."""
    for loop in template.find_all(nodes.For):
        loop.iter = _filter(cast(nodes.Expr, loop.iter), COUNTED, nodes.Const(_fixed_text(loop)))
    _replace_inside(template)
    return template


def _filter(value: nodes.Expr, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(args), [], None, None, lineno=value.lineno)


def _fixed_text(loop: nodes.For) -> int:
    return sum(len(text.data) for part in loop.body for text in part.find_all(nodes.TemplateData))


def _replace_inside(node: nodes.Node) -> None:
    for name, value in node.iter_fields():
        if isinstance(value, list):
            setattr(node, name, [_replaced(item) for item in value])
        else:
            setattr(node, name, _replaced(value))


def _replaced(value: object) -> object:
    if not isinstance(value, nodes.Node):
        return value
    _replace_inside(value)
    if isinstance(value, nodes.Concat):
        return _filter(nodes.List(value.nodes, lineno=value.lineno), JOINED)
    if isinstance(value, (nodes.List, nodes.Dict)) or (isinstance(value, nodes.Tuple) and value.ctx == "load"):
        return _filter(value, BUILT)
    return value


_NUMBER = re.compile(r"\d{1,9}")


_PADDING = frozenset({"center", "ljust", "rjust", "zfill", "to_bytes"})


_SCOPES = frozenset({"_loop_vars", "_block_vars"})
"""What compiled templates add to every call in a loop or block; Jinja takes it away before the function is called."""


_DATA_NAMES = frozenset({"__env", "__execution", "__task_execution"})


class DataContext(Context):
    """Resolves the three global names that are variables of the data, when a template uses them."""

    def resolve_or_missing(self, key: str) -> Any:
        """The value of a name of the template."""
        if key not in _DATA_NAMES:
            return super().resolve_or_missing(key)
        data = current().data
        return data.get(key) if isinstance(data, Mapping) else None


class BoundedFormatter(SandboxedFormatter):
    """`str.format` that reads no private attribute and writes nothing huge."""

    def convert_field(self, value: Any, conversion: Any) -> Any:
        """`value` as `!s` or `!r` asks for."""
        weight(value)
        return super().convert_field(value, conversion)

    def format_field(self, value: Any, format_spec: str) -> Any:
        """The text of one field."""
        weight(value)
        for width in _NUMBER.findall(format_spec):
            current().meter.check_width(int(width))
        text = super().format_field(value, format_spec)
        current().meter.produce(len(text))
        return text


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja as expressions have it."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})
    context_class = DataContext

    def __init__(self) -> None:
        super().__init__(undefined=Missing, trim_blocks=True, lstrip_blocks=True, finalize=_metered)
        self.filters.update(bounded_filters(), **{BUILT: _built, COUNTED: _counted, JOINED: _joined})
        del self.globals["lipsum"]  # random text

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        source = bounded(source)
        source.set_environment(self)
        return super()._generate(source, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`left operator right`, if the result is not too large."""
        _BINARY_CHECKS[operator](left, right)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """The result of a call, which counts as a step."""
        meter = current().meter
        meter.step()
        _check_method(function, args, {name: value for name, value in kwargs.items() if name not in _SCOPES})
        if isinstance(function, LoopContext) and args:  # a recursive loop is called with the items of its next level
            args = (_counted(context, args[0], 0), *args[1:])
        result = super().call(context, function, *args, **kwargs)
        if isinstance(function, (Macro, LoopContext)):
            meter.produce(len(result))
        weight(result)
        return result

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """The safe form of `str.format` and `str.format_map`, null for anything else."""
        if super().wrap_str_format(value) is None:
            return None
        text, formatter = value.__self__, BoundedFormatter(self)
        if value.__name__ == "format_map":
            return lambda mapping: formatter.vformat(text, (), mapping)
        return lambda *args, **kwargs: formatter.vformat(text, args, kwargs)


@pass_context
def _metered(context: Context, value: Any) -> Any:
    current().meter.produce(weight(value))
    return value


@pass_context
def _counted(context: Context, items: Iterable[Any], fixed_text: int) -> Iterator[Any]:
    meter = current().meter
    for item in items:
        meter.step()
        meter.produce(fixed_text)
        yield item


@pass_context
def _built(context: Context, value: Any) -> Any:
    weight(value)
    return value


@pass_context
def _joined(context: Context, parts: list[Any]) -> str:
    current().meter.check_size(sum(map(weight, parts)))
    return "".join(map(str, parts))


def _check_times(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        current().meter.check_bits(left.bit_length() + right.bit_length())
    for items, times in ((left, right), (right, left)):
        if isinstance(items, (str, bytes)) and isinstance(times, int):
            current().meter.check_size(len(items) * times)
        elif isinstance(items, (list, tuple)) and isinstance(times, int):
            current().meter.check_size(weight(items) * times)


def _check_power(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        current().meter.check_bits(left.bit_length() * max(right, 0))


def _check_plus(left: Any, right: Any) -> None:
    if isinstance(left, (str, bytes, list, tuple)) and isinstance(right, (str, bytes, list, tuple)):
        current().meter.check_size(weight(left) + weight(right))


def _check_layout(left: Any, right: Any) -> None:
    if isinstance(left, (str, bytes)):
        check_percent(left)
        weight(right)


def _check_method(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse a method of a text or number that would pad or multiply it without measure.

    Arguments that do not fit are left to the method, whose own words say best what is wrong.
    """
    if not isinstance(function, (BuiltinMethodType, MethodType)):
        return
    owner, name = function.__self__, function.__name__
    if not isinstance(owner, (str, bytes, int)):
        return
    meter = current().meter
    numbers = [arg for arg in (*args, *kwargs.values()) if isinstance(arg, int)]
    if name in _PADDING:
        for number in numbers:
            meter.check_width(number)
    elif name == "expandtabs" and isinstance(owner, (str, bytes)):
        meter.check_size(len(owner) * max([8, *numbers]))
    elif name == "replace" and _all_like(owner, args[:2]) and len(args) in (2, 3):
        check_replace(owner, *args)
    elif name == "join" and isinstance(owner, (str, bytes)) and len(args) == 1:
        _check_join(owner, args[0])
    elif name == "translate" and isinstance(owner, (str, bytes)):
        meter.check_size(len(owner) * weight(args[0] if args else 0))


def _all_like(owner: Any, others: tuple[Any, ...]) -> bool:
    kind = str if isinstance(owner, str) else bytes
    return all(isinstance(one, kind) for one in (owner, *others))


def _check_join(separator: str | bytes, items: Any) -> None:
    if isinstance(items, (list, tuple, dict)):
        current().meter.check_size(weight(items) + len(items) * len(separator))
    elif not isinstance(items, (str, bytes)) and isinstance(items, Iterable):
        raise TypeError("join() takes a list here")


_BINARY_CHECKS: dict[str, Callable[[Any, Any], None]] = {
    "*": _check_times,
    "**": _check_power,
    "+": _check_plus,
    "%": _check_layout,
}
