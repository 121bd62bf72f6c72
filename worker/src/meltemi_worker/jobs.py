"""A job: one order while it is worked on, as the function behind its action sees it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from meltemi_worker.orders import Order


class Failed(Exception):
    """The action has failed, with a result of its own choice: any JSON."""

    def __init__(self, result: Any) -> None:
        super().__init__(str(result))
        self.result = result


class Cancelled(Exception):
    """Nobody waits for the result of the action any more."""


class Job:
    """What a function that asks for a parameter `job` gets. Safe to be used by several threads."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.attempt = uuid.uuid4().hex
        self.began = time.monotonic()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._progress: dict[str, Any] = {}
        self._settled = False

    @property
    def id(self) -> str:
        """The id of the action execution."""
        return self.order.id

    @property
    def context(self) -> Mapping[str, Any]:
        """For which workflow, execution, task and project it runs."""
        return self.order.context

    @property
    def seconds_left(self) -> float | None:
        """How long it may still take; `None`: as long as it wants."""
        return self.order.timeout - (time.monotonic() - self.began) if self.order.timeout else None

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the result any more."""
        return self._stopped.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if nobody waits any more; a function that takes long should call this now and then."""
        if self.cancelled:
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Wait, but not for a job that nobody waits for: then raise `Cancelled`."""
        if self._stopped.wait(seconds):
            raise Cancelled

    def progress(self, percent: float | None = None, message: str | None = None) -> None:
        """Say how far it is; shown with the action execution from the next heartbeat on."""
        with self._lock:
            if percent is not None:
                self._progress["percent"] = min(max(percent, 0), 100)
            if message is not None:
                self._progress["message"] = message[:1024]

    def said(self) -> dict[str, Any]:
        """The progress as reports carry it."""
        with self._lock:
            return dict(self._progress)

    def cancel(self) -> None:
        """Nobody waits any more."""
        self._stopped.set()

    def settle(self) -> bool:
        """Take the right to report the result, which there is once; whether it was still there."""
        with self._lock:
            first, self._settled = not self._settled, True
            return first
