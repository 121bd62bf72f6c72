"""Calls and orders of standalone actions, those outside a workflow."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.engine.action import resolution
from chalicelib.core.engine.data import messages
from chalicelib.core.engine.state.interfaces import FAULTS, Actions, AdHoc, Dynamic
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action
from chalicelib.core.sizes import FIELD_CHARACTERS, check_field
from chalicelib.core.states import ERROR, RUNNING, SUCCESS, State
from chalicelib.core.values import Value
from chalicelib.messaging.bodies import CarriedBase, CarriedValue, RunStandaloneAction
from chalicelib.ports.clock import Clock
from chalicelib.ports.messaging import Message
from chalicelib.ports.standalone_actions import NO_KEY, LooseAction


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
        base = resolution.dynamic_base_of(name, found, given)
    else:
        given = resolution.called(found.spec, given)
        base = resolution.base_of(_site(toolbox, clock, project_id, namespace), found, given)
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
            result = resolution.reshaped(toolbox.actions, action.base.versions, result, Alone(clock))
        check_field("output", result, toolbox.field_size)
    except FAULTS as error:
        return ERROR, messages.output_failure(error, action)
    return state, result


def _site(toolbox: Toolbox, clock: Clock, project_id: str, namespace: str) -> resolution.Site:
    def find(name: str) -> AdHoc | Dynamic | None:
        return toolbox.actions.adhoc.find(name, project_id, namespace)

    return resolution.Site(toolbox.actions, find, lambda given: given, Alone(clock))


@dataclass(frozen=True, slots=True)
class LooseOrder:
    """An action execution as it is stored, its time limit (0: none), and whose workers are to run it, if any."""

    loose: LooseAction
    timeout: float
    target: str | None = None


def order_message(loose: LooseAction, timeout: float, target: str | None = None) -> Message:
    """The message that has an executor carry it out within `timeout` seconds (0: no limit)."""
    body = RunStandaloneAction(
        action=str(loose.id),
        project=loose.project_id,
        description=loose.description,
        namespace=loose.namespace,
        name=loose.action.name,
        input=CarriedValue.of(loose.action.input),
        base=None if loose.action.base is None else CarriedBase.of(loose.action.base),
        sync=loose.action.is_sync,
        created=loose.action.created_at,
        timeout=timeout,
        target=target,
    )
    return Message(body.action, body.action, body)


def ordered(body: RunStandaloneAction) -> LooseOrder:
    """The order that a message brings."""
    action = Action(
        NO_KEY,
        body.name,
        RUNNING,
        body.input.content,
        created_at=body.created,
        updated_at=body.created,
        is_sync=body.sync,
        base=None if body.base is None else body.base.content,
    )
    loose = LooseAction(
        id=body.action,
        project_id=body.project,
        description=body.description,
        namespace=body.namespace,
        action=action,
    )
    return LooseOrder(loose, body.timeout, body.target)
