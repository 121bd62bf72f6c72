"""Several at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Answer = TypeVar("Answer")


def side_by_side(bodies: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Run `bodies` in threads that begin together; the first error is raised here. A single one needs no thread."""
    if len(bodies) == 1:
        return [bodies[0]()]
    barrier = threading.Barrier(len(bodies))

    def run(body: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return body()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(run, bodies))
