"""Shares of workflows in the table of definitions.

p = id#<workflow>       s = member#<project>      d: the share, n: its version
    shared#<project>        workflow#<id>         while the share is accepted

So the shares of a workflow are one query, and what a project has accepted is another, however many it was offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamo.definitions.items import DefinitionItem, available, bound_items, id_key
from chalicelib.adapters.dynamo.failures import failure
from chalicelib.adapters.dynamo.transactions import transaction
from chalicelib.errors import Duplicate, MeltemiError, NotFound, Overtaken
from chalicelib.ports.access import Share

WORKFLOW, MEMBER, ACCEPTED = "workflow", "member#", "accepted"


class DynamoShares:
    """The `ShareStore` port over DynamoDB."""

    def __init__(self, table: str, region: str, endpoint_url: str | None) -> None:
        self._items = bound_items(table, region, endpoint_url)

    def accepted(self, member_id: str) -> list[str]:
        """The ids of the workflows that a project has accepted."""
        with available():
            found = self._items.query(
                _shared(member_id), self._items.s.startswith(f"{WORKFLOW}#"), consistent_read=True
            )
            return [item.s.removeprefix(f"{WORKFLOW}#") for item in found]

    def has_accepted(self, member_id: str, workflow_id: str) -> bool:
        """Whether a project has accepted this workflow."""
        return self._get(_shared(member_id), f"{WORKFLOW}#{workflow_id}") is not None

    def share(self, workflow_id: str, member_id: str) -> Share | None:
        """The share of a workflow with a member."""
        item = self._get(id_key(workflow_id), MEMBER + member_id)
        return _share(item) if item else None

    def shares(self, workflow_id: str) -> list[Share]:
        """All shares of a workflow."""
        with available():
            found = self._items.query(id_key(workflow_id), self._items.s.startswith(MEMBER), consistent_read=True)
            return [_share(item) for item in found]

    def create(self, share: Share) -> None:
        """Keep a new one. Raises `Duplicate` if there is one, `NotFound` if the workflow is gone."""
        refusals = [NotFound("There is no such workflow"), Duplicate("There is such a share already")]
        with self._transaction(refusals) as transaction:
            workflow = (id_key(share.workflow_id), WORKFLOW)
            transaction.condition_check(self._items, *workflow, condition=self._items.p.exists())
            transaction.save(self._item(share), condition=self._items.p.does_not_exist())

    def change(self, before: Share, after: Share) -> None:
        """Replace one. Raises `LostRace` if it has changed since it was read."""
        with self._transaction([]) as transaction:
            transaction.save(self._item(after), condition=self._items.version == before.version)
            if after.status == ACCEPTED:
                transaction.save(self._copy(after))
            else:
                transaction.delete(self._copy(after))

    def delete(self, share: Share) -> None:
        """Remove one; removing it again changes nothing."""
        with self._transaction([]) as transaction:
            transaction.delete(self._copy(share))
            transaction.delete(self._item(share))

    def forget(self, workflow_id: str) -> None:
        """Remove all shares of a workflow: what members see first, so that no more of it is lost than can be found."""
        shares = self.shares(workflow_id)
        for made in (self._copy, self._item):
            with available(), self._items.batch_write() as batch:
                for share in shares:
                    batch.delete(made(share))

    def _item(self, share: Share) -> DefinitionItem:
        content = {
            "id": share.id,
            "project": share.project_id,
            "status": share.status,
            "created": share.created_at.isoformat(),
            "updated": share.updated_at.isoformat() if share.updated_at else None,
        }
        return self._items(id_key(share.workflow_id), MEMBER + share.member_id, version=share.version, record=content)

    def _copy(self, share: Share) -> DefinitionItem:
        return self._items(_shared(share.member_id), f"{WORKFLOW}#{share.workflow_id}")

    def _get(self, p: str, s: str) -> DefinitionItem | None:
        with available():
            try:
                return self._items.get(p, s, consistent_read=True)
            except DoesNotExist:
                return None

    @contextmanager
    def _transaction(self, refusals: Sequence[MeltemiError]) -> Iterator[TransactWrite]:
        """Makes all of what is added, or nothing; `refusals`: what it means if the condition of each does not hold."""
        try:
            with available(), transaction(self._items) as writes:
                yield writes
        except MeltemiError as error:
            if isinstance(error.__cause__, TransactWriteError):
                raise _refusal(error.__cause__, refusals) from error
            raise


def _shared(member_id: str) -> str:
    return f"shared#{member_id}"


def _refusal(error: TransactWriteError, refusals: Sequence[MeltemiError]) -> MeltemiError:
    """Why a transaction was cancelled; what has no refusal of its own is a lost race."""
    for place, reason in enumerate(error.cancellation_reasons):
        if reason is not None and reason.code in ("ConditionalCheckFailed", "TransactionConflict"):
            known = reason.code == "ConditionalCheckFailed" and place < len(refusals)
            return refusals[place] if known else Overtaken()
    return failure("DynamoDB did not answer", error)


def _share(item: DefinitionItem) -> Share:
    found = item.record
    return Share(
        id=found["id"],
        workflow_id=item.p.removeprefix(id_key("")),
        project_id=found["project"],
        member_id=item.s.removeprefix(MEMBER),
        status=found["status"],
        version=int(item.version),
        created_at=datetime.fromisoformat(found["created"]),
        updated_at=datetime.fromisoformat(found["updated"]) if found["updated"] else None,
    )
