"""Keeps secrets out of logs and texts of errors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chalicelib.core.jsontext import Json

HIDDEN = "***"

_SENSITIVE = re.compile(r"passwd|password|token|secret|auth|api[_-]?key|credential|cookie|private_key", re.IGNORECASE)
_IN_QUERY = re.compile(r"(?<=[?&])([^=&\s]+)=([^&\s'\"<>#)]+)")
_SIGNS = re.compile(r"signature|^(sig|key|code|sas)$", re.IGNORECASE)
"""Names that sound harmless, but are those of secrets in URLs."""
_USER = re.compile(r"(?<=://)[^/@\s]+@")
_SHORTEST = 4
"""Characters: what is shorter is no secret, and stands in any text."""


def is_sensitive(name: str) -> bool:
    """Whether a key, parameter or header of this name may hold a secret."""
    return _SENSITIVE.search(name) is not None


def without(text: str, *secrets: str | None) -> str:
    """`text` with `***` for each of the secrets, in case that somebody quoted one."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN) if secret else text
    return text


def without_url_secrets(text: str) -> str:
    """`text` with `***` for user and password in its URLs, and for parameters of their queries that sound like secrets:
    tokens, keys, signatures."""
    return _IN_QUERY.sub(_shown_parameter, _USER.sub(f"{HIDDEN}@", text))


def quotable(value: Json) -> Iterator[str]:
    """How an error may quote the texts in `value`, longest first: as they are, trimmed, or escaped."""
    found = {form for text in _texts(value) for form in (text, text.strip(), repr(text)[1:-1])}
    return iter(sorted((form for form in found if len(form) >= _SHORTEST), key=len, reverse=True))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _shown_parameter(pair: re.Match[str]) -> str:
    name = pair[1]
    return f"{name}={HIDDEN}" if is_sensitive(name) or _SIGNS.search(name) else pair[0]
