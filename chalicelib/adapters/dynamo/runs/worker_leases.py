"""Which worker has which action execution: a row beside what it belongs to, so that it goes with that.

p = partition of the run, or loose-<id>    s = W, and the key of the action execution    d: content, v: version
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalicelib.adapters.dynamo.runs import codec, row_keys
from chalicelib.adapters.dynamo.runs.codec import moment, time_out
from chalicelib.adapters.dynamo.runs.table import Row, Table
from chalicelib.core import ids
from chalicelib.core.values import ActionKey
from chalicelib.errors import LostRace
from chalicelib.ports.workers import Watch


class DynamoWatches:
    """The `Watches` port over DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, action_id: str) -> Watch | None:
        """That of an action execution."""
        row = self._table.get(*_place(action_id))
        return None if row is None else _watch(action_id, row)

    def begin(self, watch: Watch) -> bool:
        """Keep the first one of an action execution; `False` if there is one."""
        try:
            self._table.save(self._row(watch), self._table.row.p.does_not_exist())
        except LostRace:
            return False
        return True

    def change(self, after: Watch) -> Watch:
        """Write one with its next version. Raises `LostRace` if that stored is of another version than `after`."""
        written = replace(after, version=after.version + 1)
        self._table.save(self._row(written), self._table.row.v == after.version)
        return written

    def _row(self, watch: Watch) -> Row:
        content: dict[str, Any] = {
            "at": watch.attempt,
            "he": time_out(watch.heard_at),
            "pe": watch.percent,
            "no": watch.note,
            "lo": watch.lost,
        }
        part, place = _place(watch.action_id)
        return self._table.row(part, place, d=codec.pack(content), v=watch.version)


def _place(action_id: str) -> tuple[str, str]:
    row = ids.parse(action_id)
    if row is None:
        return row_keys.loose(action_id), row_keys.WATCH
    return row.partition, row_keys.watch(ActionKey(row.task, row.number))


def _watch(action_id: str, row: Row) -> Watch:
    plain = codec.unpack(row.d)
    return Watch(
        action_id=action_id,
        attempt=plain["at"],
        heard_at=moment(plain["he"]),
        percent=plain["pe"],
        note=plain["no"],
        lost=plain["lo"],
        version=int(row.v or 0),
    )
