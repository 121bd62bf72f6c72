"""EventBridge's event patterns: which events a trigger is meant for.

A pattern has the shape of an event. Its members must all hold; a list holds if one of its entries does, for one of the
values that the event has there. Objects within a list of the event are looked at one by one, so that what a pattern
says of several members is found in one object.

One thing differs: numbers are equal if their values are, however they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from types import MappingProxyType

from chalicelib.core.jsontext import Json, JsonDict, dumps
from chalicelib.errors import InvalidRequest

LONGEST = 2048
"""Characters of a pattern, as in EventBridge."""

DEEPEST = 20
"""Levels of objects within each other."""

OR, EXISTS, ANYTHING_BUT, NUMERIC, IGNORE_CASE = "$or", "exists", "anything-but", "numeric", "equals-ignore-case"

_COMPARE: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
)


def check(pattern: JsonDict) -> None:
    """Raise `InvalidRequest`, naming the member, unless `pattern` is one."""
    if len(dumps(pattern)) > LONGEST:
        raise InvalidRequest(f"pattern must not exceed {LONGEST} characters")
    _check_object(pattern, "pattern", 0)


def matches(pattern: JsonDict, event: Json) -> bool:
    """Whether an event is meant by a pattern that was checked."""
    return all(_holds(name, wanted, event) for name, wanted in pattern.items())


def comparisons(pattern: JsonDict, values: int) -> int:
    """How many comparisons `matches` may need for an event of so many values."""
    return values_in(pattern) * values


def values_in(json: Json) -> int:
    """How many values stand in an event, or how many things a pattern asks for, at any depth."""
    if isinstance(json, dict | list):
        return sum(map(values_in, json.values() if isinstance(json, dict) else json))
    return 1


def _holds(name: str, wanted: Json, found: Json) -> bool:
    if name == OR and isinstance(wanted, list):
        return any(matches(one, found) for one in wanted if isinstance(one, dict))
    value = found.get(name) if isinstance(found, dict) else None
    if isinstance(wanted, dict):
        return any(matches(wanted, one) for one in _objects(value))
    is_there = isinstance(found, dict) and name in found
    values = list(_leaves(value)) if is_there else []
    rules = wanted if isinstance(wanted, list) else []
    return any(_meets(rule, values) for rule in rules)


def _objects(value: Json) -> list[JsonDict]:
    """The objects at a place; an empty one where there are none, as members may be asked to be missing."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)] or [{}]


def _leaves(value: Json) -> Iterator[Json]:
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif not isinstance(value, dict):
        yield value


def _meets(rule: Json, values: list[Json]) -> bool:
    if isinstance(rule, dict) and EXISTS in rule:
        return bool(values) is rule[EXISTS]
    return any(_is(rule, value) for value in values)


def _is(rule: Json, value: Json) -> bool:
    if not isinstance(rule, dict):
        return _same(rule, value)
    ((kind, wanted),) = rule.items()
    if kind == ANYTHING_BUT:
        others = wanted if isinstance(wanted, list) else [wanted]
        return not any(_is(one, value) for other in others for one in _spread(other))
    if kind == NUMERIC:
        return _is_number(value) and _within(wanted, value)
    return isinstance(value, str) and _TEXTS[kind](wanted, value)


def _spread(rule: Json) -> list[Json]:
    """`{kind: [a, b]}` as `{kind: a}` and `{kind: b}`, which only `anything-but` knows."""
    if not isinstance(rule, dict):
        return [rule]
    return [{kind: one} for kind, wanted in rule.items() for one in (wanted if isinstance(wanted, list) else [wanted])]


def _same(wanted: Json, value: Json) -> bool:
    return isinstance(wanted, bool) is isinstance(value, bool) and wanted == value


def _within(wanted: Json, value: Json) -> bool:
    parts = wanted if isinstance(wanted, list) else []
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return all(_COMPARE[str(sign)](_number(value), _number(bound)) for sign, bound in pairs)


def _number(value: Json) -> float:
    return value if isinstance(value, (int, float)) else float("nan")


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _affix(test: Callable[[str, str], bool]) -> Callable[[Json, str], bool]:
    """A test of a beginning or an end, also if it is told to ignore case."""

    def holds(wanted: Json, value: str) -> bool:
        if isinstance(wanted, dict):
            return test(value.casefold(), str(wanted[IGNORE_CASE]).casefold())
        return test(value, str(wanted))

    return holds


