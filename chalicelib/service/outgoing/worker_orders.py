"""Orders to external workers: the queue of a worker, the order, and the token of its reply.

A token is an HMAC over the id of one action execution and the end of the token's life, so a worker needs no
credentials of the API and cannot answer for what it was not given. Tokens are made, sent and checked, and never kept.

The format is described in `docs/reference/worker-protocol.md`; it has a number, which changes when a worker that knows
the old one would misunderstand the new one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.core import ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, Start
from chalicelib.core.resolved_action import WORKER
from chalicelib.core.states import ERROR
from chalicelib.core.values import Blob, Value
from chalicelib.errors import Forbidden, InvalidRequest, NotFound
from chalicelib.ports.clock import Clock
from chalicelib.ports.messaging import Message
from chalicelib.ports.values import Blobs, Values
from chalicelib.ports.workers import Links, WorkerQueues
from chalicelib.service.outgoing import heartbeat_timers, messages
from chalicelib.service.outgoing.large_values import kept
from chalicelib.service.outgoing.standalone_actions import LooseOrder
from chalicelib.service.outgoing.timers import Timers

PLACE = "{project}"


_TARGET = re.compile(r"[A-Za-z0-9_-]+")


_PLAIN_PROJECT = re.compile(r"[A-Za-z0-9]{1,40}")


LONGEST = 80
"""Characters that a name of a queue may have."""


def queue_of(prefix: str, project_id: str, target: Json) -> str:
    """The queue of a `target` of a project. Raises `InvalidRequest` if that cannot be the name of a queue."""
    if not isinstance(target, str) or not _TARGET.fullmatch(target):
        raise InvalidRequest(f"The target '{target}' must consist of letters, digits, '-' and '_'")
    name = prefix.replace(PLACE, project_part(project_id)) + target
    if len(name) > LONGEST:
        raise InvalidRequest(f"The target '{target}' is too long: its queue would be {name}, over {LONGEST} characters")
    return name


def project_part(project_id: str) -> str:
    """What stands for a project in the names of its queues: itself, or `_` and a digest if it has other characters.

    No two projects share it, and as it has no `-` in it, no target of one project leads to a queue of another.
    """
    if _PLAIN_PROJECT.fullmatch(project_id):
        return project_id
    return "_" + hashlib.sha256(project_id.encode()).hexdigest()[:32]


LIFE = timedelta(days=15)
"""A day longer than SQS keeps a message at most."""


class ReplyTokens:
    """Makes and checks tokens."""

    def __init__(self, keys: Sequence[str]) -> None:
        """The first of `keys` signs, all of them verify, so that a key can be replaced while orders are out."""
        self._keys = tuple(keys)

    def token(self, action_id: str, now: datetime) -> str:
        """The token that goes out with the order of an action execution."""
        end = int((now + LIFE).timestamp())
        return f"{end}.{_signature(self._keys[0], action_id, end)}"

    def check(self, action_id: str, token: str, now: datetime) -> None:
        """Raise `Forbidden` unless this is a living token of this action execution. Nothing of it is in the text."""
        end, _, signature = token.partition(".")
        if not (end.isascii() and end.isdigit() and len(end) < 12 and (action_id + signature).isascii()):
            raise Forbidden("The reply token cannot be read")
        good = [
            hmac.compare_digest(_signature(key, action_id, int(end)).encode(), signature.encode()) for key in self._keys
        ]
        if not any(good):
            raise Forbidden(f"The reply token is not one of action execution {action_id}")
        if now.timestamp() > int(end):
            raise Forbidden(f"The reply token of action execution {action_id} has expired")


def _signature(key: str, action_id: str, end: int) -> str:
    return hmac.new(key.encode(), f"reply 1\n{action_id}\n{end}".encode(), hashlib.sha256).hexdigest()


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
                queue = queue_of(self._ways.prefix, start.project_id, target)
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
        queue = queue_of(self._ways.prefix, loose.project_id, target)
        if order.timeout:
            self._timers.set([heartbeat_timers.limit(action_id, order.timeout, loose.action.created_at)])
        body = self._body(action_id, name, given, order.timeout)
        context: JsonDict = {"project_id": loose.project_id, **_addresses(action_id)}
        try:
            self._queues.send_to(queue, [{**body, "safe_rerun": False, "context": context}])
        except NotFound:
            raise NotFound(unserved(str(target), queue)) from None

    def _sent(self, start: Start, queue: str, orders: Sequence[tuple[str, JsonDict]]) -> list[Message]:
        if self._ways.claim:
            now, seconds = self._clock.now(), self._ways.claim
            self._timers.set([heartbeat_timers.claim(str(order[ID]), seconds, now) for _, order in orders])
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
