"""A worker for tests, in the way in which users write theirs."""

from __future__ import annotations

import requests
from meltemi_worker import Failed, Job, Worker

worker = Worker(target="shop")


@worker.action("shop.hit")
def hit(url: str, seconds: float = 0, *, job: Job) -> str:
    """Hits a URL, then takes its time."""
    requests.post(url, timeout=10).raise_for_status()
    job.progress(50, "hit")
    job.wait(seconds)
    return url.rpartition("/")[2]


@worker.action("shop.fail")
def fail(how: str = "choice") -> None:
    """Fails, in one of two ways."""
    if how == "choice":
        raise Failed({"reason": how})
    raise ValueError(how)
