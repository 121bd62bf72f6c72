"""Shape rules: small functions that tell what is wrong with a value, and the choice of the one fault to report.

A rule takes a value and gives its faults; an empty result means that the value fits. Rules are put together from
other rules (`Shape`, `listing`, `one_of` …). Texts and the choice among several faults (`most_relevant`) follow what
JSON-schema validators print, as clients of Mistral know those texts. Nothing here knows the workflow language.
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the value at `path` (relative to the value the rule was asked about)."""

    say: Callable[[], str]
    """Makes the text; lazily, as most faults are those of an alternative that was not meant."""
    path: Path = ()
    weak: bool = False
    """Only says that no alternative fits; any other fault of the same place explains more."""
    typed: bool = False
    """The value has at least the type that was asked for."""
    context: tuple[Fault, ...] = ()
    """For `weak` ones: what the alternatives said."""
    unknown: tuple[str, ...] = ()
    """The keys that a mapping must not have, if that is the fault."""
    known: tuple[str, ...] = ()
    """Those that it may have."""


Rule: TypeAlias = Callable[[object], Sequence[Fault]]
Relevance: TypeAlias = tuple[int, Path, bool, bool]

LONGEST = 2000
"""Characters of a value that are shown in a text."""


def most_relevant(faults: Sequence[Fault]) -> tuple[Path, str]:
    """Path and text of the fault to report."""
    path, fault = chosen(faults)
    return path, fault.say()


def chosen(faults: Sequence[Fault]) -> tuple[Path, Fault]:
    """The fault to report and its path: the outermost one, but within alternatives the innermost."""
    best = max(faults, key=_relevance)
    path = best.path
    while best.context:
        first, *second = heapq.nsmallest(2, best.context, key=_relevance)
        if second and _relevance(first) == _relevance(second[0]):
            break
        best, path = first, path + first.path
    return path, best


def anything(value: object) -> Sequence[Fault]:
    """The rule that is always met."""
    return ()


def text(pattern: str | None = None) -> Rule:
    """A string; one that fits the `pattern`, or just is not empty."""
    found = re.compile(pattern).search if pattern else None

    def check(value: object) -> Sequence[Fault]:
        if not isinstance(value, str):
            return _not_a("string", value)
        if found is None:
            return () if value else _empty(value)
        if found(value):
            return ()
        return (Fault(lambda: f"{show(value)} does not match {pattern!r}", typed=True),)

    return check


def boolean(value: object) -> Sequence[Fault]:
    """`true` or `false`."""
    return () if isinstance(value, bool) else _not_a("boolean", value)


