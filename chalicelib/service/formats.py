"""The format of messages. A kind of message that earlier code could not handle takes a higher one."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict

FORMAT = 1
"""The newest one; written, as `format`, only where it is not the first."""


def is_newer(body: JsonDict) -> bool:
    """Whether a message has a format that only a later version of this service understands."""
    given = body.get("format", FORMAT)
    return not isinstance(given, int) or given > FORMAT
