"""The bound of what one field of an execution holds (engine rules §19)."""

from __future__ import annotations

from chalicelib.core.jsontext import Json, dumps
from chalicelib.errors import SizeLimitExceeded

KB = 1024

FIELD_CHARACTERS = 1024 * KB
"""What a field holds unless it is set otherwise (Mistral's execution_field_size_limit_kb)."""

MAX_DESCRIPTION = 65_535
"""Characters; a description lies in the row of what it describes, which DynamoDB bounds."""


def check_description(text: str | None) -> None:
    """Raise `SizeLimitExceeded` for a description of an execution or an action that no row has room for."""
    if text is not None and len(text) > MAX_DESCRIPTION:
        raise SizeLimitExceeded(f"'description' must not exceed {MAX_DESCRIPTION} characters; it has {len(text)}")


def check_field(field: str, value: Json, limit: int) -> None:
    """Raise `SizeLimitExceeded` for a field whose JSON text is longer than `limit` characters; below 0 all fit.

    As in Mistral, characters are counted, not bytes, and only whole kilobytes of them are compared.
    """
    if limit < 0:
        return
    size = len(dumps(value)) // KB
    if size > limit // KB:
        raise SizeLimitExceeded(
            f"Field size limit exceeded [class=TaskExecution, field={field}, size={size}KB, limit={limit // KB}KB]"
        )
