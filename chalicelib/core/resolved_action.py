"""What an action execution of an ad-hoc or dynamic action remembers of what really runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.core.values import Value


PYTHON = "<class of a code source>"
"""What really runs when a dynamic action is called: no name that an action can have."""


WORKER = "std.worker"
"""What really runs when an action of an external worker is called: its input says whose action that is."""


@dataclass(frozen=True, slots=True)
class Base:
    """What an ad-hoc action comes to: an action that is not ad-hoc, and whose outputs reshape its result (§17)."""

    name: str
    input: Value
    versions: tuple[str, ...]
    """Of the ad-hoc actions that lead to it, the one that was called first: texts that never change."""
