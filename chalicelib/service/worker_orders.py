"""Orders for external workers: which actions go to one, what it is told, and what happens if nobody can be told.

The format is described in `docs/reference/worker-protocol.md`; it has a number, which changes when a worker that knows
the old one would misunderstand the new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.core import ids
from chalicelib.core.bases import WORKER
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, Blob, Start, Value
from chalicelib.core.states import ERROR
from chalicelib.errors import InvalidRequest, NotFound
from chalicelib.ports import Blobs, Clock, Message, Values
from chalicelib.ports_workers import Links, WorkerQueues
from chalicelib.service import messages, pulse_timers, target_queues
from chalicelib.service.loose_orders import LooseOrder
from chalicelib.service.reply_tokens import LIFE, ReplyTokens
from chalicelib.service.timers import Timers
from chalicelib.service.values import kept

FORMAT = 1
ID = "action_execution_id"

LINK_SECONDS = min(int(LIFE.total_seconds()), 7 * 24 * 3600)
"""How long a large input can be read under its URL: as long as S3 allows."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Where workers are reached, and where they answer."""

    prefix: str
    """What the names of their queues begin with, perhaps with `{project}` in it."""
    results: str
    """The queue that takes their answers."""
    heartbeat: int
    """Seconds within which a worker that has begun has to be heard of."""
    claim: int = 0
    """Seconds within which one has to begin; 0: at any time, or never."""


@dataclass(frozen=True, slots=True)
class Routed:
    """An action execution that goes to a worker."""

    action: Action
    target: Json
    """What the task says; nothing, if its action says it."""


class WorkerOrders:
    """Sends actions to workers."""

    def __init__(
        self,
        ways: Ways,
        queues: WorkerQueues,
        values: Values,
        blobs: Blobs,
        links: Links,
        tokens: ReplyTokens,
        timers: Timers,
        clock: Clock,
    ) -> None:
        self._ways = ways
        self._queues = queues
        self._values = values
        self._blobs = blobs
        self._links = links
        self._tokens = tokens
        self._timers = timers
        self._clock = clock

    def send(self, start: Start, routed: Iterable[Routed]) -> list[Message]:
        """Order action executions of a run; the results of those that nobody can be asked for."""
        refused: list[Message] = []
        orders: defaultdict[str, list[tuple[str, JsonDict]]] = defaultdict(list)
        for each in routed:
            action_id = ids.action_id(ids.partition(start.id), each.action.key)
            try:
                target, name, given = self._wanted(each)
                queue = target_queues.queue_of(self._ways.prefix, start.project_id, target)
            except InvalidRequest as error:
                refused.append(messages.result_message(start.id, action_id, ERROR, error.message))
                continue
            body = self._body(action_id, name, given, each.action.timeout)
            body |= {"safe_rerun": each.action.safe_rerun, "context": _context(start, action_id, each.action)}
            orders[queue].append((str(target), body))
        for queue, found in orders.items():
            refused += self._sent(start, queue, found)
        return refused

    def send_loose(self, order: LooseOrder) -> None:
        """Order an action execution that belongs to no run, and set the timer of its limit, which no task has for it.

        Raises `InvalidRequest`, `NotFound`, `Unavailable`.
        """
        loose, action_id = order.loose, str(order.loose.id)
        target, name, given = self._wanted(Routed(loose.action, order.target))
        queue = target_queues.queue_of(self._ways.prefix, loose.project_id, target)
        if order.timeout:
            self._timers.set([pulse_timers.limit(action_id, order.timeout, loose.action.created_at)])
        body = self._body(action_id, name, given, order.timeout)
        context: JsonDict = {"project_id": loose.project_id, **_addresses(action_id)}
        try:
            self._queues.send_to(queue, [{**body, "safe_rerun": False, "context": context}])
        except NotFound:
            raise NotFound(unserved(str(target), queue)) from None

    def _sent(self, start: Start, queue: str, orders: Sequence[tuple[str, JsonDict]]) -> list[Message]:
        if self._ways.claim:
            now, seconds = self._clock.now(), self._ways.claim
            self._timers.set([pulse_timers.claim(str(order[ID]), seconds, now) for _, order in orders])
        try:
            self._queues.send_to(queue, [order for _, order in orders])
        except NotFound:
            return [
                messages.result_message(start.id, str(order[ID]), ERROR, unserved(target, queue))
                for target, order in orders
            ]
        return []

    def _wanted(self, routed: Routed) -> tuple[Json, str, Value]:
        """Target, name and input, whoever said them."""
        name, given = routed.action.performed
        if name != WORKER:
            return routed.target, name, given
        said = self._values.load(given)
        if not isinstance(said, dict):
            raise InvalidRequest(f"The input of {WORKER} must be an object")
        return routed.target or said["target"], str(said["name"]), kept(self._blobs, said.get("input", {}))

    def _body(self, action_id: str, name: str, given: Value, timeout: float) -> JsonDict:
        return {
            "format": FORMAT,
            ID: action_id,
            "name": name,
            **self._input(given),
            "timeout": timeout,
            "heartbeat": self._ways.heartbeat,
            "reply": {
                "token": self._tokens.token(action_id, self._clock.now()),
                "queue": self._ways.results,
                "path": "/v2/worker_reports",
            },
        }

    def _input(self, given: Value) -> JsonDict:
        """The input itself, or where it can be read."""
        if isinstance(given, Blob):
            return {"input_url": self._links.link(given.hash, LINK_SECONDS)}
        return {"input": given}


def is_for_worker(action: Action, target: Json) -> bool:
    """Whether an external worker has to run this, as far as there are any."""
    return bool(target) or action.performed[0] == WORKER


def unserved(target: str, queue: str) -> str:
    """Why an action ends whose worker cannot be told."""
    return f"Nobody serves the target '{target}': there is no queue {queue}, or it may not be used."


def _context(start: Start, action_id: str, action: Action) -> JsonDict:
    part = ids.partition(start.id)
    return {
        "project_id": start.project_id,
        "workflow_name": start.workflow_name,
        "workflow_execution_id": start.id,
        "task_execution_id": ids.task_id(part, action.key.task),
        **_addresses(action_id),
    }


def _addresses(action_id: str) -> JsonDict:
    return {"action_execution_id": action_id, "callback_url": f"/v2/action_executions/{action_id}"}
