"""The actions as the engine sees them: checked input, inline runs of those that touch nothing outside."""

from __future__ import annotations

from chalicelib.actions import registry, running
from chalicelib.actions.contract import ActionContext, InvalidValues
from chalicelib.core.engine.world import Outcome
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import ERROR, SUCCESS
from chalicelib.errors import ActionFailed


class Library:
    """The engine's `Actions` over the registry."""

    def prepare(self, name: str, given: JsonDict) -> JsonDict:
        """`given`, if the action takes it. Raises `InvalidRequest` for an unknown name and `InputError`."""
        running.check_input(registry.find(name, ""), given)
        return given

    def flaw(self, name: str, given: JsonDict) -> str | None:
        """Why the action cannot be built from these values, as the task shows it."""
        try:
            running.check_values(registry.find(name, ""), given)
        except InvalidValues as problem:
            return problem.in_task
        return None

    def is_sync(self, name: str) -> bool:
        """Whether the action reports by itself."""
        return registry.find(name, "").is_sync

    def perform(self, name: str, given: JsonDict, action_id: str) -> Outcome | None:
        """Run an action that touches nothing outside; `None` if this one needs an executor."""
        action = registry.find(name, "")
        if not running.inline(action, given):
            return None
        try:
            return Outcome(SUCCESS, running.run(action, given, ActionContext(action_execution_id=action_id)))
        except ActionFailed as failure:
            result = failure.result
            return Outcome(ERROR, result if isinstance(result, (dict, list, str, int, float)) else str(result))
