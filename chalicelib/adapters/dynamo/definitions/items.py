"""The items of the definitions table and how they are keyed.

| what | `p` | `s` | `i` |
| --- | --- | --- | --- |
| a record by name | `project#<project>` | `<kind>#<namespace>#<name>` | kind |
| the same by id | `id#<id>` | `<kind>` | |
| the same, if public, for everyone | `public` | `<kind>#<namespace>#<name>#<id>` | |
| the same, if it uses another definition | `id#<id of that>` | `used#<kind>#<id>` | |
| its kind, id and version, if it is due | `due#<shard>` | `<moment>#<id>` | |
| a version of its text | `id#<id>` | `text#<digest>` | |
| a share of it | `id#<id>` | `member#<project>` | |
| the same, if accepted, for the member | `shared#<project>` | `workflow#<id>` | |
| an API token | `token#<digest>` | `token#<digest>` | `token` |

The copies of a record change in one transaction; only that below what it uses stays as it was. Versions of texts are
never changed and never removed: running executions are pinned to them. What is too large for an item lies in S3, and
the items say where (`b`). The index `by_id` (hash `i`, range `s`, keys only) answers admins who look everywhere.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PynamoDBException
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.adapters.dynamo.failures import failure
from chalicelib.adapters.dynamo.runs import row_keys
from chalicelib.errors import NewerFormat
from chalicelib.ports.definitions import DefinitionRecord, DueDefinition

PUBLIC = "public"

FORMAT = 1
"""Of records; written only where it is another one."""

OUTSIDE: dict[str, object] = {"format": 2}
"""In place of a record that lies in a blob; code from before there were any leaves it alone."""

DUE_SHARDS = 4
"""Over how many partitions due records are spread, so that thousands that are due at once can be moved on."""

MAX_KEY = 900
"""Bytes of a sort key by name; DynamoDB takes 1024, and the id may follow."""


class Everywhere(GlobalSecondaryIndex["DefinitionItem"]):
    """Keys of all records of a kind, by name."""

    class Meta:
        """How the index is called and what it holds."""

        index_name = "by_id"
        projection = KeysOnlyProjection()

    i = UnicodeAttribute(hash_key=True)
    s = UnicodeAttribute(range_key=True)


class DefinitionItem(Model):
    """Any item of the table; use a subclass made by `bound_items`, which knows where the table is."""

    class Meta:
        """A name that no table has; `bound_items` gives the right one."""

        table_name = "definitions"

    p = UnicodeAttribute(hash_key=True)
    s = UnicodeAttribute(range_key=True)
    i = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True, attr_name="n")
    record = JSONAttribute(null=True, attr_name="d")
    packed = BinaryAttribute(null=True, attr_name="z", legacy_encoding=False)
    blob = UnicodeAttribute(null=True, attr_name="b")
    everywhere = Everywhere()


def bound_items(table: str, region: str, endpoint_url: str | None) -> type[DefinitionItem]:
    """`DefinitionItem` bound to one table at one endpoint."""
    meta = type("Meta", (), {"table_name": table, "region": region, "host": endpoint_url})
    return type("BoundDefinitionItem", (DefinitionItem,), {"Meta": meta})


def project_key(project_id: str) -> str:
    """Partition of a project's records."""
    return f"project#{project_id}"


def id_key(identifier: str) -> str:
    """Partition of what belongs to one definition."""
    return f"id#{identifier}"


def name_key(kind: str, namespace: str, name: str) -> str:
    """Sort key of a record; the namespace is quoted so that no two names share a key.

    One that is too long for DynamoDB is replaced by its hash: those are not sorted, and no other key looks like it.
    """
    key = f"{kind}#{quote(namespace, safe='')}#{name}"
    if len(key.encode()) <= MAX_KEY:
        return key
    return f"{kind}#~{hashlib.sha256(key.encode()).hexdigest()}"


def use_key(kind: str, identifier: str = "") -> str:
    """Sort key of a record below the definition it uses."""
    return f"used#{kind}#{identifier}"


def due_key(shard: int) -> str:
    """Partition of a shard of the records that are due some time."""
    return f"due#{shard}"


def moment_key(moment: datetime, identifier: str = "") -> str:
    """Sort key of a due record; without an id, what is before it is due before `moment`."""
    return f"{row_keys.stamp(moment)}#{identifier}"


def is_due_place(place: tuple[str, str]) -> bool:
    """Whether a copy only says that a record is due."""
    return place[0].startswith("due#")


def due_out(record: DefinitionRecord) -> dict[str, object]:
    """What an item says of a due record."""
    return {"kind": record.kind, "id": record.id, "due": record.due.isoformat() if record.due else None}


def due_in(item: DefinitionItem) -> DueDefinition:
    """What an item said of a due record."""
    found = item.record
    return DueDefinition(found["kind"], found["id"], int(item.version), datetime.fromisoformat(found["due"]))


def stays(place: tuple[str, str]) -> bool:
    """Whether a copy is left as it is while the record changes."""
    return place[1].startswith("used#")


def keys(record: DefinitionRecord) -> list[tuple[str, str]]:
    """Where the copies of `record` are; the first one is the record by name."""
    name = name_key(record.kind, record.namespace, record.name)
    found = [(project_key(record.project_id), name), (id_key(record.id), record.kind)]
    if record.scope == "public":
        found.append((PUBLIC, f"{name}#{record.id}"))
    if record.uses is not None:
        found.append((id_key(record.uses), use_key(record.kind, record.id)))
    if record.due is not None:
        shard = zlib.crc32(record.id.encode()) % DUE_SHARDS
        found.append((due_key(shard), moment_key(record.due, record.id)))
    return found


def pack(record: DefinitionRecord) -> dict[str, object]:
    """The JSON of a record, as an item keeps it."""
    return {
        "kind": record.kind,
        "id": record.id,
        "project": record.project_id,
        "namespace": record.namespace,
        "name": record.name,
        "scope": record.scope,
        "version": record.version,
        "ref": record.ref,
        "tags": list(record.tags),
        "checksum": record.checksum,
        "created": record.created_at.isoformat(),
        "updated": record.updated_at.isoformat() if record.updated_at else None,
        "facts": record.facts,
        "uses": record.uses,
        "due": record.due.isoformat() if record.due else None,
    }


def unpack(found: dict[str, Any]) -> DefinitionRecord:
    """The record that an item keeps. Raises `NewerFormat` for what a later version of this service wrote."""
    if found.get("format", FORMAT) > FORMAT:
        raise NewerFormat("A definition has an unknown format: a newer version of the service wrote it")
    return DefinitionRecord(
        kind=found["kind"],
        id=found["id"],
        project_id=found["project"],
        namespace=found["namespace"],
        name=found["name"],
        scope=found["scope"],
        version=found["version"],
        ref=found["ref"],
        tags=tuple(found["tags"]),
        checksum=found["checksum"],
        created_at=datetime.fromisoformat(found["created"]),
        updated_at=datetime.fromisoformat(found["updated"]) if found["updated"] else None,
        facts=found["facts"],
        uses=found.get("uses"),
        due=datetime.fromisoformat(due) if (due := found.get("due")) else None,
    )


@contextmanager
def available() -> Iterator[None]:
    """Errors of DynamoDB as errors of ours; `DoesNotExist` stays, it is an answer."""
    try:
        yield
    except DoesNotExist:
        raise
    except PynamoDBException as error:
        raise failure("DynamoDB did not answer", error) from error
