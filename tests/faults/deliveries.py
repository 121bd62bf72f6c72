"""Ways in which a batch of messages may reach a handler."""

from __future__ import annotations

import random
from collections.abc import Callable

from local.records import Record

Deliveries = Callable[[list[Record]], list[list[Record]]]
"""How a batch reaches a handler: as one or several batches, in any order, once or more often."""


def once(records: list[Record]) -> list[list[Record]]:
    """As it should be."""
    return [records]


def twice(records: list[Record]) -> list[list[Record]]:
    """The whole batch again, as after a visibility timeout that was too short."""
    return [records, records]


def shuffled(seed: int) -> Deliveries:
    """One by one in any order, some of them again."""
    rng = random.Random(seed)

    def mix(records: list[Record]) -> list[list[Record]]:
        mixed = [*records, *rng.sample(records, rng.randint(0, len(records)))]
        rng.shuffle(mixed)
        return [[record] for record in mixed]

    return mix
