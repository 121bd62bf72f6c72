"""The actions as the engine sees them: checked input, inline runs of those that touch nothing outside."""

from __future__ import annotations

from typing import NoReturn

from chalicelib.actions import run_action
from chalicelib.actions.registry import Registry
from chalicelib.actions.runtime.action_type import ActionContext, InvalidValues
from chalicelib.core.engine.state.interfaces import AdHoc, AdHocActions, Dynamic, NoOutcome, Outcome
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import ERROR, SUCCESS
from chalicelib.errors import ActionFailed, NotFound


class NoAdHoc:
    """For a library of built-in actions only."""

    def find(self, name: str, project_id: str, namespace: str) -> AdHoc | Dynamic | None:
        """Nobody has stored any."""
        return None

    def version(self, ref: str) -> NoReturn:
        """Raises `NotFound`."""
        raise NotFound(f"There is no definition {ref}")

    text = version


NONE = NoAdHoc()
STANDARD = Registry()


class Library:
    """Implements the engine's `Actions`: ad-hoc actions and the built-in ones of the registry."""

    def __init__(self, adhoc: AdHocActions = NONE, registry: Registry = STANDARD) -> None:
        self._adhoc = adhoc
        self._registry = registry

    @property
    def adhoc(self) -> AdHocActions:
        """The ad-hoc actions."""
        return self._adhoc

    def knows(self, name: str) -> bool:
        """Whether there is a built-in action of this name."""
        return self._registry.knows(name)

    def prepare(self, name: str, given: JsonDict) -> JsonDict:
        """`given`, if the action takes it. Raises `InvalidRequest` for an unknown name and `InputError`."""
        run_action.check_input(self._registry.find(name, ""), given)
        return given

    def flaw(self, name: str, given: JsonDict) -> str | None:
        """Why the action cannot be built from these values, as the task shows it."""
        try:
            run_action.check_values(self._registry.find(name, ""), given)
        except InvalidValues as problem:
            return problem.in_task
        return None

    def check(self, name: str, given: JsonDict) -> None:
        """Raise `InvalidRequest` unless there is such an action and it can be built from `given`."""
        action = self._registry.find(name)
        run_action.check_input(action, given)
        run_action.check_values(action, given)

    def has_effects(self, name: str) -> bool:
        """Whether running the action twice could be noticed outside."""
        action = self._registry.performer(name)
        return not (action.pure or action.only_looks)

    def is_sync(self, name: str) -> bool:
        """Whether the action reports by itself."""
        return self._registry.performer(name).is_sync

    def perform(self, name: str, given: JsonDict, action_id: str) -> Outcome | NoOutcome:
        """Run an action that touches nothing outside; else why there is no outcome yet."""
        action = self._registry.performer(name)
        if not run_action.inline(action, given):
            return NoOutcome.NEEDS_EXECUTOR
        try:
            result = run_action.run(action, given, ActionContext(action_execution_id=action_id))
            return Outcome(SUCCESS, result) if action.is_sync else NoOutcome.ONGOING
        except ActionFailed as failure:
            shown = failure.result
            return Outcome(ERROR, shown if isinstance(shown, (dict, list, str, int, float)) else str(shown))
