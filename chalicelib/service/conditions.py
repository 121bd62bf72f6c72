"""Changes that depend on what the caller knows of a definition: `If-Match` (RFC 9110, 13.1.1).

The tag names the record and its version, and every write is conditional on the version that was read. So of two
callers who know the same version only one can change it.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.errors import LostRace, MeltemiError, PreconditionFailed
from chalicelib.ports import DefinitionRecord


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to be true of each record that is changed."""

    tags: frozenset[str] | None = None
    """The tags of the versions that may be changed; `None`: whatever version there is."""

    def check(self, record: DefinitionRecord) -> None:
        """Raise `PreconditionFailed` if the caller knows another version of `record`."""
        if self.tags is not None and tag_of(record.id, record.version) not in self.tags:
            raise PreconditionFailed

    def told(self, lost: LostRace) -> MeltemiError:
        """What a caller is told of a race that was lost after the check: trying again cannot help a condition."""
        return lost if self.tags is None else PreconditionFailed()


ALWAYS = Condition()


def tag_of(identifier: str, version: int) -> str:
    """The tag of a version of a record."""
    return f"{identifier}.{version}"
