"""Heartbeats of one job: its message stays out of sight, the service hears of it, and it hears of the service."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from meltemi_worker.jobs import Job
from meltemi_worker.logs import log
from meltemi_worker.reports import Refused, Reporter, Unreached

BEATS = 3
"""How often a job is reported in the time within which it has to be."""


class Heart:
    """Beats in a thread of its own while it is entered."""

    def __init__(self, job: Job, reporter: Reporter, keep_hidden: Callable[[float], None]) -> None:
        """`keep_hidden` keeps the message of the job out of sight for so many seconds."""
        self._job = job
        self._reporter = reporter
        self._keep_hidden = keep_hidden
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heart {job.id}", daemon=True)

    def __enter__(self) -> None:
        self._keep_hidden(self._job.order.heartbeat)
        self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        pause = self._job.order.heartbeat / BEATS
        while not self._stop.wait(min(pause, self._time_left(pause))):
            if self._time_left(pause) <= 0:
                self._time_out()
                return
            self._keep_hidden(self._job.order.heartbeat)
            if self._beat(pause) == "gone":
                self._job.cancel()

    def _time_left(self, otherwise: float) -> float:
        left = self._job.seconds_left
        return otherwise if left is None else max(left, 0.0)

    def _beat(self, seconds: float) -> str:
        try:
            return self._reporter.beat(self._job, max(seconds, 1.0))
        except (Refused, Unreached) as error:
            log.warning("no heartbeat: %s", error, extra={"ids": {"action_execution_id": self._job.id}})
            return ""

    def _time_out(self) -> None:
        """Say that the time is over; what the function still does is for nobody."""
        self._job.cancel()
        if self._job.settle():
            self._reporter.result(self._job, "ERROR", f"Timeout after {self._job.order.timeout:g} seconds", tries=3)
