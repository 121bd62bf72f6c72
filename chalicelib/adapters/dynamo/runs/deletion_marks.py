"""The mark of a run that is being deleted, or was a short while ago: a negative version in its head."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.operand import Value

from chalicelib.adapters.dynamo.runs.table import Row

KEPT = timedelta(days=1)
"""How long a mark outlives its run; a step or a request that began before has a quarter of an hour."""


def marked(row: Row, created: str, now: datetime) -> tuple[Any, ...]:
    """What makes a head, or the lack of one, the mark of the run of that creation time: a change, its guard, and more
    changes. It is not listed any more; its content stays until the rows of the run are removed."""
    model = type(row)
    change = model.v.set(Value(-1, model.v) - (model.v | 0))
    guard = model.p.does_not_exist() | ((model.c == created) & (model.v >= 0))
    return change, guard, model.c.set(created), model.x.set(expiry(now)), model.sp.remove(), model.gs.remove()


def expiry(now: datetime) -> int:
    """When a mark made now may go, in seconds since 1970."""
    return int((now + KEPT).timestamp())


def is_mark(row: Row) -> bool:
    """Whether a row is one."""
    return row.v is not None and row.v < 0


def version_of(row: Row) -> int:
    """The version of the head that became this mark."""
    return -1 - int(row.v or 0)
