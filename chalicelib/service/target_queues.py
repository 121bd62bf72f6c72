"""The name of the queue that serves a target: settings decide, and projects stay apart where the prefix says so."""

from __future__ import annotations

import hashlib
import re

from chalicelib.core.jsontext import Json
from chalicelib.errors import InvalidRequest

PLACE = "{project}"

_TARGET = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_PROJECT = re.compile(r"[A-Za-z0-9]{1,40}")
LONGEST = 80
"""Characters that a name of a queue may have."""


def queue_of(prefix: str, project_id: str, target: Json) -> str:
    """The queue of a `target` of a project. Raises `InvalidRequest` if that cannot be the name of a queue."""
    if not isinstance(target, str) or not _TARGET.fullmatch(target):
        raise InvalidRequest(f"The target '{target}' must consist of letters, digits, '-' and '_'")
    name = prefix.replace(PLACE, project_part(project_id)) + target
    if len(name) > LONGEST:
        raise InvalidRequest(f"The target '{target}' is too long: its queue would be {name}, over {LONGEST} characters")
    return name


def project_part(project_id: str) -> str:
    """What stands for a project in the names of its queues: itself, or `_` and a digest if it has other characters.

    No two projects share it, and as it has no `-` in it, no target of one project leads to a queue of another.
    """
    if _PLAIN_PROJECT.fullmatch(project_id):
        return project_id
    return "_" + hashlib.sha256(project_id.encode()).hexdigest()[:32]
