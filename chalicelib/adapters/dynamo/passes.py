"""How far the removal of expired executions has come, in a row of the table of runs.

p = expiration    s = S    d: the latest pass
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.adapters.dynamo import codec
from chalicelib.adapters.dynamo.access import Table
from chalicelib.ports_expiration import Pass

PARTITION, STATE = "expiration", "S"


class DynamoPasses:
    """The `PassStore` port over DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self) -> Pass | None:
        """The latest pass; `None` if there was none."""
        row = self._table.get(PARTITION, STATE)
        if row is None:
            return None
        began, project_id, after, kept = codec.unpack(row.d)
        place = (datetime.fromisoformat(after[0]), str(after[1])) if after else None
        return Pass(datetime.fromisoformat(began), project_id, place, kept)

    def write(self, latest: Pass) -> None:
        """Keep this one."""
        after = [latest.after[0].isoformat(), latest.after[1]] if latest.after else None
        content = codec.pack([latest.began.isoformat(), latest.project_id, after, latest.kept])
        self._table.save(self._table.row(PARTITION, STATE, d=content))
