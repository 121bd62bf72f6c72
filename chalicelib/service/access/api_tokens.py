"""Use cases of API tokens: made for a project and roles, listed, revoked, and recognized.

A token is random, shown once and kept as its hash alone. It is found by that hash, so nothing is compared that an
attacker could time.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta

from chalicelib.errors import InvalidRequest, NotFound, Unauthorized
from chalicelib.ports.access import Identity, TokenRecord, TokenStore
from chalicelib.ports.clock import Clock

PREFIX = "meltemi_"
"""Begins every token, so that scanners of secrets can find those that were leaked."""


def random_token() -> str:
    """A new token: 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


class Tokens:
    """API tokens of every project."""

    def __init__(self, store: TokenStore, clock: Clock, new_token: Callable[[], str] = random_token) -> None:
        self._store = store
        self._clock = clock
        self._new_token = new_token

    def create(
        self, project_id: str, roles: frozenset[str], valid: timedelta | None, note: str = ""
    ) -> tuple[str, TokenRecord]:
        """A new token, which nobody can show again, and what is kept of it. `valid`: `None` for ever."""
        if not project_id:
            raise InvalidRequest("A token needs a project")
        token, now = self._new_token(), self._clock.now()
        record = TokenRecord(digest(token), project_id, roles, now, now + valid if valid is not None else None, note)
        self._store.keep(record)
        return token, record

    def all(self) -> list[TokenRecord]:
        """Every token there is, by age. May miss the latest."""
        return sorted(self._store.beginning(""), key=lambda record: record.created_at)

    def revoke(self, token_id: str) -> TokenRecord:
        """Forget a token; it is refused from then on. Raises `NotFound`."""
        found = self._store.beginning(token_id) if token_id else []
        if len(found) != 1:
            raise NotFound(f"{'Several tokens begin' if found else 'No token begins'} with {token_id!r}")
        self._store.forget(found[0])
        return found[0]

    def identify(self, token: str) -> Identity:
        """What `token` says. Raises `Unauthorized` for one that is unknown, revoked or over."""
        record = self._store.find(digest(token))
        if record is None or (record.expires_at is not None and record.expires_at <= self._clock.now()):
            raise Unauthorized("The token is not valid")
        return Identity(record.project_id, record.roles, record.expires_at, record.id, record.note or record.id)


def digest(token: str) -> str:
    """What a token is kept and found by."""
    return hashlib.sha256(token.encode()).hexdigest()
