"""What actions other than the HTTP ones have done outside: by an engine for scripts.

Plain data and the Protocols of those who do it; `contract.Outside` holds one of each.
"""

from __future__ import annotations

from typing import Protocol

from chalicelib import errors
from chalicelib.core.jsontext import Json


class ScriptFailed(errors.MeltemiError):
    """The script threw something, could not be understood, or went over a limit."""


class RunScript(Protocol):
    """Runs the body of a JavaScript function, sealed off from this process and from everything outside.

    `data` is what the script sees as `$`. Raises `ScriptFailed`, and `Overdue` when `seconds` are over.
    """

    def __call__(self, script: str, data: Json, seconds: float | None, /) -> Json:
        """What the function returns, as JSON."""
        ...
