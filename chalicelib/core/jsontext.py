"""The JSON alias of the core and the one way in which values become text.

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
    if not text.isascii() and _HALF.search(text):
        return json.dumps(value, separators=(",", ":"), default=_foreign)
    return text


def loads(text: str | bytes) -> Json:
    """The value of a JSON text. Raises `ValueError` on anything else."""
    value: Json = json.loads(text)
    return value


def _foreign(value: object) -> Json:
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)
