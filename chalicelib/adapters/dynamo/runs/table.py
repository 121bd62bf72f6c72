"""Gateway to the table of runs, and its row model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from botocore.client import BaseClient
from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import (
    GetError,
    PutError,
    PynamoDBException,
    QueryError,
    TransactWriteError,
    UpdateError,
    VerboseClientError,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.adapters.dynamo.failures import failure
from chalicelib.adapters.dynamo.transactions import connection, transaction
from chalicelib.errors import LostRace

CONNECTIONS = 64
"""Sockets a process keeps open to the store, enough for all threads of a local run."""


class ByProject(GlobalSecondaryIndex[Any]):
    """Start rows of a project by creation time."""

    class Meta:
        """Keys only; the rows are read by key."""

        index_name = "by_project"
        projection = KeysOnlyProjection()

    gp = UnicodeAttribute(hash_key=True)
    gs = UnicodeAttribute(range_key=True)


class ByWorkflow(GlobalSecondaryIndex[Any]):
    """Start rows of a project and a name of a workflow, by creation time."""

    class Meta:
        """Keys only; the rows are read by key."""

        index_name = "by_workflow"
        projection = KeysOnlyProjection()

    wp = UnicodeAttribute(hash_key=True)
    gs = UnicodeAttribute(range_key=True)


class ByState(GlobalSecondaryIndex[Any]):
    """Heads of a project and a state other than SUCCESS, by the creation time of their run."""

    class Meta:
        """Keys only; the rows are read by key."""

        index_name = "by_state"
        projection = KeysOnlyProjection()

    sp = UnicodeAttribute(hash_key=True)
    gs = UnicodeAttribute(range_key=True)


class Due(GlobalSecondaryIndex[Any]):
    """Start rows by the time when the sweeper should look at the run.

    Entries stay when a run has ended, as removing one costs as much as writing it; the sweeper has a cursor.
    """

    class Meta:
        """Keys only; the rows are read by key."""

        index_name = "due"
        projection = KeysOnlyProjection()

    dp = UnicodeAttribute(hash_key=True)
    ds = UnicodeAttribute(range_key=True)


class Row(Model):
    """Any row of a run. `d` holds its content, `t` the tasks kept in a head, `c` the creation time of its run,
    `x` when a row may go (seconds since 1970)."""

    class Meta:
        """Replaced by `rows_in`: a model needs its table's name when it is declared."""

        table_name = "runs"

    p = UnicodeAttribute(hash_key=True)
    s = UnicodeAttribute(range_key=True)
    d = BinaryAttribute(null=True, legacy_encoding=False)
    t = BinaryAttribute(null=True, legacy_encoding=False)
    v = NumberAttribute(null=True)
    c = UnicodeAttribute(null=True)
    x = NumberAttribute(null=True)
    gp = UnicodeAttribute(null=True)
    gs = UnicodeAttribute(null=True)
    wp = UnicodeAttribute(null=True)
    sp = UnicodeAttribute(null=True)
    dp = UnicodeAttribute(null=True)
    ds = UnicodeAttribute(null=True)
    by_project = ByProject()
    by_workflow = ByWorkflow()
    by_state = ByState()
    due = Due()


def rows_in(table: str, region: str, endpoint: str | None) -> type[Row]:
    """The row model of one table."""
    names = {"table_name": table, "region": region, "host": endpoint, "max_pool_connections": CONNECTIONS}
    meta = type("Meta", (), names)
    return type("Row", (Row,), {"Meta": meta, "__module__": __name__})


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
