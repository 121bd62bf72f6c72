"""Runs what users wrote in a function of its own, whose role may do nothing: both sides of its message.

`carry_out` is the side of the function: the same sealed processes as on a machine without it. `Sandbox` is the side
of whoever runs the action; claims, results and everything else stay there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from chalicelib import errors
from chalicelib.actions.runtime.gateways import AwsCall, CallAws, Overdue, PythonAnswer, PythonCall, ScriptFailed
from chalicelib.actions.user_code.javascript_runner import Scripts
from chalicelib.actions.user_code.python_runner import MAX_SECONDS, PythonCode, answered
from chalicelib.core.jsontext import Json, JsonDict, dumps

MAX_PAYLOAD = 6 * 1024 * 1024
"""Bytes that a function can be given."""
MAX_ANSWER = 16 * 1024 * 1024
"""Bytes of its answer as JSON text within JSON; what a result may have is checked where it is made."""
PAUSES = (0.5, 1.5, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each further try while the function is too busy."""
RESERVE_SECONDS = 2.0
"""What the function keeps for its answer."""
START_SECONDS = 30.0
"""How long the function may take to begin."""

_TOO_BUSY = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})


class SandboxFailed(errors.MeltemiError):
    """The sandbox function could not be asked, or gave no answer."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The `RunPython` and `RunScript` that have the function do it."""

    call: CallAws
    """With the rights of this process."""
    function: str
    """Its name or ARN."""
    unsealed: bool = False
    """Whether code may run there even if the process cannot be sealed."""

    def python(self, call: PythonCall, seconds: float | None) -> PythonAnswer:
        """Run a class; see `RunPython`."""
        return answered(self._asked({"python": asdict(call), "unsealed": self.unsealed}, seconds))

    def script(self, script: str, data: Json, seconds: float | None) -> Json:
        """Run a script; see `RunScript`."""
        return self._asked({"script": script, "data": data}, seconds)

    def _asked(self, order: JsonDict, seconds: float | None) -> Json:
        limit = min(seconds or MAX_SECONDS, MAX_SECONDS)
        payload = dumps({**order, "seconds": limit})
        if len(payload.encode(errors="backslashreplace")) > MAX_PAYLOAD:
            raise ScriptFailed(f"The code and its input are larger than {MAX_PAYLOAD} bytes.")
        given: JsonDict = {"FunctionName": self.function, "Payload": payload}
        try:
            answer = self.call(
                AwsCall("lambda", "invoke", given, None), min(seconds or MAX_SECONDS, limit + START_SECONDS)
            )
        except errors.ActionFailed as failure:
            raise SandboxFailed(_refusal(failure.result)) from None
        return _read(answer, limit)


def carry_out(order: JsonDict, seconds_left: float) -> JsonDict:
    """Do what `Sandbox` asked for: `value`, or `failed` with a text, or `overdue` with the seconds there were."""
    seconds = max(min(float(str(order["seconds"])), seconds_left - RESERVE_SECONDS), 1.0)
    try:
        return {"value": _value(order, seconds)}
    except ScriptFailed as error:
        return {"failed": error.message}
    except Overdue as error:
        return {"overdue": error.seconds}


def _value(order: JsonDict, seconds: float) -> Json:
    wanted = order.get("python")
    if isinstance(wanted, dict):
        fields: dict[str, Any] = wanted
        return asdict(PythonCode(unsealed=order["unsealed"] is True)(PythonCall(**fields), seconds))
    return Scripts()(str(order["script"]), order["data"], seconds)


def _read(answer: Json, limit: float) -> Json:
    """What the function answered. Raises `ScriptFailed`, `Overdue`, `SandboxFailed`."""
    found = answer if isinstance(answer, dict) else {}
    try:
        said = json.loads(str(found["Payload"]))
        if "FunctionError" in found:
            raise _broken_off(said, limit)
        if "overdue" in said:
            raise Overdue(float(said["overdue"]))
        if "failed" in said:
            raise ScriptFailed(str(said["failed"]))
        value: Json = said["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SandboxFailed("The sandbox function gave no answer.") from None
    return value


def _broken_off(said: Any, limit: float) -> errors.MeltemiError:
    """Why the function itself failed: killed, out of time, or with too large an answer."""
    message, kind = str(said.get("errorMessage", "")), str(said.get("errorType", ""))
    if "Task timed out" in message or kind == "Sandbox.Timedout":
        return Overdue(limit)
    if kind == "Function.ResponseSizeTooLarge":
        return ScriptFailed("The result is larger than the sandbox function can bring back.")
    if kind.startswith("Runtime."):
        return ScriptFailed("The code broke off together with its sandbox; it may need too much memory.")
    return SandboxFailed(f"The sandbox function failed: {kind or 'no reason given'}")


def _refusal(result: object) -> str:
    code = str(result.get("code")) if isinstance(result, dict) else ""
    if code in _TOO_BUSY:
        return "The sandbox function is too busy: more code runs at once than its account or its settings allow."
    return f"The sandbox function could not be called: {code}"
