"""The action behind dynamic actions: it runs a class of a code source. Nobody can call it by its name."""

from __future__ import annotations

from chalicelib import errors
from chalicelib.actions.contract import ActionContext, ActionType, Outside, Unserialisable
from chalicelib.actions.errands import PythonCall
from chalicelib.core.bases import PYTHON
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.lang.spec import Parameter


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
