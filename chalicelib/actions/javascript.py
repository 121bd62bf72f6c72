"""`std.javascript` and `std.js`: the body of a function in, what it returns out (engine rules §18).

No engine here: the script runs behind `Outside.script` (see `scripting.py`).
"""

from __future__ import annotations

from chalicelib import errors
from chalicelib.actions.contract import ActionContext, ActionType, Outside
from chalicelib.actions.errands import ScriptFailed
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.lang.spec import Parameter


def _javascript(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    script = given["script"]
    if not isinstance(script, str):
        raise TypeError("Parameter 'script' must be text.")
    try:
        return outside.script(script, given["context"], context.timeout or None)
    except ScriptFailed as error:
        raise errors.MeltemiError(f"JavaScriptAction failed: {error}") from error


ACTIONS = tuple(
    ActionType(
        name=name,
        description="Runs `script`, the body of a JavaScript function that sees `context` as `$`: what it returns.",
        class_name="mistral.actions.std_actions.JavaScriptAction",
        run=_javascript,
        parameters=(Parameter("script"), Parameter("context", None)),
        only_looks=True,
    )
    for name in ("std.javascript", "std.js")
)
