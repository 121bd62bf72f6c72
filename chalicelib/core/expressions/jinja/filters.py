"""Jinja's own filters, made to look at sizes before they make a huge text or list out of small values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, AnyStr

from jinja2 import pass_context
from jinja2.filters import FILTERS
from jinja2.runtime import Context

from chalicelib.core.expressions.runtime.evaluation import current

Filter = Callable[..., Any]
_WIDE_PERCENT = re.compile(r"%[^a-zA-Z%]*(\d{5,}|\*)")
_WRITERS = frozenset(
    {"string", "pprint", "escape", "e", "forceescape", "urlize", "upper", "lower", "title", "capitalize", "trim"}
    | {"striptags", "truncate", "wordwrap", "wordcount", "urlencode", "xmlattr"}
)
"""Filters that write out whatever they are given."""


def weight(value: object) -> int:
    """About how long the text of `value` is. Raises `LimitExceeded` if that is more than an evaluation may produce."""
    return current().scales.weigh(value)


def check_percent(layout: str | bytes) -> None:
    """Refuse a `%` layout that pads without measure."""
    text = layout.decode("latin-1") if isinstance(layout, bytes) else layout
    if _WIDE_PERCENT.search(text):
        current().meter.check_width(current().meter.limits.width + 1)


def check_replace(text: AnyStr, old: AnyStr, new: AnyStr, count: int | None = None) -> None:
    """Refuse a replacement whose result would be huge."""
    found = text.count(old)
    if isinstance(count, int) and count >= 0:
        found = min(found, count)
    current().meter.check_size(len(text) + found * len(new))


def bounded_filters() -> dict[str, Filter]:
    """The stock filters, guarded, and `random` answered by the run."""
    filters: dict[str, Filter] = {name: _guarded(name, stock) for name, stock in FILTERS.items()}
    filters["random"] = _random
    return filters


def _guarded(name: str, stock: Filter) -> Filter:
    guard: Filter | None = _GUARDS.get(name, _check_weight if name in _WRITERS else None)
    if guard is None:
        return stock
    guard.__qualname__ = stock.__qualname__  # arguments that do not fit are refused in the name of the stock filter
    first = int(hasattr(stock, "jinja_pass_arg"))  # Jinja passes its own state before the value

    @wraps(stock)
    def checked(*args: Any, **kwargs: Any) -> Any:
        value: Any = guard(*args[first:], **kwargs)
        return stock(*args[:first], value, *args[first + 1 :], **kwargs)

    return checked


def _check_weight(value: Any, *args: Any, **kwargs: Any) -> Any:
    weight(value)
    return value


def _check_center(value: Any, width: int = 80) -> Any:
    current().meter.check_width(width)
    weight(value)
    return value


def _check_indent(value: str, width: int | str = 4, *args: Any, **kwargs: Any) -> str:
    size = len(width) if isinstance(width, str) else width
    current().meter.check_width(size)
    current().meter.check_size(len(value) + (value.count("\n") + 1) * size)
    return value


def _check_json(value: Any, indent: int | None = None) -> Any:
    current().meter.check_size(weight(value) * max(1, indent or 0))
    return value


def _check_batch(value: Any, linecount: int, fill_with: Any = None) -> Any:
    current().meter.check_size(linecount * weight(fill_with))
    return value


def _check_slice(value: Any, slices: int, fill_with: Any = None) -> Any:
    current().meter.check_size(slices * weight(fill_with))
    return value


def _check_format(value: Any, *args: Any, **kwargs: Any) -> Any:
    check_percent(str(value))
    weight((args, kwargs))
    return value


def _check_replace(s: Any, old: Any, new: Any, count: int | None = None) -> Any:
    weight(s)
    check_replace(str(s), str(old), str(new), count)
    return s


def _check_join(value: Iterable[Any], d: Any = "", attribute: Any = None) -> list[Any]:
    items = list(value)
    current().meter.check_size(sum(map(weight, items)) + len(items) * weight(d))
    return items


@pass_context
def _random(context: Context, value: Any) -> Any:
    if not value:
        return context.environment.undefined("No random item, sequence was empty.")
    return value[int(current().chance() * len(value))]


_GUARDS: dict[str, Filter] = {
    "center": _check_center,
    "indent": _check_indent,
    "tojson": _check_json,
    "batch": _check_batch,
    "slice": _check_slice,
    "format": _check_format,
    "replace": _check_replace,
    "join": _check_join,
}
