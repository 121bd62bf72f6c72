"""Takes notifications to those who listen to an execution: the reader of the queue of notifications.

A listener that does not answer is tried three times and then left out, as nobody may wait for it for ever: not the
execution, which goes on anyhow, and not what it has to tell later.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from chalicelib.core import ids
from chalicelib.core.engine.notices import publishers, wanted_by
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import MeltemiError, Unavailable
from chalicelib.ports import Runs, Values
from chalicelib.ports_notices import Publisher
from chalicelib.service.messages import BadMessage

TRIES = 3

log = logging.getLogger(__name__)


class Notifier:
    """Publishes one notification a message."""

    def __init__(self, runs: Runs, values: Values, kinds: Mapping[str, Publisher]) -> None:
        """`kinds`: what publishes, by the `type` of a `notify` entry."""
        self._runs = runs
        self._values = values
        self._kinds = kinds

    def publish(self, body: JsonDict, count: int) -> None:
        """Tell every listener that wants to know; `count`: how often this message came.

        Raises `BadMessage`, and `Unavailable` if a listener has to be tried again: then all are told again.
        """
        execution_id, event, payload = body.get("execution"), body.get("event"), body.get("payload")
        if not (isinstance(execution_id, str) and isinstance(event, str) and isinstance(payload, dict)):
            raise BadMessage("A notification lacks its execution, its event or its payload")
        failed = [
            listener
            for listener in self._listeners(execution_id)
            if wanted_by(listener, event) and not self._told(listener, payload)
        ]
        if failed and count < TRIES:
            raise Unavailable(f"{len(failed)} listeners of {execution_id} did not hear of {event}")

    def _listeners(self, execution_id: str) -> list[JsonDict]:
        run = self._runs.run(ids.partition(execution_id))
        return publishers(self._values.load(run.start.params)) if run is not None else []

    def _told(self, listener: JsonDict, payload: JsonDict) -> bool:
        """Whether a listener need not be tried again."""
        kind = self._kinds.get(str(listener.get("type")))
        if kind is None:
            log.warning("no publisher %r of %s is known", listener.get("type"), payload.get("id"))
            return True
        try:
            kind(listener, payload)
        except MeltemiError as error:
            what = (payload.get("event"), payload.get("id"), listener.get("type"))
            log.warning("%s of %s was not published by %s: %s", *what, error)
            return False
        return True
