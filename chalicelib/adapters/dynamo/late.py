"""The due-index: messages that are due in more than a quarter of an hour, by time, spread over shards.

They are rows of the table of runs, in partitions of their own: `late-<shard>`, sorted by the moment they are due.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.adapters.dynamo import codec, places
from chalicelib.adapters.dynamo.access import Table
from chalicelib.adapters.dynamo.codec import moment, time_out
from chalicelib.ports import LateMessage, Message


class DynamoLateMessages:
    """The `LateMessages` port over DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def keep(self, at: datetime, message: Message) -> None:
        """Keep a message until `at`; keeping it again changes nothing."""
        content = codec.pack([time_out(at), message.group, message.dedup, message.body])
        place = f"{places.stamp(at)}#{message.dedup}"
        self._table.save(self._table.row(_partition(places.shard(message.group)), place, d=content))

    def due(self, until: datetime, limit: int) -> Sequence[LateMessage]:
        """Messages due by `until`, at most `limit`, the earliest of each shard first."""
        condition = self._table.row.s < places.stamp(until)
        found: list[LateMessage] = []
        for shard in range(places.SHARDS):
            for row in self._table.query(_partition(str(shard)), condition, limit - len(found)):
                at, group, dedup, body = codec.unpack(row.d)
                found.append(LateMessage(moment(at), Message(group, dedup, body), (row.p, row.s)))
            if len(found) >= limit:
                break
        return found

    def forget(self, messages: Sequence[LateMessage]) -> None:
        """Remove messages that were handed on."""
        self._table.delete_all([self._table.row(*message.place) for message in messages])


def _partition(shard: str) -> str:
    return f"late-{shard}"
