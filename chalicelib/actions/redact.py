"""Keeps secrets out of logs and texts of errors."""

from __future__ import annotations

import re

from chalicelib.core.jsontext import Json

HIDDEN = "***"

_SENSITIVE = re.compile(r"passwd|password|token|secret|auth|api[_-]?key|credential|cookie|private_key", re.IGNORECASE)


def redact(value: Json) -> Json:
    """A copy of `value` in which the value of every key that sounds like a secret is `***`, at any depth."""
    if isinstance(value, dict):
        return {key: HIDDEN if _SENSITIVE.search(str(key)) else redact(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [redact(inner) for inner in value]
    return value


def without(text: str, *secrets: str | None) -> str:
    """`text` with `***` for each of the secrets, in case that somebody quoted one."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN) if secret else text
    return text
