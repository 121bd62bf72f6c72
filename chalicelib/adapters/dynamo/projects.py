"""Which projects have something in the table of runs, so that admins can be shown all of it without a scan.

p = projects    s = <kind>#<project>
"""

from __future__ import annotations

from chalicelib.adapters.dynamo.access import Table

PLACE = "projects"


class Projects:
    """The projects that have runs, or loose action executions; each is noted when it makes its first."""

    def __init__(self, table: Table, kind: str) -> None:
        self._table = table
        self._prefix = f"{kind}#"
        self._noted: set[str] = set()

    def note(self, project_id: str) -> None:
        """Note a project; once a process this costs a read."""
        if project_id in self._noted:
            return
        if self._table.get(PLACE, self._prefix + project_id) is None:
            self._table.save(self._table.row(PLACE, self._prefix + project_id))
        self._noted.add(project_id)

    def all(self) -> list[str]:
        """Every project that was noted."""
        rows = self._table.query(PLACE, self._table.row.s.startswith(self._prefix))
        return [row.s.removeprefix(self._prefix) for row in rows]
