"""`std.js` and dynamic actions: their input, and the call of the runner.

No engine here: the script runs behind `Outside.script` (see `javascript_runner.py`).
"""

from __future__ import annotations

from chalicelib import errors
from chalicelib.actions.runtime.action_type import ActionContext, ActionType, Outside, Unserialisable
from chalicelib.actions.runtime.gateways import PythonCall, ScriptFailed
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import Parameter
from chalicelib.core.resolved_action import PYTHON


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


def _run(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    """Raises `ActionFailed` with the error that the class chose, `ActionOngoing` if its result is still to come."""
    arguments = given["input"]
    call = PythonCall(
        code=outside.code(str(given["source"])),
        module=str(given["module"]),
        class_name=str(given["class"]),
        input=arguments if isinstance(arguments, dict) else {},
        context={
            "workflow_name": context.workflow_name,
            "workflow_execution_id": context.execution_id,
            "task_execution_id": context.task_id,
            "task_id": context.task_id,
            "action_execution_id": context.action_execution_id,
            "callback_url": context.callback_url,
        },
    )
    answer = outside.python(call, context.timeout)
    if answer.unserialisable is not None:
        raise Unserialisable(answer.unserialisable)
    if answer.raised is not None:
        raise errors.MeltemiError(answer.raised)
    if answer.failed is not None:
        raise errors.ActionFailed(answer.failed)
    if not answer.final:
        raise errors.ActionOngoing
    return answer.value


ACTION = ActionType(
    name=PYTHON,
    label="dynamic action",
    description="Runs a class of a code source.",
    class_name="mistral.actions.dynamic_action.DynamicAction",
    parameters=tuple(Parameter(name) for name in ("source", "module", "class", "input")),
    run=_run,
)
