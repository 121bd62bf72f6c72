"""The table of what a worker offers, made with a decorator, and its form as definitions of actions."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from meltemi_worker.jobs import Job

JOB = "job"

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Action:
    """One action: a function and what its signature says."""

    name: str
    function: Callable[..., Any]
    parameters: Mapping[str, inspect.Parameter]
    takes_job: bool

    @property
    def description(self) -> str:
        """The docstring of the function."""
        return inspect.getdoc(self.function) or ""

    def __call__(self, given: Mapping[str, Any], job: Job) -> Any:
        """Run it. Raises whatever the function raises, and `TypeError` for an input that does not fit."""
        return self.function(**given, **({JOB: job} if self.takes_job else {}))


class Worker:
    """What one kind of worker offers."""

    def __init__(self, target: str) -> None:
        """`target`: what stands at the end of the name of its queue."""
        self.target = target
        self.actions: dict[str, Action] = {}

    def action(self, name: str) -> Callable[[Function], Function]:
        """Offer a function as the action `name`. Its parameters are those of the action; `job` is the `Job`."""

        def offer(function: Function) -> Function:
            parameters = dict(inspect.signature(function).parameters)
            takes_job = parameters.pop(JOB, None) is not None
            odd = [one.name for one in parameters.values() if one.kind in (one.VAR_POSITIONAL, one.POSITIONAL_ONLY)]
            if odd:
                raise TypeError(f"Action {name}: parameter {odd[0]} cannot be given by name")
            parameters = {key: one for key, one in parameters.items() if one.kind is not one.VAR_KEYWORD}
            self.actions[name] = Action(name, function, parameters, takes_job)
            return function

        return offer

    def definition(self, name: str) -> str:
        """The definition by which a service knows an action of this worker: YAML, in the form of JSON.

        Raises `TypeError` for a parameter whose default JSON cannot express.
        """
        action = self.actions[name]
        return json.dumps({"version": "2.0", name: _definition(action, self.target)}, indent=1)


def _definition(action: Action, target: str) -> dict[str, Any]:
    given = {parameter: f"<% $.{parameter} %>" for parameter in action.parameters}
    shown = {
        "description": action.description,
        "input": [_declared(action.name, parameter) for parameter in action.parameters.values()],
        "base": "std.worker",
        "base-input": {"name": action.name, "target": target, "input": given},
    }
    return {key: value for key, value in shown.items() if value}  # the language takes no empty description or input


def _declared(action: str, parameter: inspect.Parameter) -> Any:
    if parameter.default is parameter.empty:
        return parameter.name
    try:
        json.dumps(parameter.default, allow_nan=False)
    except (TypeError, ValueError):
        raise TypeError(f"Action {action}: the default of parameter {parameter.name} is no JSON value") from None
    return {parameter.name: parameter.default}
