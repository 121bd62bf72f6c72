"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_PROJECT = "<default-project>"
"""Owner of everything when authentication is off."""

ADMIN = "admin"

MAX_PROJECT = 255
"""Bytes of a project id."""


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


def is_project(text: str) -> bool:
    """Whether `text` can be the id of a project, which is any text that is not too long."""
    try:
        return 0 < len(text.encode()) <= MAX_PROJECT
    except UnicodeEncodeError:  # half of a character, which JSON can spell
        return False
