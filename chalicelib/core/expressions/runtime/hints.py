"""Further lines for errors whose own text, which is Mistral's, helps nobody: what it means and what to write instead.

Who knows most about an error adds a note to it (`add_note`); for the rest, its kind and text tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from numbers import Number

from jinja2.exceptions import UndefinedError
from yaql.language import exceptions

from chalicelib.core.expressions.runtime.frozen import NoKey, Root

_LONGEST = 100
"""Characters of a name that are shown."""
_SHOWN_KEYS = 10

_NO_ITEM = "The list has no items; first(default) and last(default) give the default then."
_FORMAT = "YAQL has no format() for texts: use concat(a, b), a + b or text.replace(old, new)."
_OF_FUNCTIONS = {
    "format": _FORMAT,
    "json_pp": "json_pp() does not exist any more: use json_dump().",
}
"""By the names of functions that older definitions use."""


def of_yaql(error: BaseException) -> str:
    """What to add to the text of an error of YAQL, empty if that says enough."""
    return _notes(error) or _known(error)


def of_jinja(error: BaseException) -> str:
    """The same for Jinja, whose own texts say more."""
    if isinstance(error, UndefinedError) and str(error) == "'json_pp' is undefined":
        return _OF_FUNCTIONS["json_pp"]
    return _notes(error)


def no_attribute(name: str, value: object) -> str:
    """The note for `.name` of something that is no mapping."""
    return f"Only a mapping has keys, and the value before .{name} is {kind_of(value)}."


def no_index(value: object) -> str:
    """The note for `[…]` of something, or with something, that does not fit."""
    if isinstance(value, (list, tuple)):
        return "The value before [ ] is a list: its items are read by their numbers, from 0."
    return f"Only lists and mappings can be read with [ ], and the value before it is {kind_of(value)}."


def kind_of(value: object) -> str:
    """What a user calls the kind of `value`."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (type(None), "null"),
        (str, "a text"),
        (bool, "true or false"),
        (Number, "a number"),
        (Mapping, "a mapping"),
        ((list, tuple), "a list"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "something else")


def _known(error: BaseException) -> str:
    if isinstance(error, StopIteration) or isinstance(error.__cause__, StopIteration):
        return _NO_ITEM
    if isinstance(error, NoKey):
        return _no_variable(error.key) if isinstance(error.owner, Root) else _no_key(error.key, error.owner)
    if isinstance(error, KeyError) and error.args:
        return _no_key(error.args[0], ())
    if isinstance(error, exceptions.ResolutionError):
        return next((text for name, text in _OF_FUNCTIONS.items() if f' "{name}"' in str(error)), "")
    return ""


def _notes(error: BaseException) -> str:
    notes: Iterable[str] = getattr(error, "__notes__", ())
    return "\n".join(notes)


def _no_variable(name: object) -> str:
    return (
        f"There is no variable '{_short(name)}' here: variables are the input, vars, and what tasks before this one "
        f"published; the result of a task is task(name).result. $.get({_short(name)}) gives null instead of an error."
    )


def _no_key(key: object, keys: Iterable[object]) -> str:
    if isinstance(key, int):
        text = f"The value before [{key}] is a mapping, not a list, and has no key {key}."
    else:
        text = f"The mapping has no key '{_short(key)}'; .get({_short(key)}) gives null instead of an error."
    some = [_short(one) for one in islice(keys, _SHOWN_KEYS + 1)]
    more = ", …" if len(some) > _SHOWN_KEYS else ""
    return f"{text} Its keys: {', '.join(some[:_SHOWN_KEYS])}{more}." if some else text


def _short(name: object) -> str:
    text = str(name)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
