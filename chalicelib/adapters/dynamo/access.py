"""Reads and writes of one table, with the errors of this service: what a condition refused is a lost race."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from botocore.client import BaseClient
from pynamodb.exceptions import (
    GetError,
    PutError,
    PynamoDBException,
    QueryError,
    TransactWriteError,
    UpdateError,
    VerboseClientError,
)

from chalicelib.adapters.dynamo.failures import failure
from chalicelib.adapters.dynamo.tables import Row, rows_in
from chalicelib.adapters.dynamo.transactions import connection, transaction
from chalicelib.errors import LostRace

REFUSED = "ConditionalCheckFailedException"


class Table:
    """Rows by key. Reads are strongly consistent, but for those of an index."""

    def __init__(self, table: str, region: str, endpoint: str | None) -> None:
        self.row = rows_in(table, region, endpoint)

    @property
    def client(self) -> BaseClient:
        """The client below, for whoever wants to count or disturb its calls."""
        client: BaseClient = connection(self.row).client
        return client

    def get(self, part: str, place: str) -> Row | None:
        """One row."""
        try:
            return self.row.get(part, place, consistent_read=True)
        except self.row.DoesNotExist:
            return None
        except GetError as error:
            raise failure("A read failed", error) from error

    def query(self, part: str, condition: Any = None, limit: int | None = None) -> list[Row]:
        """All rows of a partition, or those whose sort key meets a condition, at most `limit`."""
        try:
            return list(self.row.query(part, condition, consistent_read=True, limit=limit))
        except QueryError as error:
            raise failure("A read failed", error) from error

    def each(self, part: str, condition: Any, page: int) -> Iterator[Row]:
        """The rows of a partition whose sort key meets a condition, read page by page as they are asked for."""
        try:
            yield from self.row.query(part, condition, consistent_read=True, page_size=page)
        except QueryError as error:
            raise failure("A read failed", error) from error

    def index(self, index: Any, key: str, condition: Any, limit: int, descending: bool = False) -> list[Row]:
        """Entries of an index in order of its sort key, at most `limit`."""
        try:
            return list(index.query(key, condition, scan_index_forward=not descending, limit=limit))
        except PynamoDBException as error:
            raise failure("A read failed", error) from error

    def batch(self, keys: Iterable[tuple[str, str]]) -> list[Row]:
        """Several rows, in any order; missing ones are left out."""
        try:
            return list(self.row.batch_get(list(keys), consistent_read=True))
        except PynamoDBException as error:
            raise failure("A read failed", error) from error

    def save(self, row: Row, guard: Any = None) -> None:
        """Write one row. Raises `LostRace` if `guard` refuses."""
        try:
            row.save(condition=guard)
        except PutError as error:
            raise _refusal(error, row) from error

    def set(self, row: Row, action: Any, guard: Any, *more: Any) -> None:
        """Change an attribute of a row, or several. Raises `LostRace` if `guard` refuses."""
        try:
            row.update(actions=[action, *more], condition=guard)
        except UpdateError as error:
            raise _refusal(error, row) from error

    def save_all(self, guarded: Row, guard: Any, rows: Sequence[Row]) -> None:
        """Write several rows or none. Raises `LostRace` if the guard of the first refuses, or a rival transaction."""
        try:
            with transaction(self.row) as writes:
                writes.save(guarded, condition=guard)
                for row in rows:
                    writes.save(row)
        except TransactWriteError as error:
            codes = {reason.code for reason in error.cancellation_reasons if reason is not None}
            if codes & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise LostRace(f"Row {guarded.s} of {guarded.p} has moved on") from error
            raise failure("The store refused a commit", error) from error

    def delete_all(self, rows: Sequence[Row], left: Sequence[Row] = ()) -> None:
        """Remove rows, in order; before that, write those that are `left`."""
        try:
            with self.row.batch_write() as batch:
                for row in left:
                    batch.save(row)
                for row in rows:
                    batch.delete(row)
        except (PynamoDBException, VerboseClientError) as error:
            raise failure("Deleting failed", error) from error


def _refusal(error: PutError | UpdateError, row: Row) -> Exception:
    if error.cause_response_code == REFUSED:
        return LostRace(f"Row {row.s} of {row.p} has moved on")
    return failure("A write failed", error)
