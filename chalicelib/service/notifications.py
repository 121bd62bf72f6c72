"""Publishes notifications of executions to the targets that are allowed.

The function that publishes may write to what belongs to the service and to others, so a name alone must not be enough.

Each listener has a lane of its own: it is told of one change after the other, in order, and waits for no other.
One that does not answer is tried three times for each of them and then left out, as nobody may wait for it for ever:
not the execution, which goes on anyhow, and not what it has to tell later.
"""

from __future__ import annotations

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import NamedTuple

from chalicelib.core import ids
from chalicelib.core.engine.state.effects import publishers, wanted_by
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import Forbidden, InvalidRequest, MeltemiError
from chalicelib.ports.messaging import Notice, Publisher
from chalicelib.ports.runs import Runs
from chalicelib.ports.values import Values
from chalicelib.service.outgoing.notifications import SERVICE
from chalicelib.service.outgoing.worker_orders import PLACE, project_part

LONGEST = 2048
"""Characters of an ARN; what is longer is none, and not worth looking at."""


_PARTS = re.compile(r"(\*|\{project\})")


class NotifyTargets:
    """ARNs that may be named; `*` in one stands for any text, `{project}` for the project."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = tuple(allowed)

    def allow(self, project_id: str, arn: str) -> bool:
        """Whether executions of a project may name this target."""
        return len(arn) <= LONGEST and any(_pattern(one, project_id).fullmatch(arn) for one in self._allowed)


def _pattern(allowed: str, project_id: str) -> re.Pattern[str]:
    known = {"*": "[^:]*", PLACE: re.escape(project_part(project_id))}
    return re.compile("".join(known.get(part) or re.escape(part) for part in _PARTS.split(allowed)))


PAUSES = (1.0, 5.0)
"""Seconds before the second and the third try. With three tries of ten seconds one notification fits a delivery."""


TRY_SECONDS = 12.0
"""What has to be left of a delivery for one more try."""


MAX_LANES = 32
"""Listeners of one execution that are told at the same time."""


REMEMBERED = 10_000
"""Pairs of a notification and a listener who heard it, for what is delivered again to the same process."""


log = logging.getLogger(__name__)


class Listener(NamedTuple):
    """An entry of `notify`, and whose it is."""

    entry: JsonDict
    project_id: str | None
    """`None`: it is the service's own, and may name any target."""


class Notifier:
    """Publishes notifications of one execution at a time."""

    def __init__(
        self,
        runs: Runs,
        values: Values,
        kinds: Mapping[str, Publisher],
        targets: NotifyTargets | None = None,
        own: Sequence[JsonDict] = (),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`kinds`: what publishes, by the `type` of a `notify` entry; `targets`: which queues, topics and buses
        executions may name; `own`: the listeners of the service, which hear of every execution."""
        self._runs = runs
        self._values = values
        self._kinds = kinds
        self._targets = targets or NotifyTargets()
        self._own = own
        self._pause = pause
        self._heard: OrderedDict[tuple[str, int], None] = OrderedDict()

    def publish(self, notices: Sequence[Notice], seconds_left: Callable[[], float]) -> int:
        """Tell every listener that wants to know of these changes of one execution, in their order.

        Returns how many of them, from the first, are over: heard by all, or given up. For the others `seconds_left` was
        too little: they have to be delivered again. This process tells nobody twice.
        """
        if not notices:
            return 0
        lanes = [*enumerate(self._listeners(notices[0].execution_id))]

        def tell(lane: tuple[int, Listener]) -> int:
            return self._told_in_order(*lane, notices, seconds_left)

        if len(lanes) <= 1:
            return min(map(tell, lanes), default=len(notices))
        calls = [copy_context() for _ in lanes]  # a thread begins with an empty one
        with ThreadPoolExecutor(min(len(lanes), MAX_LANES), thread_name_prefix="notify") as pool:
            told: list[int] = [*pool.map(lambda call, lane: call.run(tell, lane), calls, lanes)]
        return min(told)

    def _told_in_order(
        self, place: int, listener: Listener, notices: Sequence[Notice], seconds_left: Callable[[], float]
    ) -> int:
        """How many a listener need not be told any more; `place`: where it stands in `_listeners`."""
        for number, notice in enumerate(notices):
            if (notice.key, place) in self._heard or not wanted_by(listener.entry, notice.event):
                continue
            if not self._told(listener, notice, seconds_left):
                return number
            self._remember(notice.key, place)
        return len(notices)

    def _remember(self, key: str, place: int) -> None:
        self._heard[key, place] = None
        if len(self._heard) > REMEMBERED:
            self._heard.popitem(last=False)

    def _listeners(self, execution_id: str) -> Iterator[Listener]:
        run = self._runs.run(ids.partition(execution_id))
        entries = publishers(self._values.load(run.start.params)) if run is not None else []
        for entry in entries:
            if entry.get("type") == SERVICE:
                yield from (Listener(one, None) for one in self._own)
            elif run is not None:
                yield Listener(entry, run.start.project_id)

    def _told(self, listener: Listener, notice: Notice, seconds_left: Callable[[], float]) -> bool:
        """Whether it is over with this notification, well or badly; else there is no time left."""
        for pause in (*PAUSES, None):
            if seconds_left() < TRY_SECONDS:
                return False
            if self._tried(listener, notice) or pause is None:
                return True
            self._pause(pause)
        return True

    def _tried(self, listener: Listener, notice: Notice) -> bool:
        """Whether a listener need not be tried again."""
        name = str(listener.entry.get("type"))
        what = (notice.event, notice.payload.get("id"), name)
        kind = self._kinds.get(name)
        if kind is None:
            log.warning("%s of %s was not published by %s, which is not known", *what)
            return True
        try:
            self._check_target(listener)
            kind(listener.entry, notice)
        except MeltemiError as error:
            log.warning("%s of %s was not published by %s: %s", *what, error)
            return isinstance(error, (Forbidden, InvalidRequest))
        return True

    def _check_target(self, listener: Listener) -> None:
        target, project_id = listener.entry.get("target"), listener.project_id
        if target is None or project_id is None or self._targets.allow(project_id, str(target)):
            return
        raise Forbidden(f"NOTIFY_TARGETS does not allow {str(target)[:200]!r} to project {project_id}")
