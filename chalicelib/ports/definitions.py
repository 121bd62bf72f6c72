"""Ports of the definition store: records, texts, and records found by due time or by namespace.

The data that crosses a port lives here too, beside the Protocol that carries it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import Duplicate


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionRecord:
    """A stored definition as it is now; `ref` names the immutable version of its text that is current."""

    kind: str
    id: str
    project_id: str
    namespace: str
    name: str
    scope: str
    version: int
    """Counts the changes of this record, from 1; guards them too."""
    ref: str
    tags: tuple[str, ...] = ()
    checksum: str | None = None
    created_at: datetime
    updated_at: datetime | None = None
    facts: JsonDict = field(default_factory=dict)
    """What lists show of the text, so that they need not read it."""
    uses: str | None = None
    """Id of the one definition that this one cannot do without."""
    due: datetime | None = None
    """When something is to be done about it; `None`: never."""


@dataclass(frozen=True, slots=True)
class DefinitionText:
    """An immutable version of a definition: the text as stored and the parsed body."""

    text: str
    body: JsonDict


class DefinitionChange(NamedTuple):
    """What becomes of one record: made (`before` is `None`), changed, or removed (`after` is `None`)."""

    before: DefinitionRecord | None
    after: DefinitionRecord | None


class DefinitionStore(Protocol):
    """Keeps definitions of every kind. Reads see every earlier write, unless said otherwise."""

    def save_text(self, identifier: str, text: DefinitionText) -> str:
        """Keep a version of the text of the definition `identifier`; return its ref, equal for equal texts."""
        ...

    def text(self, ref: str) -> DefinitionText:
        """A version of a text. Raises `NotFound`; versions outlive the removal of their record."""
        ...

    def texts(self, refs: Collection[str]) -> dict[str, DefinitionText]:
        """Several versions by their refs; missing ones are left out."""
        ...

    def by_id(self, kind: str, identifier: str) -> DefinitionRecord | None:
        """The record with this id, whose ever it is."""
        ...

    def by_ids(self, kind: str, identifiers: Collection[str]) -> list[DefinitionRecord]:
        """The records with these ids, whose ever they are, in any order; missing ones are left out."""
        ...

    def by_name(self, kind: str, project_id: str, namespace: str, name: str) -> DefinitionRecord | None:
        """The project's own record of this name."""
        ...

    def public(self, kind: str, namespace: str | None = None, name: str | None = None) -> list[DefinitionRecord]:
        """Public records of all projects: those of one name, or every one."""
        ...

    def owned(self, kind: str, project_id: str) -> list[DefinitionRecord]:
        """Every record of a project."""
        ...

    def everywhere(self, kind: str, namespace: str | None = None, name: str | None = None) -> list[DefinitionRecord]:
        """Records of all projects: those of one name, or every one. May miss the latest writes."""
        ...

    def using(self, kind: str, identifier: str) -> list[DefinitionRecord]:
        """Records of all projects that use the definition `identifier`, as they were when they began to."""
        ...

    def write(self, changes: Sequence[DefinitionChange]) -> None:
        """Make all of `changes` or none.

        Raises `DefinitionExists` if a name is taken, `LostRace` if a record changed since it was read.
        """
        ...

    def write_in_parts(self, changes: Sequence[DefinitionChange]) -> None:
        """Make `changes` in their order: all or none where `write` can, else part by part, each all or none; raises as
        `write`, and what was made before stays."""
        ...


class DefinitionExists(Duplicate):
    """A definition of this name exists already."""

    def __init__(self, record: DefinitionRecord) -> None:
        super().__init__(f"There is a {record.kind} {record.name!r} already")
        self.record = record


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


class WaitingDefinitions(Protocol):
    """Finds records by their namespace, which says what they wait for."""

    def waiting(self, kind: str, namespace: str, project_id: str | None) -> list[DefinitionRecord]:
        """Records of a namespace: the project's own and public ones; those of all projects if it is `None`, which may
        miss the latest writes."""
        ...


class Buses(Protocol):
    """Knows where events can come from."""

    def lacks(self, name: str) -> bool:
        """Whether there is no bus of this name; no if that cannot be found out."""
        ...


class AnyBus:
    """For services that look no bus up."""

    def lacks(self, name: str) -> bool:
        """No: there may be one."""
        return False
