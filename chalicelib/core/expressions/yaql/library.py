"""YAQL's library as an expression of a run may use it.

Stock functions that would read the clock, the time zone or a random number get their answer from the run instead, and
those that can make a huge value out of small ones check its size first. The functions of the language are added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import yaql
from yaql.language import contexts, conventions
from yaql.language.utils import FrozenDict
from yaql.standard_library import collections, date_time, math, strings

from chalicelib.core.expressions.runtime import functions
from chalicelib.core.expressions.runtime.evaluation import current
from chalicelib.core.expressions.runtime.frozen import Root, Sealed

_UTC_NAMES = frozenset({"UTC", "GMT", "Z", "z"})


class Scope(contexts.Context):  # type: ignore[misc]
    """A YAQL context that counts calls as steps of the evaluation and weighs their results."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The call of a function, ready to be made."""
        current().meter.step()
        call = super().__call__(*args, **kwargs)

        def weighed(*call_args: Any, **call_kwargs: Any) -> Any:
            result = call(*call_args, **call_kwargs)
            current().scales.weigh(result)
            return result

        return weighed


Scope.__name__ = contexts.Context.__name__  # `let(…)` gives one, and texts of errors name the class of a value


class SharedLimit(int):
    """YAQL's limit of one iterator, made to count the items of all iterators of an evaluation.

    YAQL compares the limit with the index of every item that it passes on; each comparison is a step.
    """

    def __le__(self, index: int) -> bool:
        current().meter.step()
        return int(self) <= index


def library() -> Scope:
    """The context in which every expression's own context is nested."""
    scope: Scope = yaql.create_context(
        context=Scope(convention=conventions.CamelCaseConvention()), finalizer=_finalizer, yaqlized=False
    )
    for name, replacements in _REPLACED.items():
        for function in scope.get_functions(name)[0]:
            function.payload = replacements.get(function.payload, function.payload)
    for name in _SOURCES:
        for function in scope.get_functions(name)[0]:
            function.payload = _counted(function.payload)
    for name, payload in functions.FUNCTIONS.items():
        scope.register_function(payload, name=name)
    for function in scope.get_functions("executions")[0]:
        function.payload = _executions
    return scope


def _finalizer(value: object) -> object:
    return value


def _executions(*args: Any) -> list[Sealed]:
    return [Sealed(item) for item in functions.executions(*args) if isinstance(item, dict)]


def _counted(source: Callable[..., Iterable[object]]) -> Callable[..., Iterable[object]]:
    def items(*args: Any) -> Iterator[object]:
        for item in source(*args):
            current().meter.step()
            yield item

    return items


def _now(offset: timedelta) -> datetime:
    return current().asks.now().astimezone(timezone(offset))


def _localtz() -> timedelta:
    return timedelta()


def _random() -> float:
    return current().chance()


def _random_between(low: int, high: int) -> int:
    if low > high:
        raise ValueError(f"empty range for random({low}, {high})")
    return low + int(current().chance() * (high - low + 1))


def _datetime_from_text(text: str, layout: str | None) -> datetime:
    if layout:
        moment = datetime.strptime(text, layout)
    else:
        midnight = current().asks.now().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        moment = date_time.parser.parse(text, default=midnight, tzinfos=_zone)
    return moment if moment.tzinfo else moment.replace(tzinfo=date_time.UTCTZ)


def _zone(name: str | None, offset: int | None) -> Any:
    """The zone of a date's text; zone names other than UTC would depend on the machine and count as none."""
    if offset is not None and offset != 0:
        return timezone(timedelta(seconds=offset))
    return date_time.UTCTZ if offset == 0 or name in _UTC_NAMES else None


def _multiply(left: float, right: float) -> float:
    if isinstance(left, int) and isinstance(right, int):
        current().meter.check_bits(left.bit_length() + right.bit_length())
    return left * right


def _repeat_list(items: Any, times: int, engine: object) -> Any:
    current().meter.check_size(len(items) * times)
    return items * times


def _repeated_list(times: int, items: Any, engine: object) -> Any:
    return _repeat_list(items, times, engine)


def _pow(base: float, exponent: float, modulus: float | None) -> object:
    if isinstance(base, int) and isinstance(exponent, int) and modulus is None:
        current().meter.check_bits(base.bit_length() * max(exponent, 0))
    return pow(base, exponent, modulus)  # type: ignore[arg-type]


def _shift_left(value: int, bits: int) -> int:
    current().meter.check_bits(value.bit_length() + max(bits, 0))
    return value << bits


def _text(value: object) -> str:
    if isinstance(value, Root):
        value = FrozenDict(value)
    current().scales.weigh(value)
    text: str = strings.str_(value)
    return text


def _replace(text: str, old: str, new: str, count: int) -> str:
    found = text.count(old) if count < 0 else min(text.count(old), count)
    current().meter.check_size(len(text) + found * len(new))
    return text.replace(old, new, count)


def _replace_all(text: str, str_func: Callable[[object], str], swaps: Mapping[object, object], count: int) -> str:
    for old, new in swaps.items():
        text = _replace(text, str_func(old), str_func(new), count)
    return text


def _join(items: Iterable[object], separator: str, str_delegate: Callable[[object], str]) -> str:
    parts: list[str] = []
    size = 0
    for item in items:
        parts.append(str_delegate(item))
        size += len(parts[-1]) + len(separator)
        current().meter.check_size(size)
    return separator.join(parts)


def _join_by(separator: str, items: Iterable[object], str_delegate: Callable[[object], str]) -> str:
    return _join(items, separator, str_delegate)


_SOURCES = ("range", "sequence", "repeat", "cycle", "generate", "generateMany")
"""What makes items out of nothing, without end if asked to."""

_REPLACED: dict[str, dict[Any, Callable[..., Any]]] = {
    "now": {date_time.now: _now},
    "localtz": {date_time.localtz: _localtz},
    "datetime": {date_time.datetime_from_string: _datetime_from_text},
    "random": {math.random_: _random, math.random__: _random_between},
    "pow": {math.pow_: _pow},
    "shiftBitsLeft": {math.shift_bits_left: _shift_left},
    "#operator_*": {
        math.multiplication: _multiply,
        collections.list_by_int: _repeat_list,
        collections.int_by_list: _repeated_list,
    },
    "str": {strings.str_: _text},
    "replace": {strings.replace: _replace, strings.replace_with_dict: _replace_all},
    "join": {strings.join: _join, strings.join_: _join_by},
}
