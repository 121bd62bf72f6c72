"""What services ask of the definition store about time: records that something is to be done about some time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class DueDefinition(NamedTuple):
    """A record that is due, as it was when it was found."""

    kind: str
    id: str
    version: int
    at: datetime


class DueDefinitions(Protocol):
    """Finds records by when they are due. Reads see every earlier write."""

    def due(self, until: datetime) -> Iterator[Sequence[DueDefinition]]:
        """Records due by `until`, page by page, the earliest of each shard first; a page is read when it is wanted."""
        ...
