"""The rows of executions in DynamoDB: one partition a run, every commit guarded by the version of its head.

    p = partition   s = H                          head (attribute v: version; dp, ds: sparse index of the sweeper)
                        S                          start, immutable (gp, gs: index of a project's runs by creation)
                        T#place#instance           a task execution
                        T#place#instance#number    a superseded action execution of it
                        X#hash                     a shared context index
                        C#place#instance#number    a claim on an action execution

A commit that changes more than the head is one transaction, which costs twice as much per kilobyte and holds 100 rows;
one that changes only the head is a plain conditional write. Either is refused as a whole when the head has moved on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from botocore.client import BaseClient
from pynamodb.connection import Connection
from pynamodb.exceptions import GetError, PutError, PynamoDBException, QueryError, TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamo import codec, shapes
from chalicelib.adapters.dynamo.tables import ByProject, Due, Row, rows_in
from chalicelib.core import ids
from chalicelib.core.engine.draft import Changes
from chalicelib.core.model import Action, ActionKey, Head, Run, Source, Start, Task, TaskKey
from chalicelib.errors import LostRace, NotFound, Unavailable

SHARDS = 4
"""Partitions of the sweeper's index, so that many starts a second do not meet in one."""


class DynamoRuns:
    """The store of runs, over DynamoDB."""

    def __init__(self, table: str, region: str, endpoint: str | None) -> None:
        self._row = rows_in(table, region, endpoint)

    @property
    def client(self) -> BaseClient:
        """The client below, for whoever wants to count or disturb its calls."""
        client: BaseClient = self._connection.client
        return client

    @property
    def _connection(self) -> Connection:
        # The model's own connection: a second one would cost a cold start another client.
        return self._row._get_connection().connection

    # --- reads ---------------------------------------------------------------------------------------------------

    def run(self, part: str) -> Run | None:
        """What a run was started with and where it is now."""
        found = {row.s: row for row in self._query(part, self._row.s.between("H", "S"))}
        if "H" not in found or "S" not in found:
            return None
        return Run(shapes.start_in(_content(found["S"])), _head(found["H"]))

    def head(self, part: str) -> Head | None:
        """Where a run is now."""
        row = self._get(part, "H")
        return None if row is None else _head(row)

    def task(self, part: str, key: TaskKey) -> Task | None:
        """One task execution."""
        row = self._get(part, _task(key))
        return None if row is None else shapes.task_in(_content(row))

    def fetch(self, part: str, keys: Sequence[TaskKey]) -> list[Task]:
        """Several task executions, in any order; missing ones are left out."""
        if len(keys) <= 1:
            return [task for key in keys if (task := self.task(part, key)) is not None]
        return [shapes.task_in(_content(row)) for row in self._batch((part, _task(key)) for key in set(keys))]

    def tasks(self, part: str) -> list[Task]:
        """All task executions of a run, by order of creation."""
        rows = self._query(part, self._row.s.startswith("T#"))
        tasks = [shapes.task_in(_content(row)) for row in rows if row.s.count("#") == 2]
        return sorted(tasks, key=lambda task: task.order)

    def action(self, part: str, key: ActionKey) -> Action | None:
        """A superseded action execution."""
        row = self._get(part, _action(key))
        return None if row is None else shapes.action_in(key.task, _content(row))

    def actions(self, part: str, key: TaskKey) -> list[Action]:
        """All action executions of a task execution, superseded and current, by number."""
        found = []
        for row in self._query(part, self._row.s.startswith(_task(key))):
            if row.s != _task(key):
                found.append(shapes.action_in(key, _content(row)))
            elif (current := shapes.task_in(_content(row)).action) is not None:
                found.append(current)
        return sorted(found, key=lambda action: action.key.number)

    def index(self, part: str, base: str) -> Mapping[str, Source]:
        """A shared context index. Raises `NotFound`."""
        row = self._get(part, f"X#{base}")
        if row is None:
            raise NotFound(f"The context index {base} is gone")
        return codec.index_in(_content(row))

    def page(self, project_id: str, after: tuple[datetime, str] | None, limit: int, descending: bool) -> list[Run]:
        """Runs of a project by (creation time, id), at most `limit`, beyond `after`."""
        index: Any = self._row.by_project
        condition = None
        if after is not None:
            edge = _created(*after)
            condition = ByProject.gs < edge if descending else ByProject.gs > edge
        try:
            keys = [row.p for row in index.query(project_id, condition, scan_index_forward=not descending, limit=limit)]
        except PynamoDBException as error:
            raise Unavailable(f"Listing executions failed: {error}") from error
        return self._runs(keys)

    def due(self, now: datetime, limit: int) -> list[str]:
        """Execution ids of runs that the sweeper should look at by `now`."""
        index: Any = self._row.due
        parts: list[str] = []
        for shard in range(SHARDS):
            rows = index.query(str(shard), Due.ds <= _stamp(now), limit=limit)
            parts += [row.p for row in rows]
        return [run.start.id for run in self._runs(parts[:limit])]

    # --- writes --------------------------------------------------------------------------------------------------

    def create(self, run: Run) -> bool:
        """Keep a new run; `False` if there is one in this partition already."""
        part = ids.partition(run.start.id)
        start = self._row(part, "S", d=codec.pack(shapes.start_out(run.start)))
        start.gp, start.gs = run.start.project_id, _created(run.start.created_at, run.start.id)
        try:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.save(start, condition=self._row.p.does_not_exist())
                transaction.save(self._head_row(part, run.head))
        except TransactWriteError as error:
            _check_refusal(error, "creating an execution")
            return False
        return True

    def commit(self, part: str, changes: Changes) -> None:
        """Write all of `changes`, or nothing. Raises `LostRace` unless the head is one version behind."""
        head = self._head_row(part, changes.head)
        guard = self._row.v == changes.head.version - 1
        rows = self._changed(part, changes)
        if not rows:
            self._save(head, guard)
            return
        try:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.save(head, condition=guard)
                for row in rows:
                    transaction.save(row)
        except TransactWriteError as error:
            _check_refusal(error, "a commit")
            raise LostRace(f"Execution {part} has moved on") from error

    def settle_outbox(self, part: str, head: Head) -> None:
        """Note that the promises of `head` were kept; nothing happens if the run has moved on."""
        row = self._head_row(part, replace(head, outbox=(), unsure=False))
        with suppress(LostRace):
            self._save(row, self._row.v == head.version)

    def claim(self, part: str, key: ActionKey, owner: str) -> str:
        """Claim an action execution for `owner` unless somebody has; whose it is now (property P8)."""
        place = f"C#{_action(key)[2:]}"
        try:
            self._save(self._row(part, place, d=codec.pack(owner)), self._row.p.does_not_exist())
        except LostRace:
            found = self._get(part, place)
            if found is None:
                raise
            return str(_content(found))
        return owner

    def delete(self, part: str) -> None:
        """Remove all rows of a run, the head last, so that a deletion cut short can be repeated."""
        rows = sorted(self._query(part, None), key=lambda row: row.s == "H")
        try:
            with self._row.batch_write() as batch:
                for row in rows:
                    batch.delete(row)
        except PynamoDBException as error:
            raise Unavailable(f"Deleting failed: {error}") from error

    # --- rows ----------------------------------------------------------------------------------------------------

    def _head_row(self, part: str, head: Head) -> Row:
        row = self._row(part, "H", d=codec.pack(shapes.head_out(head)), v=head.version)
        if head.check_at is not None:
            row.dp, row.ds = str(int(part[-4:], 16) % SHARDS), f"{_stamp(head.check_at)}#{part}"
        return row

    def _changed(self, part: str, changes: Changes) -> list[Row]:
        content: dict[str, object] = {_task(task.key): shapes.task_out(task) for task in changes.tasks}
        content |= {_action(action.key): shapes.action_out(action) for action in changes.actions}
        content |= {f"X#{base}": codec.index_out(names) for base, names in changes.indexes.items()}
        return [self._row(part, place, d=codec.pack(plain)) for place, plain in content.items()]

    def _save(self, row: Row, guard: Any) -> None:
        try:
            row.save(condition=guard)
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                raise LostRace(f"Row {row.s} of {row.p} has moved on") from error
            raise Unavailable(f"A write failed: {error}") from error

    def _get(self, part: str, place: str) -> Row | None:
        try:
            return self._row.get(part, place, consistent_read=True)
        except self._row.DoesNotExist:
            return None
        except GetError as error:
            raise Unavailable(f"A read failed: {error}") from error

    def _query(self, part: str, condition: Any) -> list[Row]:
        try:
            return list(self._row.query(part, condition, consistent_read=True))
        except QueryError as error:
            raise Unavailable(f"A read failed: {error}") from error

    def _batch(self, keys: Iterable[tuple[str, str]]) -> list[Row]:
        try:
            return list(self._row.batch_get(list(keys), consistent_read=True))
        except PynamoDBException as error:
            raise Unavailable(f"A read failed: {error}") from error

    def _runs(self, parts: list[str]) -> list[Run]:
        rows = {(row.p, row.s): row for row in self._batch((part, place) for part in parts for place in ("H", "S"))}
        found = [(rows.get((part, "S")), rows.get((part, "H"))) for part in parts]
        return [Run(_start(start), _head(head)) for start, head in found if start is not None and head is not None]


def _content(row: Row) -> Any:
    return codec.unpack(row.d)


def _head(row: Row) -> Head:
    return shapes.head_in(_content(row), int(row.v or 0))


def _start(row: Row) -> Start:
    return shapes.start_in(_content(row))


def _task(key: TaskKey) -> str:
    return f"T#{key.place:04x}#{key.instance:06x}"


def _action(key: ActionKey) -> str:
    return f"{_task(key.task)}#{key.number:06x}"


def _created(moment: datetime, execution_id: str) -> str:
    return f"{_stamp(moment)}#{execution_id}"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def _check_refusal(error: TransactWriteError, what: str) -> None:
    """Raise `Unavailable` unless it was a condition or a rival transaction that refused."""
    codes = {reason.code for reason in error.cancellation_reasons if reason is not None}
    if not codes & {"ConditionalCheckFailed", "TransactionConflict"}:
        raise Unavailable(f"The store refused {what}: {error}") from error
