"""Calls of actions that run by themselves: what a name comes to, ad-hoc actions included (engine rules §16.2, §17)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.engine import adhoc, dynamic, texts
from chalicelib.core.engine.faults import FAULTS
from chalicelib.core.engine.world import Actions, AdHoc, Dynamic
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, Value
from chalicelib.core.sizes import FIELD_CHARACTERS, check_field
from chalicelib.core.states import ERROR, RUNNING, SUCCESS, State
from chalicelib.ports import Clock
from chalicelib.ports_loose import NO_KEY, LooseAction


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What can be done with actions."""

    check: Callable[[str, JsonDict], None]
    """Raises `InvalidRequest` for an unknown name or an input that does not fit."""
    is_sync: Callable[[str], bool]
    has_effects: Callable[[str], bool]
    perform: Callable[[LooseAction, JsonDict, float], Json]
    """What is performed, its input at hand, seconds. Raises `ActionFailed`."""
    actions: Actions
    """All of them, ad-hoc ones included; the functions above know the others only."""
    field_size: int = FIELD_CHARACTERS
    """Characters of the largest input and stored result; below 0: no bound."""


@dataclass(frozen=True, slots=True)
class Alone:
    """What expressions may ask where there is no execution: the time, a UUID, and nothing else."""

    clock: Clock

    def now(self) -> datetime:
        """The time of day."""
        return self.clock.now()

    def uuid(self) -> str:
        """A random one: nothing is ever repeated here."""
        return str(uuid.uuid4())

    def env(self) -> Json:
        """There is no environment."""
        return {}

    def execution(self) -> Json:
        """There is no execution."""
        return None

    def executions(
        self,
        id: str | None,
        root_execution_id: str | None,
        state: str | None,
        from_time: str | None,
        to_time: str | None,
    ) -> list[Json]:
        """Nobody asks for an execution."""
        return []

    def task(self, name: str | None) -> Json:
        """There is no task."""
        return None

    def tasks(self, workflow_execution_id: str | None, recursive: bool, state: str | None, flat: bool) -> list[Json]:
        """Nobody asks for an execution."""
        return []

    def global_variable(self, name: str) -> Json:
        """There are no variables."""
        return None


def opened(toolbox: Toolbox, clock: Clock, project_id: str, name: str, given: JsonDict, namespace: str = "") -> Action:
    """An action execution as a project asks for it, with its values at hand: of the namespace, else the default one.

    Raises `InvalidRequest` for an unknown action or base, `InputError`, `ExpressionError` from `base-input`, and
    `SizeLimitExceeded`.
    """
    check_field("input", given, toolbox.field_size)
    base, found = None, toolbox.actions.adhoc.find(name, project_id, namespace)
    if found is None:
        toolbox.check(name, given)
    elif isinstance(found, Dynamic):
        base = dynamic.base_of(name, found, given)
    else:
        given = adhoc.called(found.spec, given)
        base = adhoc.base_of(_site(toolbox, clock, project_id, namespace), found, given)
    if base is not None:
        check_field("input", at_hand(base.input), toolbox.field_size)
    now, sync = clock.now(), toolbox.is_sync(name if base is None else base.name)
    return Action(NO_KEY, name, RUNNING, given, created_at=now, updated_at=now, is_sync=sync, base=base)


def at_hand(given: Value) -> JsonDict:
    """An input as `opened` made it."""
    return given if isinstance(given, dict) else {}


def reshaped(toolbox: Toolbox, clock: Clock, action: Action, state: State, result: Json) -> tuple[State, Json]:
    """How an action ended, as its caller gets it; one whose `output` fails, or is too large, ended in ERROR."""
    try:
        if action.base is not None and state is SUCCESS:
            result = adhoc.reshaped(toolbox.actions, action.base.versions, result, Alone(clock))
        check_field("output", result, toolbox.field_size)
    except FAULTS as error:
        return ERROR, texts.output_failure(error, action)
    return state, result


def _site(toolbox: Toolbox, clock: Clock, project_id: str, namespace: str) -> adhoc.Site:
    def find(name: str) -> AdHoc | Dynamic | None:
        return toolbox.actions.adhoc.find(name, project_id, namespace)

    return adhoc.Site(toolbox.actions, find, lambda given: given, Alone(clock))
