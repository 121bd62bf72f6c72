"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_PROJECT = "<default-project>"
"""Owner of everything when authentication is off."""

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """The project that asks and the roles it asks with."""

    project_id: str
    roles: frozenset[str] = frozenset()

    @property
    def is_admin(self) -> bool:
        """Whether the caller sees and may change the objects of every project."""
        return ADMIN in self.roles


NOBODY = Caller("")
"""A caller that nobody has asked who it is; it owns nothing."""
