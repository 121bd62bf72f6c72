"""The table of runs as PynamoDB models."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

CONNECTIONS = 64
"""Sockets a process keeps open to the store, enough for all threads of a local run."""


class ByProject(GlobalSecondaryIndex[Any]):
    """Start rows of a project by creation time."""

    class Meta:
        """Keys only; the rows are read by key."""

        index_name = "by_project"
        projection = KeysOnlyProjection()

    gp = UnicodeAttribute(hash_key=True)
    gs = UnicodeAttribute(range_key=True)


class ByWorkflow(GlobalSecondaryIndex[Any]):
    """Start rows of a project and a name of a workflow, by creation time."""

    class Meta:
        """Keys only; the rows are read by key."""

        index_name = "by_workflow"
        projection = KeysOnlyProjection()

    wp = UnicodeAttribute(hash_key=True)
    gs = UnicodeAttribute(range_key=True)


class ByState(GlobalSecondaryIndex[Any]):
    """Heads of a project and a state other than SUCCESS, by the creation time of their run."""

    class Meta:
        """Keys only; the rows are read by key."""

        index_name = "by_state"
        projection = KeysOnlyProjection()

    sp = UnicodeAttribute(hash_key=True)
    gs = UnicodeAttribute(range_key=True)


class Due(GlobalSecondaryIndex[Any]):
    """Start rows by the time when the sweeper should look at the run.

    Entries stay when a run has ended, as removing one costs as much as writing it; the sweeper has a cursor.
    """

    class Meta:
        """Keys only; the rows are read by key."""

        index_name = "due"
        projection = KeysOnlyProjection()

    dp = UnicodeAttribute(hash_key=True)
    ds = UnicodeAttribute(range_key=True)


class Row(Model):
    """Any row of a run. `d` holds its content, `t` the tasks kept in a head, `c` the creation time of its run,
    `x` when a row may go (seconds since 1970)."""

    class Meta:
        """Replaced by `rows_in`: a model needs its table's name when it is declared."""

        table_name = "runs"

    p = UnicodeAttribute(hash_key=True)
    s = UnicodeAttribute(range_key=True)
    d = BinaryAttribute(null=True, legacy_encoding=False)
    t = BinaryAttribute(null=True, legacy_encoding=False)
    v = NumberAttribute(null=True)
    c = UnicodeAttribute(null=True)
    x = NumberAttribute(null=True)
    gp = UnicodeAttribute(null=True)
    gs = UnicodeAttribute(null=True)
    wp = UnicodeAttribute(null=True)
    sp = UnicodeAttribute(null=True)
    dp = UnicodeAttribute(null=True)
    ds = UnicodeAttribute(null=True)
    by_project = ByProject()
    by_workflow = ByWorkflow()
    by_state = ByState()
    due = Due()


def rows_in(table: str, region: str, endpoint: str | None) -> type[Row]:
    """The row model of one table."""
    names = {"table_name": table, "region": region, "host": endpoint, "max_pool_connections": CONNECTIONS}
    meta = type("Meta", (), names)
    return type("Row", (Row,), {"Meta": meta, "__module__": __name__})
