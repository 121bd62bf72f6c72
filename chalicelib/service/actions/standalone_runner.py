"""Carries out loose action executions: the executor's side of `loose`.

An action with side effects is not begun twice: the message that claimed it finds its own claim when it comes again,
and then nobody knows how far it came (property P8).
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core.jsontext import Json
from chalicelib.core.resolved_action import WORKER
from chalicelib.core.states import ERROR, SUCCESS, TERMINAL, State
from chalicelib.errors import ActionFailed, ActionOngoing, InvalidRequest, LostRace, NotFound
from chalicelib.messaging.bodies import RunStandaloneAction
from chalicelib.ports.clock import Clock
from chalicelib.ports.standalone_actions import LooseAction, LooseStore
from chalicelib.ports.values import Blobs, Values
from chalicelib.service.actions.executor import Delivery, error_json, redelivered_text
from chalicelib.service.outgoing.large_values import kept
from chalicelib.service.outgoing.standalone_actions import LooseOrder, Toolbox, ordered, reshaped
from chalicelib.service.outgoing.worker_orders import WorkerOrders

RACES = 8

UNDELIVERED = "The action could not be handed to an executor, however often it was tried."


class LooseRunner:
    """Runs one action a message, and writes how it ended: there is no execution to go on."""

    def __init__(
        self,
        store: LooseStore,
        values: Values,
        blobs: Blobs,
        toolbox: Toolbox,
        clock: Clock,
        workers: WorkerOrders | None = None,
    ) -> None:
        self._store = store
        self._values = values
        self._blobs = blobs
        self._toolbox = toolbox
        self._clock = clock
        self._workers = workers

    def execute(self, body: RunStandaloneAction, delivery: Delivery, seconds: float) -> None:
        """Carry out what was ordered. Raises what has the message come again."""
        order = ordered(body)
        found = self._found(order.loose, delivery)
        if found is None or found.action.state in TERMINAL or found.owner not in (None, delivery.message_id):
            return
        name, _ = found.action.performed
        if (name == WORKER or order.target) and self._workers is not None:
            self._hand_over(replace(order, loose=found), self._workers)
            return
        if found.owner is not None and self._toolbox.has_effects(name):
            self._end(found, ERROR, redelivered_text(name))
            return
        given = self._values.load(found.action.performed[1])  # before the claim: nothing has begun if that fails
        if found.owner is None:
            found = self._store.change(replace(found, owner=delivery.message_id))
        self._run(found, given, min(seconds, order.timeout or seconds))

    def bury(self, body: RunStandaloneAction) -> None:
        """End one that nobody could carry out in ERROR."""
        self._end(ordered(body).loose, ERROR, UNDELIVERED)

    def _found(self, wanted: LooseAction, delivery: Delivery) -> LooseAction | None:
        """What is stored, by now at the latest; `None` if it was removed."""
        found = self._store.find(str(wanted.id))
        if found is None and delivery.count == 1:
            self._store.create(wanted)
            found = self._store.find(str(wanted.id))
        return found

    def _hand_over(self, order: LooseOrder, workers: WorkerOrders) -> None:
        """Send it to a worker, once more if this message comes again: the worker sees to it that it is begun once."""
        try:
            workers.send_loose(order)
        except (InvalidRequest, NotFound) as error:
            self._end(order.loose, ERROR, error.message)

    def _run(self, loose: LooseAction, given: Json, seconds: float) -> None:
        try:
            result = self._toolbox.perform(loose, given if isinstance(given, dict) else {}, seconds)
        except ActionFailed as failure:
            failed = error_json(failure.result)
            self._end(loose, *reshaped(self._toolbox, self._clock, loose.action, ERROR, failed))
            return
        except ActionOngoing:
            return
        if loose.action.is_sync:
            self._end(loose, *reshaped(self._toolbox, self._clock, loose.action, SUCCESS, result))

    def _end(self, loose: LooseAction, state: State, result: Json) -> None:
        """Write how it ended, unless that is known already."""
        for _ in range(RACES):
            found = self._store.find(str(loose.id))
            if found is None or found.action.state in TERMINAL:
                return
            try:
                self._store.change(found.ended(state, kept(self._blobs, result), True, self._clock.now()))
            except LostRace:
                continue
            return
        raise LostRace(f"Action execution {loose.id} is changed by too many at once")
