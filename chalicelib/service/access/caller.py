"""Who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.core.security import SecurityContext
from chalicelib.errors import InvalidRequest

DEFAULT_PROJECT = "<default-project>"
"""Owner of everything when authentication is off."""

ADMIN = "admin"

MAX_PROJECT = 255
"""Bytes of a project id."""

LISTED_PROJECTS = 100
"""How many projects one list spans, at most."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The project that asks and the roles it asks with."""

    project_id: str
    roles: frozenset[str] = frozenset()
    security: SecurityContext | None = None
    """What executions say of who asked for them; `None` where callers are not known. Gives no rights."""

    @property
    def is_admin(self) -> bool:
        """Whether the caller sees and may change the objects of every project."""
        return ADMIN in self.roles

    def seeing_all(self) -> Caller:
        """This caller, seeing what admins see."""
        return replace(self, roles=self.roles | {ADMIN})


NOBODY = Caller("")
"""A caller that nobody has asked who it is; it owns nothing."""


def listed(caller: Caller, project_id: str | None, projects: Callable[[], list[str]]) -> list[str]:
    """The projects whose objects a list shows: the caller's, or for admins the one they name, or all of `projects`.

    Raises `InvalidRequest` if those are more than a list spans.
    """
    if not caller.is_admin:
        return [caller.project_id]
    if project_id is not None:
        return [project_id]
    found = projects()
    if len(found) > LISTED_PROJECTS:
        raise InvalidRequest(f"More than {LISTED_PROJECTS} projects cannot be listed at once: choose one by project_id")
    return found


def is_project(text: str) -> bool:
    """Whether `text` can be the id of a project, which is any text that is not too long."""
    try:
        return 0 < len(text.encode()) <= MAX_PROJECT
    except UnicodeEncodeError:  # half of a character, which JSON can spell
        return False
