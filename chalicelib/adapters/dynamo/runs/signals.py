"""Who waits for signals, and links, in the table of runs. Rows that nobody removes expire by themselves.

p = signal-<length of the project>#<project>#<key>    s = <action execution>    d: execution and time    x: expiry
p = link-<digest>                                     s = L                     d: content               x: expiry
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from chalicelib.adapters.dynamo.runs import codec
from chalicelib.adapters.dynamo.runs.table import Row, Table
from chalicelib.errors import LostRace
from chalicelib.ports.signals import SignalLink, Waiting

LONGEST_WAIT = timedelta(days=400)
"""Nothing in a workflow may take longer than a year; what still waits then is left over from what ended otherwise."""

SHOWN = timedelta(days=7)
"""How long after its end a link still says how it was answered."""

LINK, NEW, USED = "L", 1, 2


class DynamoSignals:
    """The `SignalStore` and `LinkStore` ports over DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, project_id: str, key: str, waiting: Waiting) -> None:
        """Keep one; keeping it again changes nothing."""
        content = codec.pack([waiting.execution_id, codec.time_out(waiting.since)])
        expiry = int((waiting.since + LONGEST_WAIT).timestamp())
        row = self._table.row(_place(project_id, key), waiting.action_id, d=content, x=expiry)
        with suppress(LostRace):  # an order came again: its action has waited since the first one
            self._table.save(row, self._table.row.p.does_not_exist())

    def waiting(self, project_id: str, key: str, limit: int) -> list[Waiting]:
        """Those who wait for a key, at most `limit`."""
        return [_waiting(row) for row in self._table.query(_place(project_id, key), limit=limit)]

    def remove(self, project_id: str, key: str, found: Sequence[Waiting]) -> None:
        """Forget those who need not wait any more."""
        place = _place(project_id, key)
        self._table.delete_all([self._table.row(place, one.action_id) for one in found])

    def keep(self, link: SignalLink) -> None:
        """Keep a new one."""
        self._table.save(self._row(link, NEW))

    def find(self, digest: str) -> SignalLink | None:
        """The one of this digest."""
        row = self._table.get(_link(digest), LINK)
        return None if row is None else _found(digest, row)

    def use(self, link: SignalLink) -> SignalLink:
        """Keep the answer that `link` holds, if it is the first one; the link with the answer that was."""
        try:
            self._table.save(self._row(link, USED), self._table.row.v == NEW)
        except LostRace:
            return self.find(link.digest) or link
        return link

    def forget(self, link: SignalLink) -> None:
        """Remove one."""
        self._table.delete_all([self._table.row(_link(link.digest), LINK)])

    def _row(self, link: SignalLink, version: int) -> Row:
        used, expires = codec.time_out(link.used_at), codec.time_out(link.expires_at)
        content = [link.project_id, link.key, link.text, expires, used, link.answer]
        expiry = int((link.expires_at + SHOWN).timestamp())
        return self._table.row(_link(link.digest), LINK, d=codec.pack(content), v=version, x=expiry)


def _place(project_id: str, key: str) -> str:
    return f"signal-{len(project_id)}#{project_id}#{key}"


def _link(digest: str) -> str:
    return f"link-{digest}"


def _waiting(row: Row) -> Waiting:
    execution_id, since = codec.unpack(row.d)
    return Waiting(execution_id, row.s, codec.moment(since))


def _found(digest: str, row: Row) -> SignalLink:
    project_id, key, text, expires, used, answer = codec.unpack(row.d)
    return SignalLink(
        digest=digest,
        project_id=project_id,
        key=key,
        text=text,
        expires_at=codec.moment(expires),
        used_at=codec.time_in(used),
        answer=answer,
    )
