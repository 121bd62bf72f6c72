"""Use cases of sharing: a project offers a private workflow to another one, which sees it once it has accepted.

A share is seen by the project that owns the workflow and by the member it is offered to, and by nobody else. Only the
member says whether it accepts, only the owner takes the offer back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.errors import Duplicate, Forbidden, InvalidRequest, NotFound
from chalicelib.ports.access import Share, ShareStore
from chalicelib.ports.clock import Clock
from chalicelib.service.access.caller import Caller, is_project
from chalicelib.service.definitions.repository import PRIVATE, random_id
from chalicelib.service.definitions.workflows import Definitions

PENDING = "pending"
STATUSES = (PENDING, "accepted", "rejected")


class Sharing:
    """Who is offered which workflow."""

    def __init__(
        self, store: ShareStore, definitions: Definitions, clock: Clock, new_id: Callable[[], str] = random_id
    ) -> None:
        self._store = store
        self._definitions = definitions
        self._clock = clock
        self._new_id = new_id

    def members(self, caller: Caller, workflow_id: str) -> list[Share]:
        """The shares of a workflow that the caller sees; none if there is no such workflow."""
        return [share for share in self._store.shares(workflow_id) if _sees(caller, share)]

    def member(self, caller: Caller, workflow_id: str, member_id: str) -> Share:
        """The share with one member. Raises `NotFound`."""
        share = self._store.share(workflow_id, member_id) if is_project(member_id) else None
        if share is None or not _sees(caller, share):
            raise _missing(workflow_id, member_id)
        return share

    def offer(self, caller: Caller, workflow_id: str, member_id: str) -> Share:
        """Offer a workflow to a project. Raises `NotFound`, `Forbidden` for another's, `Duplicate`, `InvalidRequest`.

        A share belongs to the project of the workflow, also where an admin of another one makes it: its owner has to
        see who was let in, and be able to end it.
        """
        workflow = self._definitions.workflow(caller, workflow_id, "")
        if workflow.scope != PRIVATE:
            raise InvalidRequest("Only private resource could be shared.")
        if not is_project(member_id):
            raise InvalidRequest("Member id must be provided.")
        if workflow.project_id != caller.project_id and not caller.is_admin:
            raise Forbidden(f"Workflow {workflow_id} belongs to another project, which alone may share it")
        share = Share(
            id=self._new_id(),
            workflow_id=workflow.id,
            project_id=workflow.project_id,
            member_id=member_id,
            status=PENDING,
            created_at=self._clock.now(),
        )
        try:
            self._store.create(share)
        except Duplicate:
            unique = "['resource_id', 'resource_type', 'member_id']"
            raise Duplicate(
                f"Duplicate entry for ResourceMember {unique}: {workflow.id}, workflow, {member_id}"
            ) from None
        return share

    def answer(self, caller: Caller, workflow_id: str, member_id: str, status: str | None) -> Share:
        """What a member says to an offer; only the member itself can. Raises `NotFound`, `InvalidRequest`."""
        if not status:
            raise InvalidRequest("Status must be provided.")
        if status not in STATUSES:
            known = ", ".join(STATUSES)
            raise InvalidRequest(
                f"Invalid input for field/attribute status. Value: '{status}'. Value should be one of: {known}"
            )
        share = self.member(caller, workflow_id, member_id)
        if share.member_id != caller.project_id:
            raise _missing(workflow_id, member_id)
        if share.status == status:
            return share
        changed = replace(share, status=status, version=share.version + 1, updated_at=self._clock.now())
        self._store.change(share, changed)
        return changed

    def withdraw(self, caller: Caller, workflow_id: str, member_id: str) -> None:
        """Take an offer back; only the owner can. Raises `NotFound`."""
        share = self.member(caller, workflow_id, member_id)
        if share.project_id != caller.project_id:
            raise _missing(workflow_id, member_id)
        self._store.delete(share)


def _sees(caller: Caller, share: Share) -> bool:
    return caller.project_id in (share.project_id, share.member_id)


def _missing(workflow_id: str, member_id: str) -> NotFound:
    return NotFound(f"Resource member not found [resource_id={workflow_id}, member_id={member_id}]")
