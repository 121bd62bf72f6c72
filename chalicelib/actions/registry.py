"""The built-in actions. To add some: write a module with `ACTIONS`, a row each, and name it here.

Actions that exist by rule rather than row by row (those of an AWS service: hundreds) are a `Family`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from chalicelib import errors
from chalicelib.actions.http import action as http
from chalicelib.actions.mail import action as mail
from chalicelib.actions.runtime.action_type import ActionType
from chalicelib.actions.ssh import action as ssh
from chalicelib.actions.standard import basic, signals, worker
from chalicelib.actions.user_code import actions as user_code
from chalicelib.core.language.spec import Parameter, Required

_MODULES = (basic, http, user_code, mail, signals, ssh, worker)

STANDARD: Mapping[str, ActionType] = MappingProxyType(
    {action.name: action for module in _MODULES for action in module.ACTIONS}
)


class Family(Protocol):
    """Actions whose rows are made when somebody asks for them."""

    def find(self, name: str) -> ActionType | None:
        """The row of this name, at the price of that one alone."""
        ...

    def all(self) -> Iterable[ActionType]:
        """Every row, which may take a while."""
        ...


class Registry:
    """The actions that need no definition: the standard ones, and those of families."""

    def __init__(self, families: Sequence[Family] = ()) -> None:
        self._families = families

    def find(self, name: str, namespace: str | None = None) -> ActionType:
        """The action `name`. Raises `InvalidRequest`; `namespace` only adds to the text, as tasks show it."""
        found = self._find(name)
        if found is not None:
            return found
        where = "" if namespace is None else f", namespace={namespace}"
        raise errors.InvalidRequest(f"Failed to find action [action_name={name}{where}]")

    def knows(self, name: str) -> bool:
        """Whether there is an action of this name."""
        return self._find(name) is not None

    def performer(self, name: str) -> ActionType:
        """What carries out the action `name` once it was called: those that nobody can call count, too."""
        return user_code.ACTION if name == user_code.ACTION.name else self.find(name)

    def all(self) -> Iterator[ActionType]:
        """Every action."""
        yield from STANDARD.values()
        for family in self._families:
            yield from family.all()

    def _find(self, name: str) -> ActionType | None:
        if name in STANDARD:
            return STANDARD[name]
        return next((found for family in self._families if (found := family.find(name)) is not None), None)


def signature(action: ActionType) -> str:
    """The parameters as the API lists them: `output, delay=0`."""
    return ", ".join(_shown(parameter) for parameter in action.parameters)


def _shown(parameter: Parameter) -> str:
    if isinstance(parameter.default, Required):
        return parameter.name
    return f"{parameter.name}={json.dumps(parameter.default)}"
