"""Runs scripts in a process of their own, so that nothing a script does to its engine reaches this one.

The process (`javascript_child.py`) limits its own memory, stack and processor time, and can open neither files nor
sockets.
"""

from __future__ import annotations

import json
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from chalicelib.actions.runtime.gateways import Overdue, ScriptFailed
from chalicelib.actions.user_code.child_process import BrokeOff, OutOfTime, answer_of
from chalicelib.core.jsontext import Json

MAX_SECONDS = 60.0

_CHILD = Path(__file__).with_name("javascript_child.py")


@dataclass(frozen=True, slots=True)
class Scripts:
    """The `RunScript` of the real world."""

    max_seconds: float = MAX_SECONDS
    """The longest that any script may run, from the start of its process."""

    def __call__(self, script: str, data: Json, seconds: float | None) -> Json:
        """Run `script`; see `RunScript`."""
        limit = min(seconds or self.max_seconds, self.max_seconds)
        order = json.dumps({"script": script, "data": json.dumps(data), "seconds": limit}).encode()
        try:
            return _result(answer_of(_CHILD, order, limit, _environment()))
        except OutOfTime:
            raise self._overdue(seconds) from None
        except BrokeOff as error:
            raise ScriptFailed(f"the engine broke off ({error.message}).") from None

    def _overdue(self, seconds: float | None) -> Exception:
        if seconds and seconds <= self.max_seconds:
            return Overdue(seconds)
        return ScriptFailed(f"the script took longer than {self.max_seconds:g} seconds.")


def _environment() -> dict[str, str]:
    """Where the interpreter and the engine find their libraries, and nothing else; the engine is not loaded here."""
    found = find_spec("quickjs")
    if found is None or found.origin is None:
        raise ScriptFailed("the engine 'quickjs' is not installed.")
    libraries = sysconfig.get_config_var("LIBDIR") or ""
    return {"PYTHONPATH": str(Path(found.origin).parent.parent), "LD_LIBRARY_PATH": str(libraries)}


def _result(stdout: bytes) -> Json:
    """What the script returned. A script can bend the engine's own JSON, so nothing is taken for granted."""
    try:
        answer: dict[str, str | None] = json.loads(stdout)
        if answer["error"] is not None:
            raise ScriptFailed(answer["error"])
        value: Json = None if answer["value"] is None else json.loads(answer["value"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ScriptFailed("the result is no JSON.") from None
    return value
