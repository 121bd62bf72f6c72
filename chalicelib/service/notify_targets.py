"""Which queues, topics and buses executions may name as listeners: what the operator allows to their project.

The function that publishes may write to what belongs to the service and to others, so a name alone must not be enough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chalicelib.service.target_queues import PLACE, project_part

LONGEST = 2048
"""Characters of an ARN; what is longer is none, and not worth looking at."""

_PARTS = re.compile(r"(\*|\{project\})")


class NotifyTargets:
    """ARNs that may be named; `*` in one stands for any text, `{project}` for the project."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = tuple(allowed)

    def allow(self, project_id: str, arn: str) -> bool:
        """Whether executions of a project may name this target."""
        return len(arn) <= LONGEST and any(_pattern(one, project_id).fullmatch(arn) for one in self._allowed)


def _pattern(allowed: str, project_id: str) -> re.Pattern[str]:
    known = {"*": "[^:]*", PLACE: re.escape(project_part(project_id))}
    return re.compile("".join(known.get(part) or re.escape(part) for part in _PARTS.split(allowed)))
