"""Ends an action execution with what somebody says came out of it, whether it belongs to a task or not."""

from __future__ import annotations

from chalicelib.core.jsontext import Json
from chalicelib.core.states import TERMINAL, State
from chalicelib.errors import IllegalTransition, NotFound
from chalicelib.ports.messaging import Queues
from chalicelib.ports.values import Blobs
from chalicelib.service.access.caller import Caller
from chalicelib.service.actions.standalone import LooseActions
from chalicelib.service.executions.commands import reported_result
from chalicelib.service.outgoing import messages
from chalicelib.service.outgoing.large_values import kept
from chalicelib.service.runs.action_status import Standing


class Endings:
    """Takes results in."""

    def __init__(self, loose: LooseActions, blobs: Blobs, queues: Queues) -> None:
        self._loose = loose
        self._blobs = blobs
        self._queues = queues

    def end(self, standing: Standing, state: State, result: Json, given: bool = True) -> bool:
        """End it, unless it has ended: then nothing happens, and this is `False`. `given`: whether there is a result.

        Raises `Unavailable`, and `LostRace`; doing it again does no harm.
        """
        if standing.state in TERMINAL:
            return False
        if standing.execution_id is None:
            return self._end_alone(standing, state, result, given)
        value = kept(self._blobs, reported_result(state, result, given))
        self._queues.send_events([messages.result_message(standing.execution_id, standing.id, state, value)])
        return True

    def _end_alone(self, standing: Standing, state: State, result: Json, given: bool) -> bool:
        try:
            self._loose.complete(Caller(standing.project_id), standing.id, str(state), result, given)
        except (IllegalTransition, NotFound):
            return False
        return True
