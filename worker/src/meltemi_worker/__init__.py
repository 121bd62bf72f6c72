"""External workers of Meltemi: decorate functions, name a target, run.

from meltemi_worker import Job, Worker

worker = Worker(target="thumbs")


@worker.action("acme.resize")
def resize(image: str, width: int = 100, *, job: Job) -> dict:
    "Makes an image smaller."
    job.progress(50, "half of it")
    return {"width": width}

`meltemi-worker my_module:worker --queue meltemi-worker-p-thumbs --api https://…/v2` runs it.
"""

from meltemi_worker.actions import Action, Worker
from meltemi_worker.jobs import Cancelled, Failed, Job

__all__ = ["Action", "Cancelled", "Failed", "Job", "Worker"]
