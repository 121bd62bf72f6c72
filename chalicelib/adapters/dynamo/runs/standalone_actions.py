"""Loose action executions in the table of runs, each in a partition of its own.

p = loose-<id>    s = A    d: content, v: version, gp = loose-<project>, gs: creation and id
"""

from __future__ import annotations

from typing import Any

from chalicelib.adapters.dynamo.runs import codec, row_keys, serializers
from chalicelib.adapters.dynamo.runs.run_index import Projects
from chalicelib.adapters.dynamo.runs.table import Row, Table
from chalicelib.errors import LostRace
from chalicelib.ports.standalone_actions import NO_KEY, LooseAction

PLACE = "A"


class DynamoLooseActions:
    """The `LooseStore` port over DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._projects = Projects(table, "loose")

    def create(self, loose: LooseAction) -> bool:
        """Keep a new one; `False` if there is one of this id."""
        self._projects.note(loose.project_id)
        try:
            self._table.save(self._row(loose), self._table.row.p.does_not_exist())
        except LostRace:
            return False
        return True

    def find(self, action_id: str) -> LooseAction | None:
        """The one of this id."""
        row = self._table.get(row_keys.loose(action_id), PLACE)
        return None if row is None else _loose(row)

    def change(self, after: LooseAction) -> LooseAction:
        """Write one with its next version. Raises `LostRace` if that stored is of another version than `after`."""
        row = self._row(after)
        row.v = after.version + 1
        self._table.save(row, self._table.row.v == after.version)
        return _loose(row)

    def delete(self, action_id: str) -> None:
        """Remove one."""
        part = row_keys.loose(action_id)
        self._table.delete_all([self._table.row(part, row_keys.WATCH), self._table.row(part, PLACE)])

    def newest(self, project_id: str, limit: int) -> list[LooseAction]:
        """The newest of a project, at most `limit`. May miss the latest writes."""
        entries = self._table.index(self._table.row.by_project, row_keys.loose(project_id), None, limit, True)
        found = {row.p: _loose(row) for row in self._table.batch((entry.p, PLACE) for entry in entries)}
        return [found[entry.p] for entry in entries if entry.p in found]

    def projects(self) -> list[str]:
        """Every project that has had one."""
        return self._projects.all()

    def _row(self, loose: LooseAction) -> Row:
        content: dict[str, Any] = {
            "id": loose.id,
            "pr": loose.project_id,
            "de": loose.description,
            "ns": loose.namespace,
            "ow": loose.owner,
            "ac": serializers.action_out(loose.action),
        }
        row = self._table.row(row_keys.loose(str(loose.id)), PLACE, d=codec.pack(content), v=loose.version)
        row.gp = row_keys.loose(loose.project_id)
        row.gs = row_keys.created(loose.action.created_at, str(loose.id))
        return row


def _loose(row: Row) -> LooseAction:
    plain = codec.unpack(row.d)
    return LooseAction(
        id=plain["id"],
        project_id=plain["pr"],
        description=plain["de"],
        namespace=plain.get("ns", ""),
        owner=plain["ow"],
        action=serializers.action_in(NO_KEY.task, plain["ac"]),
        version=int(row.v or 0),
    )
