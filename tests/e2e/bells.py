"""An external worker, in the way in which users write theirs."""

from __future__ import annotations

from meltemi_worker import Job, Worker

worker = Worker(target="bells")


@worker.action("bells.ring")
def ring(times: int, *, job: Job) -> str:
    """Rings as often as it is told."""
    job.progress(50, "ringing")
    return "ding " * times
