"""Run actions that a step sent out, and report how they ended.

An action with side effects is claimed by the message that brought it before it runs (property P8). The same message
delivered again finds its own claim: whoever ran the action died on the way, and nobody knows how far it came, so it
ends in ERROR instead of running twice. If there is no claim yet, nothing was begun, and it runs. Another message for
the same action is a repeated promise, and is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.core import ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.states import ERROR, SUCCESS, State
from chalicelib.errors import ActionFailed, ActionOngoing
from chalicelib.messaging.bodies import RunAction
from chalicelib.ports.messaging import Queues
from chalicelib.ports.runs import Runs
from chalicelib.ports.values import Blobs, Values
from chalicelib.service.outgoing import messages
from chalicelib.service.outgoing.large_values import kept
from chalicelib.service.outgoing.messages import action_key
from chalicelib.service.outgoing.tracing import Tracing


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a message: its id, which stays the same when it comes again, and how often it came."""

    message_id: str
    count: int


Perform = Callable[[RunAction, JsonDict, float], Json]
"""Runs an action: the order, its input, how many seconds it may take. Raises `ActionFailed`, `ActionOngoing`."""


class Executor:
    """Runs one action a message."""

    def __init__(
        self,
        runs: Runs,
        values: Values,
        blobs: Blobs,
        queues: Queues,
        perform: Perform,
        has_effects: Callable[[str], bool],
        tracing: Tracing | None = None,
    ) -> None:
        self._runs = runs
        self._values = values
        self._blobs = blobs
        self._queues = queues
        self._perform = perform
        self._has_effects = has_effects
        self._tracing = tracing

    def execute(self, order: RunAction, delivery: Delivery, seconds: float) -> None:
        """Run the action that was ordered within `seconds`, and report its result.

        Raises `Unavailable` if the input could not be read, or the result not be reported: then the message has to
        come again.
        """
        part = ids.partition(order.execution)
        if not self._runs.is_alive(part, order.created_at):  # deleted meanwhile
            return
        # Before the claim: an action whose input could not be read has not been begun, so it may be tried again.
        given = self._values.load(order.input.content)
        if not order.safe_rerun and self._has_effects(order.name):
            owner = self._runs.claim(part, action_key(order.action), delivery.message_id)
            if owner not in (None, delivery.message_id):
                return
            if owner is not None and delivery.count > 1:
                self._report(order, ERROR, redelivered_text(order.name))
                return
        if self._tracing is None:
            self._run(order, given, seconds)
            return
        key_of_span, facts = f"{delivery.message_id}/{delivery.count}", _facts(order)
        with self._tracing.span("execute", order.trace, key_of_span, facts):
            self._run(order, given, seconds)

    def _run(self, order: RunAction, given: Json, seconds: float) -> None:
        try:
            limit = min(seconds, order.timeout or seconds)
            result = self._perform(order, given if isinstance(given, dict) else {}, limit)
        except ActionFailed as failure:
            self._report(order, ERROR, error_json(failure.result))
            return
        except ActionOngoing:
            return
        if order.sync:
            self._report(order, SUCCESS, result)

    def _report(self, order: RunAction, state: State, result: Json) -> None:
        ended = messages.result_message(order.execution, order.action, state, kept(self._blobs, result))
        self._queues.send_events([ended])


def error_json(result: object) -> Json:
    """The result of a failed action as it can be stored."""
    return result if isinstance(result, (dict, list, str, int, float)) else str(result)


def redelivered_text(name: str) -> str:
    """Why an action was not run a second time."""
    return (
        "Request to run an action was redelivered, but it cannot be re-run safely. "
        f"The only safe thing to do is fail it [action={name}]."
    )


def _facts(order: RunAction) -> dict[str, str]:
    """By what the work on an order is found in a trace."""
    task = messages.task_id_of(order)
    return {"execution": order.execution, "task": task, "action": order.action, "name": order.name}
