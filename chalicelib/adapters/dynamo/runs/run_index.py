"""Index entries of lists: runs by state or workflow, and the projects that have runs.

Every entry sorts by the creation time of its run, so a time range and the place of a page are one condition on the
sort key, whatever the index. The rows themselves are read by key.

p = projects    s = <kind>#<project>
"""

from __future__ import annotations

from chalicelib.adapters.dynamo.runs import row_keys
from chalicelib.adapters.dynamo.runs.table import ByProject, Row, Table
from chalicelib.ports.runs import LISTED, Selection


def entries(table: Table, selection: Selection, edge: str | None, limit: int, descending: bool) -> list[Row]:
    """Entries of runs by (creation time, id), at most `limit`, beyond the one that sorts as `edge`."""
    low, high = row_keys.created_between(selection.since, selection.until)
    if edge is not None:
        low, high = (low, min(high, row_keys.before(edge))) if descending else (max(low, row_keys.beyond(edge)), high)
    if low > high:
        return []
    index, key = _index(table, selection)
    return table.index(index, key, ByProject.gs.between(low, high), limit, descending)


def _index(table: Table, selection: Selection) -> tuple[object, str]:
    """The narrowest index, and its key: what is open or went wrong is less than what a workflow has ever run."""
    if selection.state in LISTED:
        return table.row.by_state, row_keys.in_state(selection.project_id, selection.state)
    if selection.workflow is not None:
        return table.row.by_workflow, row_keys.of_workflow(selection.project_id, selection.workflow)
    return table.row.by_project, row_keys.runs_of(selection.project_id)


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