def natural(value: object) -> Sequence[Fault]:
    """An integer from 0 on; a float without a fraction is one as well."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if not whole or isinstance(value, bool):
        return _not_a("integer", value)
    assert isinstance(value, (int, float))
    return () if value >= 0 else (Fault(lambda: f"{value!r} is less than the minimum of 0", typed=True),)


def between(least: int, most: float = math.inf) -> Rule:
    """A number that is not less than `least` nor more than `most`."""

    def check(value: object) -> Sequence[Fault]:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return _not_a("number", value)
        if value > most:
            return (Fault(lambda: f"{value!r} is greater than the maximum of {most}", typed=True),)
        return () if value >= least else (Fault(lambda: f"{value!r} is less than the minimum of {least}", typed=True),)

    return check


def json_value(value: object) -> Sequence[Fault]:
    """What JSON knows; not a date, a set or binary data."""
    if value is None or isinstance(value, (str, bool, int, float, list, dict)):
        return ()
    return (Fault(lambda: f"{show(value)} is not valid under any of the given schemas", weak=True),)


def word(*allowed: object) -> Rule:
    """One of the values given."""
    text_of = list(allowed)

    def check(value: object) -> Sequence[Fault]:
        if not isinstance(value, bool) and value in text_of:
            return ()
        return (Fault(lambda: f"{show(value)} is not one of {text_of!r}"),)

    return check


def listing(item: Rule) -> Rule:
    """A list of at least one item, all of them different and each as `item` says."""

    def check(value: object) -> Sequence[Fault]:
        if not isinstance(value, list):
            return _not_a("array", value)
        faults = [inner for at, each in enumerate(value) for inner in _under(at, item(each))]
        if _repeats(value):
            faults.append(Fault(lambda: f"{show(value)} has non-unique elements", typed=True))
        return faults if value else _empty(value)

    return check


@dataclass(frozen=True, slots=True)
class Shape:
    """A mapping. `known` keys have rules of their own, the `patterns` say which rule further keys follow."""

    known: Mapping[str, Rule] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], Rule], ...] = ()
    filled: bool = False
    """There must be an entry."""
    single: bool = False
    """There may be one entry only."""
    others: Rule | None = anything
    """The rule of keys that are neither known nor fit a pattern; `None` refuses them."""
    required: tuple[str, ...] = ()

    def __call__(self, value: object) -> Sequence[Fault]:
        """Every fault of `value`; keys that are no strings are faults of the mapping."""
        if not isinstance(value, dict):
            return _not_a("object", value)
        faults: list[Fault] = []
        for key, each in value.items():
            faults.extend(self._entry(key, each))
        faults.extend(self._whole(value))
        return faults

    def _entry(self, key: object, value: object) -> Sequence[Fault]:
        if not isinstance(key, str):
            return (Fault(lambda: f"the key {key!r} is not of type 'string'", typed=True),)
        rules = [self.known[key]] if key in self.known else []
        rules.extend(rule for pattern, rule in self.patterns if pattern.search(key))
        if not rules and self.others is not None:
            rules.append(self.others)
        return [fault for rule in rules if rule is not anything for fault in _under(key, rule(value))]

    def _whole(self, value: dict[object, object]) -> list[Fault]:
        faults: list[Fault] = []
        if self.filled and not value:
            faults.extend(_empty(value))
        if self.single and len(value) > 1:
            faults.append(Fault(lambda: f"{show(value)} has too many properties", typed=True))
        for name in self.required:
            if name not in value:
                faults.append(Fault(partial("{!r} is a required property".format, name), typed=True))
        extra = sorted(key for key in value if isinstance(key, str) and self._unknown(key))
        if extra:
            faults.append(
                Fault(lambda: self._refusal(extra), typed=True, unknown=tuple(extra), known=tuple(self.known))
            )
        return faults

    def _unknown(self, key: str) -> bool:
        return self.others is None and key not in self.known and not any(p.search(key) for p, _ in self.patterns)

    def _refusal(self, extra: list[str]) -> str:
        names = ", ".join(map(repr, extra))
        if not self.patterns:
            return f"Additional properties are not allowed ({names} {'was' if len(extra) == 1 else 'were'} unexpected)"
        regexes = ", ".join(sorted(repr(pattern.pattern) for pattern, _ in self.patterns))
        return f"{names} {'does' if len(extra) == 1 else 'do'} not match any of the regexes: {regexes}"


def one_of(*alternatives: Rule, shown: Sequence[str] = ()) -> Rule:
    """Exactly one alternative; `shown` describes them for the text that says that several fit."""

    def check(value: object) -> Sequence[Fault]:
        context: list[Fault] = []
        fits: list[int] = []
        for at, rule in enumerate(alternatives):
            faults = rule(value)
            if not faults:
                fits.append(at)
            elif not fits:
                context.extend(faults)
        if len(fits) == 1:
            return ()
        if not fits:
            return (_none_fits(value, context),)
        named = ", ".join(shown[at] if shown else f"form {at + 1}" for at in (*fits[1:], fits[0]))
        return (Fault(lambda: f"{show(value)} is valid under each of {named}", weak=True),)

    return check


def any_of(*alternatives: Rule) -> Rule:
    """At least one alternative."""

    def check(value: object) -> Sequence[Fault]:
        context: list[Fault] = []
        for rule in alternatives:
            faults = rule(value)
            if not faults:
                return ()
            context.extend(faults)
        return (_none_fits(value, context),)

    return check


def every(*rules: Rule) -> Rule:
    """All rules at once."""
    return lambda value: [fault for rule in rules for fault in rule(value)]


def show(value: object) -> str:
    """The value as it is written in texts, cut where it is long."""
    written = repr(value)
    return written if len(written) <= LONGEST else f"{written[:LONGEST]}…"


def _relevance(fault: Fault) -> Relevance:
    return -len(fault.path), fault.path, not fault.weak, not fault.typed


def _under(key: str | int, faults: Sequence[Fault]) -> Sequence[Fault]:
    return [replace(fault, path=(key, *fault.path)) for fault in faults] if faults else ()


def _none_fits(value: object, context: list[Fault]) -> Fault:
    return Fault(
        lambda: f"{show(value)} is not valid under any of the given schemas", weak=True, context=tuple(context)
    )


def _not_a(kind: str, value: object) -> Sequence[Fault]:
    return (Fault(lambda: f"{show(value)} is not of type {kind!r}"),)


def _empty(value: object) -> Sequence[Fault]:
    return (Fault(lambda: f"{value!r} should be non-empty", typed=True),)


def _repeats(items: list[object]) -> bool:
    """Whether two items are equal; `1` and `true` are not, though Python says so."""
    seen: set[object] = set()
    for item in items:
        key = _key(item)
        if key in seen:
            return True
        seen.add(key)
    return False


def _key(item: object) -> object:
    """A hashable stand-in that is equal exactly for equal JSON values."""
    if isinstance(item, bool):
        return ("bool", item)
    if isinstance(item, list):
        return ("list", *map(_key, item))
    if isinstance(item, dict):
        return ("dict", frozenset((_key(key), _key(value)) for key, value in item.items()))
    return item if isinstance(item, (str, int, float)) or item is None else ("other", repr(item))
