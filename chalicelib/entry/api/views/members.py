"""What the API shows of a share (API rules §6.3)."""

from __future__ import annotations

from chalicelib.entry.api.columns import Column, Columns, Kind
from chalicelib.ports_access import Share

COLUMNS: Columns[Share] = Columns(
    [
        Column("id", lambda share: share.id),
        Column("resource_id", lambda share: share.workflow_id),
        Column("resource_type", lambda share: "workflow"),
        Column("project_id", lambda share: share.project_id),
        Column("member_id", lambda share: share.member_id),
        Column("status", lambda share: share.status),
        Column("created_at", lambda share: share.created_at, Kind.TIME),
        Column("updated_at", lambda share: share.updated_at, Kind.TIME),
    ]
)