def _ignores_case(wanted: Json, value: str) -> bool:
    return str(wanted).casefold() == value.casefold()


def _wildcard(wanted: Json, value: str) -> bool:
    """`*` stands for any text; a backslash takes away its meaning. Looks at each character once or twice."""
    first, *rest = _pieces(str(wanted))
    if not rest:
        return value == first
    *middle, last = rest
    if not (value.startswith(first) and value.endswith(last) and len(value) >= len(first) + len(last)):
        return False
    at, end = len(first), len(value) - len(last)
    for piece in middle:
        found = value.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _pieces(wanted: str) -> list[str]:
    pieces, characters = [""], iter(wanted)
    for character in characters:
        if character == "*":
            pieces.append("")
        else:
            pieces[-1] += next(characters, "\\") if character == "\\" else character
    return pieces


def _cidr(wanted: Json, value: str) -> bool:
    try:
        return ip_address(value) in ip_network(str(wanted), strict=False)
    except ValueError:
        return False


_TEXTS: Mapping[str, Callable[[Json, str], bool]] = MappingProxyType(
    {
        "prefix": _affix(str.startswith),
        "suffix": _affix(str.endswith),
        IGNORE_CASE: _ignores_case,
        "wildcard": _wildcard,
        "cidr": _cidr,
    }
)


def _check_object(pattern: Json, place: str, depth: int) -> None:
    if not isinstance(pattern, dict) or not pattern:
        raise InvalidRequest(f"{place} must be an object with members, not {dumps(pattern)[:100]}")
    if depth > DEEPEST:
        raise InvalidRequest(f"{place[:100]}…: objects may be within each other {DEEPEST} times at most")
    for name, wanted in pattern.items():
        _check_member(name, wanted, f"{place}.{name}", depth)


def _check_member(name: str, wanted: Json, place: str, depth: int) -> None:
    if isinstance(wanted, dict) and name != OR:
        return _check_object(wanted, place, depth + 1)
    if not isinstance(wanted, list) or not wanted:
        raise InvalidRequest(f"{place} must be a list of what is meant, or an object, not {dumps(wanted)[:100]}")
    for number, one in enumerate(wanted):
        if name == OR:
            _check_object(one, f"{place}[{number}]", depth + 1)
        else:
            _check_rule(one, f"{place}[{number}]")


def _check_rule(rule: Json, place: str) -> None:
    if isinstance(rule, list) or (isinstance(rule, dict) and len(rule) != 1):
        raise InvalidRequest(f"{place} must be a value or an object with one member, not {dumps(rule)[:100]}")
    if isinstance(rule, dict):
        ((kind, wanted),) = rule.items()
        if not _is_valid(kind, wanted):
            known = ", ".join((EXISTS, ANYTHING_BUT, NUMERIC, *_TEXTS))
            raise InvalidRequest(f"{place} cannot be understood: {dumps(rule)[:100]}. What can be said: {known}")


def _is_valid(kind: str, wanted: Json) -> bool:
    if kind == EXISTS:
        return isinstance(wanted, bool)
    if kind == ANYTHING_BUT:
        others = wanted if isinstance(wanted, list) else [wanted]
        return bool(others) and all(_is_other(one) for other in others for one in _spread(other))
    if kind == NUMERIC:
        return _is_range(wanted)
    return kind in _TEXTS and _is_text_rule(kind, wanted)


def _is_other(rule: Json) -> bool:
    if isinstance(rule, dict):
        return all(kind in _TEXTS and _is_text_rule(kind, wanted) for kind, wanted in rule.items())
    return rule is not None and not isinstance(rule, list)


def _is_text_rule(kind: str, wanted: Json) -> bool:
    if kind in ("prefix", "suffix") and isinstance(wanted, dict):
        return [*wanted] == [IGNORE_CASE] and isinstance(wanted[IGNORE_CASE], str)
    if not isinstance(wanted, str):
        return False
    return kind != "cidr" or _is_network(wanted)


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_range(wanted: Json) -> bool:
    if not isinstance(wanted, list) or len(wanted) not in (2, 4):
        return False
    return all(sign in _COMPARE for sign in wanted[::2]) and all(_is_number(bound) for bound in wanted[1::2])
