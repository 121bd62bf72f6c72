"""Rows of housekeeping: maintenance mode, and how far expiration has come.

p = maintenance    s = S                state (d: content, v: version)
                       P#<execution>    an execution that was paused for it

p = expiration    s = S    d: the latest pass
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from chalicelib.adapters.dynamo.runs import codec
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.ports.housekeeping import Maintenance, Pass

MAINTENANCE_PARTITION, MAINTENANCE_STATE, NOTED = "maintenance", "S", "P#"


class DynamoMaintenance:
    """The `MaintenanceStore` port over DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self) -> Maintenance:
        """The state; that of a service that was never maintained is RUNNING."""
        row = self._table.get(MAINTENANCE_PARTITION, MAINTENANCE_STATE)
        if row is None:
            return Maintenance()
        status, cursors, quiet = codec.unpack(row.d)
        return Maintenance(status, int(row.v or 0), cursors, quiet)

    def write(self, after: Maintenance) -> Maintenance:
        """Write the state with its next version. Raises `LostRace` if that stored is of another version."""
        content = codec.pack([after.status, dict(after.cursors), after.quiet])
        row = self._table.row(MAINTENANCE_PARTITION, MAINTENANCE_STATE, d=content, v=after.version + 1)
        known = self._table.row.v == after.version if after.version else self._table.row.p.does_not_exist()
        self._table.save(row, known)
        return Maintenance(after.status, after.version + 1, after.cursors, after.quiet)

    def note(self, execution_ids: Collection[str]) -> None:
        """Remember executions that are paused now; those that are remembered already stay so."""
        for execution_id in execution_ids:
            self._table.save(self._table.row(MAINTENANCE_PARTITION, NOTED + execution_id))

    def noted(self, limit: int) -> list[str]:
        """Executions that were paused, at most `limit`."""
        rows = self._table.query(MAINTENANCE_PARTITION, self._table.row.s.startswith(NOTED), limit)
        return [row.s.removeprefix(NOTED) for row in rows]

    def forget(self, execution_ids: Collection[str]) -> None:
        """Forget executions that go on."""
        self._table.delete_all(
            [self._table.row(MAINTENANCE_PARTITION, NOTED + execution_id) for execution_id in execution_ids]
        )


EXPIRATION_PARTITION, EXPIRATION_STATE = "expiration", "S"


class DynamoPasses:
    """The `PassStore` port over DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self) -> Pass | None:
        """The latest pass; `None` if there was none."""
        row = self._table.get(EXPIRATION_PARTITION, EXPIRATION_STATE)
        if row is None:
            return None
        began, project_id, after, kept = codec.unpack(row.d)
        place = (datetime.fromisoformat(after[0]), str(after[1])) if after else None
        return Pass(datetime.fromisoformat(began), project_id, place, kept)

    def write(self, latest: Pass) -> None:
        """Keep this one."""
        after = [latest.after[0].isoformat(), latest.after[1]] if latest.after else None
        content = codec.pack([latest.began.isoformat(), latest.project_id, after, latest.kept])
        self._table.save(self._table.row(EXPIRATION_PARTITION, EXPIRATION_STATE, d=content))
