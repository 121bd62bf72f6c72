"""Runs classes of code sources in a sealed process (`python_child.py`)."""

from __future__ import annotations

import json
import sysconfig
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chalicelib.actions.runtime.gateways import Overdue, PythonAnswer, PythonCall, ScriptFailed
from chalicelib.actions.user_code.child_process import BrokeOff, OutOfTime, answer_of

MAX_SECONDS = 300.0

_CHILD = Path(__file__).with_name("python_child.py")


@dataclass(frozen=True, slots=True)
class PythonCode:
    """The `RunPython` of the real world."""

    max_seconds: float = MAX_SECONDS
    """The longest that any class may run, from the start of its process."""
    unsealed: bool = False
    """Whether to go on where the kernel refuses to seal the process; only for a place that may do nothing anyway."""

    def __call__(self, call: PythonCall, seconds: float | None) -> PythonAnswer:
        """Run the class; see `RunPython`."""
        limit = min(seconds or self.max_seconds, self.max_seconds)
        order = json.dumps(
            {**asdict(call), "class": call.class_name, "seconds": limit, "unsealed": self.unsealed}
        ).encode()
        libraries = str(sysconfig.get_config_var("LIBDIR") or "")
        try:
            answer = answer_of(_CHILD, order, limit, {"LD_LIBRARY_PATH": libraries})
        except OutOfTime:
            raise Overdue(limit) from None
        except BrokeOff as error:
            raise ScriptFailed(f"The code broke off ({error.message}); it may need too much memory.") from None
        try:
            return answered(json.loads(answer))
        except (ValueError, RecursionError):
            raise _nonsense() from None


def answered(said: Any) -> PythonAnswer:
    """What a class answered. Code can write what it likes, so nothing is taken for granted. Raises `ScriptFailed`."""
    try:
        found = PythonAnswer(**said)
        for text in (found.raised, found.unserialisable):
            if not isinstance(text, str | None):
                raise TypeError(text)
    except TypeError:
        raise _nonsense() from None
    return found


def _nonsense() -> ScriptFailed:
    return ScriptFailed("The code wrote something else than its result.")
