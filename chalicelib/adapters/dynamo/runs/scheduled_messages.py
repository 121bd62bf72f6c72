"""The due-index: messages that are due in more than a quarter of an hour, by time, spread over shards.

They are rows of the table of runs, in partitions of their own: `late-<shard>`, sorted by the moment they are due.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from chalicelib.adapters.dynamo.runs import codec, row_keys
from chalicelib.adapters.dynamo.runs.codec import moment, time_out
from chalicelib.adapters.dynamo.runs.table import Row, Table
from chalicelib.errors import NewerFormat
from chalicelib.messaging.codec import BadMessage, from_plain, to_plain
from chalicelib.ports.messaging import LateMessage, Message

log = logging.getLogger(__name__)


class DynamoLateMessages:
    """The `LateMessages` port over DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def keep(self, at: datetime, message: Message) -> None:
        """Keep a message until `at`; keeping it again changes nothing."""
        content = codec.pack([time_out(at), message.group, message.dedup, to_plain(message.body)])
        place = f"{row_keys.stamp(at)}#{message.dedup}"
        self._table.save(self._table.row(_partition(row_keys.shard(message.group)), place, d=content))

    def due(self, until: datetime, limit: int) -> Sequence[LateMessage]:
        """Messages due by `until`, at most `limit`, the earliest of each shard first.

        Those that only other code can read are passed over, however many they are, and stay.
        """
        condition = self._table.row.s < row_keys.stamp(until)
        found: list[LateMessage] = []
        for shard in range(row_keys.SHARDS):
            missing = limit - len(found)
            if missing <= 0:
                break
            rows = map(_late, self._table.each(_partition(str(shard)), condition, missing))
            found += islice((late for late in rows if late is not None), missing)
        return found

    def forget(self, messages: Sequence[LateMessage]) -> None:
        """Remove messages that were handed on."""
        self._table.delete_all([self._table.row(*message.place) for message in messages])


def _late(row: Row) -> LateMessage | None:
    """The message in a row; `None`, and the row stays, for one that only other code can read."""
    at, group, dedup, body = codec.unpack(row.d)
    try:
        return LateMessage(moment(at), Message(group, dedup, from_plain(body)), (row.p, row.s))
    except (BadMessage, NewerFormat) as error:
        log.error("left message %s of %s where it is: %s", dedup, row.p, error)
        return None


def _partition(shard: str) -> str:
    return f"late-{shard}"
