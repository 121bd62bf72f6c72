"""Lends the rights of roles: assumed when they are first needed, and used until they are about to expire."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib import errors
from chalicelib.actions.aws.access import Role

EARLY = timedelta(minutes=20)
"""Longer than a call may take, so that no rights expire meanwhile."""
MAX_KEPT = 256

AssumeRole = Callable[[Role], dict[str, Any]]
"""Asks STS; its `Credentials`."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Credentials for a while."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    until: datetime


class RoleRefused(errors.Forbidden):
    """The role of a project could not be assumed."""


class Lending:
    """Rights by role. Threads may ask side by side."""

    def __init__(self, assume: AssumeRole, now: Callable[[], datetime]) -> None:
        self._assume = assume
        self._now = now
        self._kept: dict[Role, Rights] = {}
        self._lock = threading.Lock()

    def rights(self, role: Role) -> Rights:
        """Those of `role`, good for a while. Raises what `assume` does."""
        with self._lock:
            found = self._kept.get(role)
            if found is None or found.until - EARLY <= self._now():
                if len(self._kept) >= MAX_KEPT:
                    self._kept.clear()
                found = self._kept[role] = _rights(self._assume(role))
            return found


def _rights(credentials: dict[str, Any]) -> Rights:
    return Rights(
        key_id=credentials["AccessKeyId"],
        secret=credentials["SecretAccessKey"],
        token=credentials["SessionToken"],
        until=credentials["Expiration"],
    )
