"""Which index finds the runs of a selection, and what it is asked.

Every entry sorts by the creation time of its run, so a time range and the place of a page are one condition on the
sort key, whatever the index. The rows themselves are read by key.
"""

from __future__ import annotations

from chalicelib.adapters.dynamo import places
from chalicelib.adapters.dynamo.access import Table
from chalicelib.adapters.dynamo.tables import ByProject, Row
from chalicelib.ports_lists import LISTED, Selection


def entries(table: Table, selection: Selection, edge: str | None, limit: int, descending: bool) -> list[Row]:
    """Entries of runs by (creation time, id), at most `limit`, beyond the one that sorts as `edge`."""
    low, high = places.created_between(selection.since, selection.until)
    if edge is not None:
        low, high = (low, min(high, places.before(edge))) if descending else (max(low, places.beyond(edge)), high)
    if low > high:
        return []
    index, key = _index(table, selection)
    return table.index(index, key, ByProject.gs.between(low, high), limit, descending)


def _index(table: Table, selection: Selection) -> tuple[object, str]:
    """The narrowest index, and its key: what is open or went wrong is less than what a workflow has ever run."""
    if selection.state in LISTED:
        return table.row.by_state, places.in_state(selection.project_id, selection.state)
    if selection.workflow is not None:
        return table.row.by_workflow, places.of_workflow(selection.project_id, selection.workflow)
    return table.row.by_project, places.runs_of(selection.project_id)
