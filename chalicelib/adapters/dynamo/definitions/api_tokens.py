"""API tokens in the table of definitions.

p = token#<digest>    s = token#<digest>    i = token    d: what is kept of it
"""

from __future__ import annotations

from datetime import datetime

from pynamodb.exceptions import DoesNotExist

from chalicelib.adapters.dynamo.definitions.items import DefinitionItem, Everywhere, available, bound_items
from chalicelib.ports.access import TokenRecord

KIND = "token"


class DynamoTokens:
    """The `TokenStore` port over DynamoDB."""

    def __init__(self, table: str, region: str, endpoint_url: str | None) -> None:
        self._items = bound_items(table, region, endpoint_url)

    def keep(self, record: TokenRecord) -> None:
        """Keep a new one."""
        content = {
            "project": record.project_id,
            "roles": sorted(record.roles),
            "created": record.created_at.isoformat(),
            "expires": record.expires_at.isoformat() if record.expires_at else None,
            "note": record.note,
        }
        with available():
            self._items(*_place(record.digest), i=KIND, record=content).save()

    def find(self, digest: str) -> TokenRecord | None:
        """The one of this digest; sees every earlier write."""
        with available():
            try:
                return _record(self._items.get(*_place(digest), consistent_read=True))
            except DoesNotExist:
                return None

    def beginning(self, digits: str) -> list[TokenRecord]:
        """Those whose digests begin with `digits`. May miss the latest writes."""
        with available():
            only = Everywhere.s.startswith(f"{KIND}#{digits}")
            places = [(item.p, item.s) for item in self._items.everywhere.query(KIND, only)]
            return [_record(item) for item in self._items.batch_get(places)] if places else []

    def forget(self, record: TokenRecord) -> None:
        """Remove one; removing it again changes nothing."""
        with available():
            self._items(*_place(record.digest)).delete()


def _place(digest: str) -> tuple[str, str]:
    return f"{KIND}#{digest}", f"{KIND}#{digest}"


def _record(item: DefinitionItem) -> TokenRecord:
    found = item.record
    return TokenRecord(
        digest=item.s.removeprefix(f"{KIND}#"),
        project_id=found["project"],
        roles=frozenset(found["roles"]),
        created_at=datetime.fromisoformat(found["created"]),
        expires_at=datetime.fromisoformat(found["expires"]) if found["expires"] else None,
        note=found["note"],
    )
