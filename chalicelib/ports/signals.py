"""Tasks that wait for a signal, links by which people send one, and who keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.core.jsontext import JsonDict


@dataclass(frozen=True, slots=True)
class Waiting:
    """An action execution that ends when a signal comes."""

    execution_id: str
    action_id: str
    since: datetime


class SignalStore(Protocol):
    """Keeps who waits for which key of which project. Reads see every earlier write."""

    def add(self, project_id: str, key: str, waiting: Waiting) -> None:
        """Keep one; keeping it again changes nothing."""
        ...

    def waiting(self, project_id: str, key: str, limit: int) -> list[Waiting]:
        """Those who wait for a key, at most `limit`."""
        ...

    def remove(self, project_id: str, key: str, found: Sequence[Waiting]) -> None:
        """Forget those who need not wait any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalLink:
    """A question to a person, who answers it once: whoever has the link may, and nobody else."""

    digest: str
    """SHA-256 of the token in the link, in hexadecimal digits."""
    project_id: str
    key: str
    text: str
    """What is asked."""
    expires_at: datetime
    used_at: datetime | None = None
    answer: JsonDict | None = None


class LinkStore(Protocol):
    """Keeps links by the digests of their tokens. Reads see every earlier write."""

    def keep(self, link: SignalLink) -> None:
        """Keep a new one."""
        ...

    def find(self, digest: str) -> SignalLink | None:
        """The one of this digest."""
        ...

    def use(self, link: SignalLink) -> SignalLink:
        """Keep the answer that `link` holds, if it is the first one; the link with the answer that was."""
        ...

    def forget(self, link: SignalLink) -> None:
        """Remove one."""
        ...
