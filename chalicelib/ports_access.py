"""Who asks, and who vouches for it."""

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
