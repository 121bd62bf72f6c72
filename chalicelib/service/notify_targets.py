"""Which queues, topics and buses executions may name as listeners: what the operator allows to their project.

The function that publishes may write to what belongs to the service and to others, so a name alone must not be enough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

PROJECT = "{project}"

_PARTS = re.compile(r"(\*|\{project\})")


class NotifyTargets:
    """ARNs that may be named; `*` in one stands for any text, `{project}` for the id of the project."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = tuple(allowed)

    def allow(self, project_id: str, arn: str) -> bool:
        """Whether executions of a project may name this target."""
        return any(_pattern(one, project_id).fullmatch(arn) for one in self._allowed)


def _pattern(allowed: str, project_id: str) -> re.Pattern[str]:
    known = {"*": "[^:]*", PROJECT: re.escape(project_id)}
    return re.compile("".join(known.get(part) or re.escape(part) for part in _PARTS.split(allowed)))
