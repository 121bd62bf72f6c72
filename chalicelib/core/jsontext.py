"""The JSON alias of the core, the one way in which values become text, and how mappings are laid over each other.

Sizes are counted on this text, and content hashes are made of it, so there must be one way only.
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonDict: TypeAlias = dict[str, Json]


_HALF = re.compile("[\ud800-\udfff]")
"""Half of a character: JSON can escape it, UTF-8 cannot write it."""


def dumps(value: object) -> str:
    """Compact JSON text of `value`; anything JSON does not know becomes its `str()`, sets become lists."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_foreign)
    if holds_half(text):
        return json.dumps(value, separators=(",", ":"), default=_foreign)
    return text


def holds_half(text: str) -> bool:
    """Whether `text` has half of a character in it, which UTF-8 cannot write."""
    return not text.isascii() and _HALF.search(text) is not None


def loads(text: str | bytes) -> Json:
    """The value of a JSON text. Raises `ValueError` on anything else, and on what is nested too deeply."""
    try:
        value: Json = json.loads(text)
    except RecursionError:
        raise ValueError("the JSON text is nested too deeply") from None
    return value


def deep_merge(left: JsonDict, right: JsonDict) -> JsonDict:
    """`right` laid over `left`, mapping by mapping."""
    merged = dict(left)
    for name, value in right.items():
        old = merged.get(name)
        merged[name] = deep_merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _foreign(value: object) -> Json:
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)
