"""Checks what an action is given and runs it; every failure becomes the text that Mistral 23.0.0 stores."""

from __future__ import annotations

import json
from collections.abc import Mapping

from chalicelib import errors
from chalicelib.actions.runtime.action_type import ActionContext, ActionType, InvalidValues, Outside, Unserialisable
from chalicelib.actions.runtime.gateways import Overdue
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import Required

_SHUT = Outside()


def check_input(action: ActionType, given: Mapping[str, Json]) -> None:
    """Raise `InputError` unless every required parameter is given and nothing undeclared is."""
    declared = {parameter.name for parameter in action.parameters}
    missing = [parameter.name for parameter in action.parameters if parameter.required and parameter.name not in given]
    unexpected = [name for name in given if name not in declared]
    if missing or unexpected:
        shown = (f", missing={missing}" if missing else "") + (f", unexpected={unexpected}" if unexpected else "")
        raise errors.InputError(f"Invalid input [name={action.name}, class={action.class_name}{shown}]")


def check_values(action: ActionType, given: Mapping[str, Json]) -> None:
    """Raise `InvalidValues` if the action cannot be built from these values."""
    problem = action.check(filled(action, given))
    if problem is not None:
        described = f"Python action [name={action.name}, cls=<class '{action.class_name}'>]"
        raise InvalidValues(problem, f"Failed to instantiate an action [action_desc={described}]")


def filled(action: ActionType, given: Mapping[str, Json]) -> JsonDict:
    """`given` laid over the defaults of the parameters."""
    defaults = ((parameter.name, parameter.default) for parameter in action.parameters)
    return {**{name: default for name, default in defaults if not isinstance(default, Required)}, **given}


def inline(action: ActionType, given: Mapping[str, Json]) -> bool:
    """Whether the action may run inside a step: at once, without `Outside`, and again if the step is repeated."""
    return action.pure and action.waits(filled(action, given)) == 0


def run(action: ActionType, given: Mapping[str, Json], context: ActionContext, outside: Outside = _SHUT) -> Json:
    """The result of the action, which counts only if it `is_sync`. Raises `ActionFailed` with the error result,
    and `ActionOngoing` if that is still to come.

    The input has to have passed `check_input` and `check_values`.
    """
    try:
        return _perform(action, filled(action, given), context, outside)
    except (errors.ActionFailed, errors.ActionOngoing):
        raise
    except Unserialisable as error:
        raise errors.ActionFailed(_broken_off(action, context, error)) from error
    except Exception as error:  # whatever an action raises is its result
        raise errors.ActionFailed(_raised(action, context, error)) from error


def _perform(action: ActionType, given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    seconds = action.waits(given)
    if context.timeout and seconds > context.timeout:
        outside.sleep(context.timeout)
        raise Overdue(context.timeout)
    if seconds > 0:
        outside.sleep(seconds)
    if action.pure:  # made of nothing but the input, which is JSON
        return action.run(given, context, outside)
    return _checked(action, given, context, outside)


def _checked(action: ActionType, given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    try:
        result = action.run(given, context, outside)
    except errors.ActionFailed as failure:
        _check_json(failure.result)
        raise
    _check_json(result)
    return result


def _check_json(result: object) -> None:
    try:
        json.dumps(result, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Unserialisable(f"{type(error).__name__}: {error}") from error


def _raised(action: ActionType, context: ActionContext, error: Exception) -> str:
    msg = str(error).encode(errors="backslashreplace").decode()  # it may quote what cannot be stored
    return f"The action raised an exception [{_who(action, context)}, msg='{msg}']"


def _broken_off(action: ActionType, context: ActionContext, error: Exception) -> str:
    return f"Failed to complete action due to a Mistral exception [{_who(action, context)}]\n {error}"


def _who(action: ActionType, context: ActionContext) -> str:
    return f"action={action.label or action.name}, action_ex_id={context.action_execution_id}"
