"""Who asks, who vouches for it, and with whom a project shares its workflows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Identity:
    """What a credential says of who presents it."""

    project_id: str
    roles: frozenset[str] = frozenset()
    until: datetime | None = None
    """When it ends to be true, if that is known."""
    user_id: str | None = None
    user_name: str | None = None
    project_name: str | None = None


class Verifier(Protocol):
    """Tells whose a token is."""

    def identify(self, token: str) -> Identity:
        """What `token` says. Raises `Unauthorized`, or `Unavailable` if whoever knows cannot be asked.

        Neither the token nor any part of it is in the text of an error.
        """
        ...


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """What is kept of an API token: never the token."""

    digest: str
    """SHA-256 of the token, in hexadecimal digits."""
    project_id: str
    roles: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None
    note: str = ""
    """What it is for."""

    @property
    def id(self) -> str:
        """What it is called in lists and when it is revoked."""
        return self.digest[:12]


class TokenStore(Protocol):
    """Keeps API tokens by their digests."""

    def keep(self, record: TokenRecord) -> None:
        """Keep a new one."""
        ...

    def find(self, digest: str) -> TokenRecord | None:
        """The one of this digest; sees every earlier write."""
        ...

    def beginning(self, digits: str) -> list[TokenRecord]:
        """Those whose digests begin with `digits`. May miss the latest writes."""
        ...

    def forget(self, record: TokenRecord) -> None:
        """Remove one; removing it again changes nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A workflow that a project offers to another one, and what that one says to it."""

    id: str
    workflow_id: str
    project_id: str
    """Whose workflow it is."""
    member_id: str
    """The project that it is offered to."""
    status: str
    """`pending`, `accepted` or `rejected`."""
    version: int = 1
    """Counts the changes, and guards them."""
    created_at: datetime
    updated_at: datetime | None = None


class SharedWorkflows(Protocol):
    """What makes private workflows of others visible."""

    def accepted(self, member_id: str) -> list[str]:
        """The ids of the workflows that a project has accepted."""
        ...

    def has_accepted(self, member_id: str, workflow_id: str) -> bool:
        """Whether a project has accepted this workflow."""
        ...

    def forget(self, workflow_id: str) -> None:
        """Remove all shares of a workflow."""
        ...


class ShareStore(SharedWorkflows, Protocol):
    """Keeps shares, one for each workflow and member. Reads see every earlier write."""

    def share(self, workflow_id: str, member_id: str) -> Share | None:
        """The share of a workflow with a member."""
        ...

    def shares(self, workflow_id: str) -> list[Share]:
        """All shares of a workflow."""
        ...

    def create(self, share: Share) -> None:
        """Keep a new one. Raises `Duplicate` if there is one, `NotFound` if the workflow is gone."""
        ...

    def change(self, before: Share, after: Share) -> None:
        """Replace one. Raises `LostRace` if it has changed since it was read."""
        ...

    def delete(self, share: Share) -> None:
        """Remove one."""
        ...


class NoShares:
    """`SharedWorkflows` where nothing is shared."""

    def accepted(self, member_id: str) -> list[str]:
        """None."""
        return []

    def has_accepted(self, member_id: str, workflow_id: str) -> bool:
        """No."""
        return False

    def forget(self, workflow_id: str) -> None:
        """There is nothing to forget."""
