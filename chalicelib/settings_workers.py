"""The settings of external workers: a part of `settings`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib.environment import listed, number, text

SHORTEST_KEY = 32

_QUEUE_PREFIX = re.compile(r"[A-Za-z0-9_-]+(\{project\}-[A-Za-z0-9_-]*)?")


@dataclass(frozen=True, slots=True)
class Workers:
    """How external workers are reached, and how they answer."""

    prefix: str
    """What the names of their queues begin with; empty: there are none."""
    results_queue: str
    keys: tuple[str, ...] = field(repr=False)
    """Of reply tokens: the first one signs."""
    heartbeat: int
    """Seconds within which a worker that has claimed an action has to be heard of."""
    claim: int
    """Seconds within which a worker has to claim an action; 0: at any time, or never."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Workers:
        """Parse `env`. Raises `ValueError` naming the variable that cannot be understood or lacks another."""
        found = cls(
            prefix=env.get("TARGET_QUEUE_PREFIX", ""),
            results_queue=text(env, "RESULTS_QUEUE", "meltemi-results"),
            keys=listed(env, "RESULTS_KEY"),
            heartbeat=number(env, "WORKER_HEARTBEAT_SECONDS", 60),
            claim=number(env, "WORKER_CLAIM_SECONDS", 0, least=0),
        )
        if not found.prefix:
            return found
        if not _QUEUE_PREFIX.fullmatch(found.prefix):
            raise ValueError(
                "TARGET_QUEUE_PREFIX must consist of letters, digits, '-' and '_', and may hold {project} with a '-' "
                f"after it, not {found.prefix!r}"
            )
        if not found.keys or min(map(len, found.keys)) < SHORTEST_KEY:
            raise ValueError(
                f"TARGET_QUEUE_PREFIX needs RESULTS_KEY: secrets of at least {SHORTEST_KEY} characters, with commas "
                "between them"
            )
        return found

    def check_apart(self, queues: Iterable[str]) -> None:
        """Raise `ValueError` if a target could lead to one of `queues`, which are our own."""
        start = self.prefix.partition("{project}")[0]
        own = [queue.rpartition("/")[2] for queue in queues]
        met = [name for name in own if self.prefix and name.startswith(start)]
        if met:
            raise ValueError(f"TARGET_QUEUE_PREFIX must not be what the name of the queue {met[0]} begins with")
