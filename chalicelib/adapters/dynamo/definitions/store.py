"""The `DefinitionStore` port over DynamoDB; how items are keyed is in `definition_items`."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from botocore.client import BaseClient
from pynamodb.exceptions import DoesNotExist, PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamo.definitions.items import (
    DUE_SHARDS,
    OUTSIDE,
    PUBLIC,
    DefinitionItem,
    Everywhere,
    available,
    bound_items,
    due_in,
    due_key,
    due_out,
    id_key,
    is_due_place,
    keys,
    moment_key,
    name_key,
    pack,
    project_key,
    stays,
    unpack,
    use_key,
)
from chalicelib.adapters.dynamo.failures import failure
from chalicelib.adapters.dynamo.transactions import connection, transaction
from chalicelib.core import jsontext
from chalicelib.errors import Contended, InvalidRequest, MeltemiError, NotFound, Overtaken
from chalicelib.ports.definitions import (
    DefinitionChange,
    DefinitionExists,
    DefinitionRecord,
    DefinitionText,
    DueDefinition,
)
from chalicelib.ports.values import Blobs

MAX_INLINE = 300_000
"""Compressed texts above this many bytes are kept as blobs."""

MAX_RECORD = 16_384
"""What is said of a definition besides its text is kept as a blob above this many bytes of JSON: several copies of it
are written in one transaction of 4 MB, and many such records."""

PAGE = 1000
"""How many due records are looked at together."""

MAX_OPERATIONS = 100
"""What one transaction holds."""


class DynamoDefinitions:
    """Keeps definitions in one table, texts too large for an item in `blobs`."""

    def __init__(self, table: str, region: str, endpoint_url: str | None, blobs: Blobs) -> None:
        self._items = bound_items(table, region, endpoint_url)
        self._blobs = blobs

    @property
    def client(self) -> BaseClient:
        """The client below, for whoever wants to count or disturb its calls."""
        client: BaseClient = connection(self._items).client
        return client

    def save_text(self, identifier: str, text: DefinitionText) -> str:
        """Keep a version of the text of the definition `identifier`; return its ref, equal for equal texts."""
        data = jsontext.dumps({"text": text.text, "body": text.body}).encode()
        digest = hashlib.sha256(data).hexdigest()
        packed = zlib.compress(data)
        item = self._items(id_key(identifier), f"text#{digest}", packed=packed)
        if len(packed) > MAX_INLINE:
            # not under `digest`: that is where a value of this very text would be kept, which is not packed
            kept = hashlib.sha256(packed).hexdigest()
            self._blobs.put(kept, packed)
            item = self._items(id_key(identifier), f"text#{digest}", blob=kept)
        with available():
            item.save()
        return f"{identifier}/{digest}"

    def text(self, ref: str) -> DefinitionText:
        """A version of a text. Raises `NotFound`; versions outlive the removal of their record."""
        item = self._get(*_place(ref))
        if item is None:
            raise NotFound(f"There is no definition {ref}")
        return self._read(item)

    def texts(self, refs: Collection[str]) -> dict[str, DefinitionText]:
        """Several versions by their refs; missing ones are left out."""
        places = {_place(ref): ref for ref in refs}
        with available():
            items = list(self._items.batch_get(list(places))) if places else []
        return {places[item.p, item.s]: self._read(item) for item in items}

    def by_id(self, kind: str, identifier: str) -> DefinitionRecord | None:
        """The record with this id, whose ever it is."""
        item = self._get(id_key(identifier), kind)
        return self._record(item) if item else None

    def by_ids(self, kind: str, identifiers: Collection[str]) -> list[DefinitionRecord]:
        """The records with these ids, whose ever they are, in any order; missing ones are left out."""
        places = [(id_key(identifier), kind) for identifier in identifiers]
        with available():
            return (
                [self._record(item) for item in self._items.batch_get(places, consistent_read=True)] if places else []
            )

    def by_name(self, kind: str, project_id: str, namespace: str, name: str) -> DefinitionRecord | None:
        """The project's own record of this name."""
        item = self._get(project_key(project_id), name_key(kind, namespace, name))
        return self._record(item) if item else None

    def public(self, kind: str, namespace: str | None = None, name: str | None = None) -> list[DefinitionRecord]:
        """Public records of all projects: those of one name, or every one."""
        prefix = f"{kind}#" if name is None else name_key(kind, namespace or "", name) + "#"
        found = self._under(PUBLIC, prefix)
        # A name may contain the separator: `w#x` is under the prefix of `w`.
        return [
            record for record in found if name is None or (record.namespace, record.name) == (namespace or "", name)
        ]

    def owned(self, kind: str, project_id: str) -> list[DefinitionRecord]:
        """Every record of a project."""
        return self._under(project_key(project_id), f"{kind}#")

    def everywhere(self, kind: str, namespace: str | None = None, name: str | None = None) -> list[DefinitionRecord]:
        """Records of all projects: those of one name, or every one. May miss the latest writes."""
        return self._indexed(kind, Everywhere.s == name_key(kind, namespace or "", name) if name is not None else None)

    def waiting(self, kind: str, namespace: str, project_id: str | None) -> list[DefinitionRecord]:
        """Records of a namespace: the project's own and public ones; those of all projects if it is `None`, which may
        miss the latest writes."""
        prefix = name_key(kind, namespace, "")
        if project_id is None:
            return self._indexed(kind, Everywhere.s.startswith(prefix))
        found = (*self._under(project_key(project_id), prefix), *self._under(PUBLIC, prefix))
        return list({record.id: record for record in found}.values())

    def using(self, kind: str, identifier: str) -> list[DefinitionRecord]:
        """Records of all projects that use the definition `identifier`."""
        return self._under(id_key(identifier), use_key(kind))

    def due(self, until: datetime, page: int = PAGE) -> Iterator[Sequence[DueDefinition]]:
        """Records due by `until`, page by page, the earliest of each shard first; a page is read when it is wanted."""
        for shard in range(DUE_SHARDS):
            found = self._items.query(due_key(shard), self._items.s < moment_key(until), consistent_read=True)
            with available():
                while items := list(islice(found, page)):
                    yield [due_in(item) for item in items]

    def write(self, changes: Sequence[DefinitionChange]) -> None:
        """Make all of `changes` or none.

        Raises `DefinitionExists` if a name is taken, `LostRace` if a record changed since it was read.
        """
        operations = [operation for change in changes for operation in self._operations(change)]
        if len(operations) > MAX_OPERATIONS:
            raise InvalidRequest(f"Too many definitions at once: {len(changes)}")
        self._commit(operations)

    def write_in_parts(self, changes: Sequence[DefinitionChange]) -> None:
        """Make `changes` in their order: all or none where `write` can, else part by part, each all or none.

        Raises as `write`; what was made before stays.
        """
        part: list[_Operation] = []
        for change in changes:
            operations = list(self._operations(change))
            if len(part) + len(operations) > MAX_OPERATIONS:
                self._commit(part)
                part = []
            part += operations
        self._commit(part)

    def _commit(self, operations: Sequence[_Operation]) -> None:
        if not operations:
            return  # DynamoDB refuses an empty transaction
        try:
            with transaction(self._items) as writes:
                for operation in operations:
                    operation.add_to(writes)
        except TransactWriteError as error:
            raise _refusal(error, operations) from error
        except PynamoDBException as error:
            raise failure("DynamoDB did not answer", error) from error

    def _operations(self, change: DefinitionChange) -> Iterator[_Operation]:
        """One per copy: those by name and by id carry the condition; a moved record leaves its old places.

        That by id tells a record from another that was made under its name after it was removed.
        """
        before, after = change
        old, new = keys(before) if before else [], keys(after) if after else []
        unchanged = self._items.version == (before.version if before else 0)
        guarded = old[:2]
        for place in old:
            if place not in new:
                yield _Operation(self._items(*place), True, unchanged if place in guarded else None)
        if after:
            free = self._items.p.does_not_exist()
            yield (
                _Operation(self._copy(after, new[0], after.kind), False, unchanged)
                if new[0] in old
                else _Operation(self._copy(after, new[0], after.kind), False, free, DefinitionExists(after))
            )
            for place in new[1:]:
                if not (place in old and stays(place)):
                    yield _Operation(self._copy(after, place), False, unchanged if place in guarded else None)

    def _copy(self, record: DefinitionRecord, place: tuple[str, str], index: str | None = None) -> DefinitionItem:
        """One of the copies of a record; what is large lies in a blob that they share."""
        content, blob = due_out(record), None
        if not is_due_place(place):
            content = pack(record)
            data = jsontext.dumps(content).encode()
            if len(data) > MAX_RECORD:
                content, blob = OUTSIDE, hashlib.sha256(data).hexdigest()
                self._blobs.put(blob, data)
        return self._items(*place, i=index, version=record.version, record=content, blob=blob)

    def _record(self, item: DefinitionItem) -> DefinitionRecord:
        if not item.blob:
            return unpack(item.record)
        found = jsontext.loads(self._blobs.get(item.blob))
        if not isinstance(found, dict):
            raise TypeError(f"The definition {item.p}/{item.s} is damaged")
        return unpack(found)

    def _read(self, item: DefinitionItem) -> DefinitionText:
        packed = self._blobs.get(item.blob) if item.blob else item.packed
        data = jsontext.loads(zlib.decompress(packed))
        if not (isinstance(data, dict) and isinstance(data["text"], str) and isinstance(data["body"], dict)):
            raise TypeError(f"The definition {item.p}/{item.s} is damaged")
        return DefinitionText(data["text"], data["body"])

    def _get(self, p: str, s: str) -> DefinitionItem | None:
        with available():
            try:
                return self._items.get(p, s, consistent_read=True)
            except DoesNotExist:
                return None

    def _indexed(self, kind: str, only: Condition | None) -> list[DefinitionRecord]:
        with available():
            places = [(item.p, item.s) for item in self._items.everywhere.query(kind, only)]
            return [self._record(item) for item in self._items.batch_get(places)] if places else []

    def _under(self, p: str, prefix: str) -> list[DefinitionRecord]:
        with available():
            found = self._items.query(p, self._items.s.startswith(prefix), consistent_read=True)
            return [self._record(item) for item in found]


def _place(ref: str) -> tuple[str, str]:
    identifier, _, digest = ref.rpartition("/")
    return id_key(identifier), f"text#{digest}"


@dataclass(frozen=True)
class _Operation:
    """One item of a transaction, and what it means if its condition does not hold."""

    item: DefinitionItem
    remove: bool
    condition: Condition | None = None
    refused: MeltemiError = field(default_factory=Overtaken)

    def add_to(self, transaction: TransactWrite) -> None:
        if self.remove:
            transaction.delete(self.item, condition=self.condition)
        else:
            transaction.save(self.item, condition=self.condition)


def _refusal(error: TransactWriteError, operations: Sequence[_Operation]) -> MeltemiError:
    """Why a transaction was cancelled: a taken name, a record that another writer changed, or DynamoDB is busy.

    A rival transaction that is still under way is told apart: whether it will change anything is not known.
    """
    for reason, operation in zip(error.cancellation_reasons, operations, strict=False):
        if reason is not None and reason.code == "ConditionalCheckFailed":
            return operation.refused
    if any(reason is not None and reason.code == "TransactionConflict" for reason in error.cancellation_reasons):
        return Contended(f"A rival transaction is under way: {error}")
    return failure("DynamoDB did not answer", error)
