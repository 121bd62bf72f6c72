"""Takes notifications to those who listen to an execution: the reader of the queue of notifications.

A listener that does not answer is tried three times and then left out, as nobody may wait for it for ever: not the
execution, which goes on anyhow, and not what it has to tell later.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from chalicelib.core import ids
from chalicelib.core.engine.notices import publishers, wanted_by
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import Forbidden, InvalidRequest, MeltemiError, Unavailable
from chalicelib.messaging.bodies import Notification
from chalicelib.ports import Runs, Values
from chalicelib.ports_notices import Notice, Publisher
from chalicelib.service.notices import SERVICE
from chalicelib.service.notify_targets import NotifyTargets

TRIES = 3

log = logging.getLogger(__name__)


class Listener(NamedTuple):
    """An entry of `notify`, and whose it is."""

    entry: JsonDict
    project_id: str | None
    """`None`: it is the service's own, and may name any target."""


class Notifier:
    """Publishes one notification a message."""

    def __init__(
        self,
        runs: Runs,
        values: Values,
        kinds: Mapping[str, Publisher],
        targets: NotifyTargets | None = None,
        own: Sequence[JsonDict] = (),
    ) -> None:
        """`kinds`: what publishes, by the `type` of a `notify` entry; `targets`: which queues, topics and buses
        executions may name; `own`: the listeners of the service, which hear of every execution."""
        self._runs = runs
        self._values = values
        self._kinds = kinds
        self._targets = targets or NotifyTargets()
        self._own = own

    def publish(self, body: Notification, count: int) -> None:
        """Tell every listener that wants to know; `count`: how often this message came.

        Raises `Unavailable` if a listener has to be tried again: then all are told again.
        """
        notice = Notice(body.execution, body.key, body.payload)
        failed = [
            listener
            for listener in self._listeners(notice.execution_id)
            if wanted_by(listener.entry, notice.event) and not self._told(listener, notice)
        ]
        if failed and count < TRIES:
            raise Unavailable(f"{len(failed)} listeners of {notice.execution_id} did not hear of {notice.event}")

    def _listeners(self, execution_id: str) -> Iterator[Listener]:
        run = self._runs.run(ids.partition(execution_id))
        entries = publishers(self._values.load(run.start.params)) if run is not None else []
        for entry in entries:
            if entry.get("type") == SERVICE:
                yield from (Listener(one, None) for one in self._own)
            elif run is not None:
                yield Listener(entry, run.start.project_id)

    def _told(self, listener: Listener, notice: Notice) -> bool:
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
