"""Repository of definitions of one kind, with its preconditions (`If-Match`).

The tag names the record and its version, and every write is conditional on the version that was read. So of two
callers who know the same version only one can change it.

All kinds are kept alike; what differs is what they say and their names.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.core.jsontext import JsonDict, holds_half
from chalicelib.errors import Forbidden, InvalidRequest, LostRace, MeltemiError, PreconditionFailed
from chalicelib.ports.access import NoShares, SharedWorkflows
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import (
    DefinitionChange,
    DefinitionExists,
    DefinitionRecord,
    DefinitionStore,
    DefinitionText,
)
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.kinds import Kind


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


PRIVATE, PUBLIC = "private", "public"


SYSTEM = "system"
"""The fact of a record that it comes with the service: nobody changes it."""


RENAMED = "renamed"
"""The fact of a record that it has had another name."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a definition says."""

    name: str
    text: str
    body: JsonDict
    tags: tuple[str, ...] = ()
    checksum: str | None = None
    facts: JsonDict = field(default_factory=dict)
    uses: str | None = None


def random_id() -> str:
    """The id of a new definition."""
    return str(uuid.uuid4())


class Shelf:
    """The records of one kind in every project."""

    def __init__(
        self,
        kind: Kind,
        store: DefinitionStore,
        clock: Clock,
        new_id: Callable[[], str] = random_id,
        shares: SharedWorkflows | None = None,
    ) -> None:
        """`shares`: what else a project sees, if records of this kind can be shared."""
        self.kind = kind
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._shares = shares or NoShares()

    def named(self, caller: Caller, name: str, namespace: str) -> DefinitionRecord | None:
        """What the caller means by a name: the project's own one first, then a public one, then one that is shared
        with it; admins find everything."""
        if holds_half(name) or holds_half(namespace):  # an expression can make such a name; nothing is stored by it
            return None
        own = self.own(caller.project_id, name, namespace)
        if own:
            return own
        others = self._store.public(self.kind.name, namespace, name)
        others = others or [
            found for found in self._shared(caller) if (found.name, found.namespace) == (name, namespace)
        ]
        if not others and caller.is_admin:
            others = self._store.everywhere(self.kind.name, namespace, name)
        return others[0] if others else None

    def by_id(self, identifier: str) -> DefinitionRecord | None:
        """The record with this id, whose ever it is."""
        return self._store.by_id(self.kind.name, identifier)

    def own(self, project_id: str, name: str, namespace: str) -> DefinitionRecord | None:
        """The project's own one of this name."""
        return self._store.by_name(self.kind.name, project_id, namespace, name)

    def identified(self, caller: Caller, identifier: str, namespace: str) -> DefinitionRecord | None:
        """As `named`, but an id is understood too, if the kind has ids; names hardly ever look like one."""
        as_id = _as_id(identifier) if self.kind.has_ids else None
        found = self._store.by_id(self.kind.name, as_id) if as_id is not None else None
        if found is not None and _visible(caller, found):
            return found
        # One that is hidden costs the same reads as one that is not there.
        if as_id is not None and self._shares.has_accepted(caller.project_id, as_id):
            return found
        return self.named(caller, identifier, namespace)

    def found(self, caller: Caller, identifier: str, namespace: str = "") -> DefinitionRecord:
        """As `identified`, but raises `NotFound`."""
        found = self.identified(caller, identifier, namespace)
        if found is None:
            raise self.kind.missing(identifier, namespace)
        return found

    def seen_by(self, caller: Caller) -> list[DefinitionRecord]:
        """Every record the caller can see."""
        kind = self.kind.name
        own = self._store.owned(kind, caller.project_id)
        others = self._store.everywhere(kind) if caller.is_admin else self._store.public(kind)
        return list({record.id: record for record in (*others, *self._shared(caller), *own)}.values())

    def changeable(
        self, caller: Caller, identifier: str, namespace: str, condition: Condition = ALWAYS
    ) -> DefinitionRecord:
        """The record that the caller wants to change.

        Raises `NotFound`, `Forbidden` if it is another's, `InvalidRequest` if it comes with the service,
        `PreconditionFailed` if `condition` does not hold.
        """
        found = self.found(caller, identifier, namespace)
        if found.project_id != caller.project_id and not caller.is_admin:
            raise Forbidden(f"{self.kind.name.capitalize()} {identifier} belongs to another project")
        if SYSTEM in found.facts:
            kind = self.kind.name.capitalize()
            raise InvalidRequest(f"Can not modify a system {kind}Definition resource, ID: {found.id}")
        condition.check(found)
        return found

    def made(self, project_id: str, content: Content, namespace: str, scope: str) -> DefinitionRecord:
        """A new record; its text is stored already, the record is not. Raises `InvalidRequest` for no name."""
        check_addressable(content.name)
        identifier = self._new_id()
        return DefinitionRecord(
            kind=self.kind.name,
            id=identifier,
            project_id=project_id,
            namespace=namespace,
            name=content.name,
            scope=scope,
            version=1,
            ref=self._store.save_text(identifier, DefinitionText(content.text, content.body)),
            tags=content.tags,
            checksum=content.checksum,
            created_at=self._clock.now(),
            facts=content.facts,
            uses=content.uses,
        )

    def changed(self, old: DefinitionRecord, content: Content, scope: str) -> DefinitionRecord:
        """`old` with new content; `old` itself if that changes nothing. One that gets another name remembers that.

        Raises `InvalidRequest` for no name.
        """
        if content.name != old.name:
            check_addressable(content.name)
        renamed = old.name != content.name or RENAMED in old.facts
        new = replace(
            old,
            name=content.name,
            scope=scope,
            ref=self._store.save_text(old.id, DefinitionText(content.text, content.body)),
            tags=content.tags,
            checksum=content.checksum,
            facts={**content.facts, RENAMED: True} if renamed else content.facts,
            uses=content.uses,
        )
        return old if new == old else replace(new, version=old.version + 1, updated_at=self._clock.now())

    def add(self, project_id: str, contents: Sequence[Content], namespace: str, scope: str) -> list[DefinitionRecord]:
        """Store new records, all or none. Raises `Duplicate` if a name is taken."""
        for content in contents:  # the store refuses too, but only after every text was written
            if self.own(project_id, content.name, namespace):
                raise self.kind.taken(content.name, namespace, project_id)
        records = [self.made(project_id, content, namespace, scope) for content in contents]
        self.write([DefinitionChange(None, record) for record in records])
        return records

    def renew(
        self, changes: Sequence[tuple[DefinitionRecord, Content]], scope: str, condition: Condition = ALWAYS
    ) -> list[DefinitionRecord]:
        """Give records new content, all or none; the records as they are then."""
        renewed = [(old, self.changed(old, content, scope)) for old, content in changes]
        self.write([DefinitionChange(old, new) for old, new in renewed if old is not new], condition)
        return [new for _, new in renewed]

    def remove(self, record: DefinitionRecord, condition: Condition = ALWAYS) -> None:
        """Forget a record."""
        self.write([DefinitionChange(record, None)], condition)

    def write(self, changes: Sequence[DefinitionChange], condition: Condition = ALWAYS) -> None:
        """Make all of `changes` or none. Raises `Duplicate`, `LostRace`; under a condition `PreconditionFailed`."""
        try:
            self._store.write(changes)
        except LostRace as error:
            raise condition.told(error) from error
        except DefinitionExists as error:
            raise self.kind.taken(error.record.name, error.record.namespace, error.record.project_id) from error

    def used_by(self, kind: Kind, identifier: str) -> list[DefinitionRecord]:
        """The records of `kind`, of all projects, that use this shelf's record `identifier`, by id."""
        return self._store.using(kind.name, identifier)

    def text(self, ref: str) -> str:
        """The text of a version, as it was sent."""
        return self._store.text(ref).text

    def texts(self, refs: Collection[str]) -> dict[str, str]:
        """The texts of several versions."""
        return {ref: found.text for ref, found in self._store.texts(refs).items()}

    def _shared(self, caller: Caller) -> list[DefinitionRecord]:
        """What others share with the caller's project."""
        accepted = self._shares.accepted(caller.project_id)
        return self._store.by_ids(self.kind.name, accepted) if accepted else []

    def body(self, ref: str) -> JsonDict:
        """The body of a version."""
        return self._store.text(ref).body

    def bodies(self, refs: Collection[str]) -> dict[str, JsonDict]:
        """The bodies of several versions."""
        return {ref: found.body for ref, found in self._store.texts(refs).items()}


def check_addressable(name: str) -> None:
    """Raise unless addresses can end in `name`: clients take `.` and `..` out of them before they send any."""
    if name in (".", ".."):
        raise InvalidRequest(f"'{name}' cannot be a name: no address can end in it")


def check_scope(scope: str) -> None:
    """Raise unless `scope` is one; who may use it is the policy's business."""
    if scope not in (PRIVATE, PUBLIC):
        raise InvalidRequest(f"Scope must be one of the following: {{'private', 'public'}}; actual: {scope}")


def check_given_scope(scope: str | None) -> None:
    """As `check_scope`, for a member of a JSON object; `None`: not given."""
    if scope not in (None, PRIVATE, PUBLIC):
        problem = f"Invalid input for field/attribute scope. Value: '{scope}'. Value should be one of: private, public"
        raise InvalidRequest(problem)


def _visible(caller: Caller, record: DefinitionRecord) -> bool:
    return caller.is_admin or record.project_id == caller.project_id or record.scope == PUBLIC


def _as_id(identifier: str) -> str | None:
    """The id an identifier spells."""
    try:
        return str(uuid.UUID(identifier))
    except ValueError:
        return None
