"""Actions that run by themselves, without a workflow: at once, or stored and carried out by an executor.

What is to be carried out is sent before it is stored, and the message says everything: if this process dies between
the two, the executor stores it. So none stays RUNNING for which there is no message. The executor writes the result
itself, as there is no execution to go on.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action
from chalicelib.core.sizes import check_description, check_field
from chalicelib.core.states import ACTION, ERROR, PAUSED, SUCCESS, TERMINAL, may_change
from chalicelib.errors import (
    ActionFailed,
    ActionOngoing,
    Forbidden,
    IllegalTransition,
    InvalidRequest,
    LostRace,
    NotFound,
)
from chalicelib.ports.clock import Clock
from chalicelib.ports.messaging import Queues
from chalicelib.ports.standalone_actions import LooseAction, LooseStore
from chalicelib.ports.values import Blobs
from chalicelib.service.access.caller import Caller, listed
from chalicelib.service.actions.executor import error_json
from chalicelib.service.executions.commands import reported_result, reported_state
from chalicelib.service.outgoing.large_values import kept
from chalicelib.service.outgoing.standalone_actions import Toolbox, at_hand, opened, order_message, reshaped

AT_ONCE_SECONDS = 25.0
"""How long an action may take while somebody waits for the reply: the gateway gives up after 29."""

RACES = 4
"""How often a lost race is run again before the caller has to."""

LISTED = 1000
"""How many of the newest are looked at for a list."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a caller wants run."""

    name: str | None
    namespace: str = ""
    input: JsonDict = field(default_factory=dict)
    description: str | None = None
    run_sync: bool = False
    save_result: bool = False
    timeout: float = 0.0
    """Seconds; 0: no limit."""
    target: str | None = None
    """Whose workers are to run it, if there are external ones."""


def random_id() -> str:
    """The id of a new action execution; ids of those of tasks are of another version."""
    return str(uuid.uuid4())


class LooseActions:
    """Runs actions on their own."""

    def __init__(
        self,
        store: LooseStore,
        blobs: Blobs,
        queues: Queues,
        toolbox: Toolbox,
        clock: Clock,
        new_id: Callable[[], str] = random_id,
        has_workers: bool = False,
    ) -> None:
        """`has_workers`: whether a target leads to anybody; if not, it is ignored."""
        self._store = store
        self._blobs = blobs
        self._queues = queues
        self._toolbox = toolbox
        self._clock = clock
        self._new_id = new_id
        self._has_workers = has_workers

    def run(self, caller: Caller, request: RunRequest) -> LooseAction:
        """Run an action: at once if it is synchronous and nobody wants it stored or it to be so, else before long.

        Raises `InvalidRequest` for an unknown action, an input that does not fit, and an asynchronous one at once;
        `SizeLimitExceeded` for an input that is too large, or a result that is to be stored and is.
        """
        if not request.name:
            raise InvalidRequest("Please provide at least action name to run action.")
        check_description(request.description)
        action = opened(self._toolbox, self._clock, caller.project_id, request.name, request.input, request.namespace)
        target = request.target if self._has_workers else None
        reports = action.is_sync and not target
        if request.run_sync and not reports:
            raise InvalidRequest("Action does not support synchronous execution.")
        at_once = reports and (request.run_sync or not request.save_result)
        stored = request.save_result or not reports
        loose = self._loose(caller, request, action, self._new_id() if stored else None)
        if at_once:
            loose = self._performed(loose, action, request)
        elif target or action.is_sync or self._toolbox.has_effects(action.performed[0]):
            self._queues.send_actions([order_message(loose, request.timeout, target)])
        if stored:
            self._store.create(loose)
        return loose

    def one(self, caller: Caller, action_id: str) -> LooseAction:
        """The one of this id. Raises `NotFound`."""
        found = self._store.find(action_id)
        if found is None or (found.project_id != caller.project_id and not caller.is_admin):
            raise NotFound(f"ActionExecution not found [id={action_id}]")
        return found

    def newest(self, caller: Caller) -> list[LooseAction]:
        """The newest ones that the caller sees."""
        projects = listed(caller, None, self._store.projects)
        share = LISTED // max(len(projects), 1)
        return [found for project_id in projects for found in self._store.newest(project_id, share)]

    def complete(self, caller: Caller, action_id: str, state: str, output: Json, given: bool) -> LooseAction:
        """Bring the result of one, pause or resume it. `given`: whether the caller sent an output.

        Raises `IllegalTransition` if it is over, or another result comes first.
        """
        for _ in range(RACES):
            with suppress(LostRace):
                return self._completed(caller, action_id, state, output, given)
        raise LostRace(f"Action {action_id} is changed by too many at once")

    def _completed(self, caller: Caller, action_id: str, state: str, output: Json, given: bool) -> LooseAction:
        wanted = reported_state(state)
        found = self.one(caller, action_id)
        if wanted in TERMINAL and found.action.state in TERMINAL:
            raise IllegalTransition(f"Action {action_id} is already completed")
        if not may_change(ACTION, found.action.state, wanted):
            raise IllegalTransition(f"Invalid state transition from {found.action.state} to {wanted}.")
        if wanted is PAUSED and found.action.is_sync:
            raise InvalidRequest("Transition to the PAUSED state is only supported for asynchronous action execution.")
        if wanted in TERMINAL:
            result = reported_result(wanted, output, given)
            ended, result = reshaped(self._toolbox, self._clock, found.action, wanted, result)
            return self._store.change(found.ended(ended, kept(self._blobs, result), True, self._clock.now()))
        changed = replace(found.action, state=wanted, updated_at=self._clock.now())
        return self._store.change(replace(found, action=changed))

    def delete(self, caller: Caller, action_id: str) -> None:
        """Remove one that is over. Raises `Forbidden` for others."""
        found = self.one(caller, action_id)
        if found.action.state not in TERMINAL:
            raise Forbidden("Only completed action execution can be deleted.")
        self._store.delete(action_id)

    def _loose(self, caller: Caller, request: RunRequest, action: Action, action_id: str | None) -> LooseAction:
        description = request.description
        if action_id is not None:
            action, description = self._kept(action), description or ""
        return LooseAction(
            id=action_id,
            project_id=caller.project_id,
            description=description,
            namespace=request.namespace,
            action=action,
        )

    def _kept(self, action: Action) -> Action:
        base = action.base
        if base is not None:
            base = replace(base, input=kept(self._blobs, at_hand(base.input)))
        return replace(action, input=kept(self._blobs, at_hand(action.input)), base=base)

    def _performed(self, loose: LooseAction, action: Action, request: RunRequest) -> LooseAction:
        """One that was run while the caller waits; it does not count as updated.

        The result is that of the base: Mistral 23.0.0 does not apply the `output` of an ad-hoc action here.
        """
        seconds = min(request.timeout or AT_ONCE_SECONDS, AT_ONCE_SECONDS)
        _, given = action.performed
        try:
            result = self._toolbox.perform(loose, at_hand(given), seconds)
            state = SUCCESS
        except ActionFailed as failure:
            result, state = error_json(failure.result), ERROR
        except ActionOngoing:
            raise InvalidRequest("Action does not support synchronous execution.") from None
        if loose.id is None:
            return loose.ended(state, result, False, loose.action.updated_at)
        check_field("output", result, self._toolbox.field_size)
        output = kept(self._blobs, result)
        return loose.ended(state, output, False, loose.action.updated_at)
