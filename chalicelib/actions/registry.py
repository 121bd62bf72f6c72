"""The table of built-in actions. To add some: write a module with `ACTIONS`, a row each, and name it here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from chalicelib import errors
from chalicelib.actions import basic, dynamic, http, javascript, mail, ssh, worker
from chalicelib.actions.contract import ActionType
from chalicelib.core.lang.spec import Parameter, Required

STANDARD: Mapping[str, ActionType] = MappingProxyType(
    {action.name: action for module in (basic, http, javascript, mail, ssh, worker) for action in module.ACTIONS}
)


def find(name: str, namespace: str | None = None) -> ActionType:
    """The built-in action `name`. Raises `InvalidRequest`; `namespace` only adds to the text, as tasks show it."""
    if name in STANDARD:
        return STANDARD[name]
    where = "" if namespace is None else f", namespace={namespace}"
    raise errors.InvalidRequest(f"Failed to find action [action_name={name}{where}]")


def performer(name: str) -> ActionType:
    """What carries out the action `name` once it was called: those that nobody can call count, too."""
    return dynamic.ACTION if name == dynamic.ACTION.name else find(name)


def signature(action: ActionType) -> str:
    """The parameters as the API lists them: `output, delay=0`."""
    return ", ".join(_shown(parameter) for parameter in action.parameters)


def _shown(parameter: Parameter) -> str:
    if isinstance(parameter.default, Required):
        return parameter.name
    return f"{parameter.name}={json.dumps(parameter.default)}"
