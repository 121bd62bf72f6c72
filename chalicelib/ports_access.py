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
