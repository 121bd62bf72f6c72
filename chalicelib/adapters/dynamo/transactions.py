"""Transactions over a table's own connection: a connection made for one builds a client, which takes 0.2 s."""

from __future__ import annotations

from pynamodb.connection import Connection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite


def connection(model: type[Model]) -> Connection:
    """The connection through which `model` is read and written."""
    found: Connection = model._get_connection().connection
    return found


def transaction(model: type[Model]) -> TransactWrite:
    """What is added to it is written when its block ends, all or none."""
    return TransactWrite(connection=connection(model))
