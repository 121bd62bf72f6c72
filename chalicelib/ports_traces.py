"""Where it is told which part of an execution took which time: spans of a trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of work within a trace. Ids are those of W3C trace contexts: 32 and 16 hexadecimal digits."""

    name: str
    trace_id: str
    id: str
    parent_id: str | None
    began: datetime
    ended: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
    """By what it is found: ids, never payloads."""
    failed: bool = False


class Traces(Protocol):
    """Takes spans. Never fails, never waits."""

    def record(self, span: Span) -> None:
        """A span that is over; one with an id that was recorded before takes its place."""
        ...


class Unseen:
    """For those who are not traced."""

    def record(self, span: Span) -> None:
        """Forget it."""


UNSEEN = Unseen()
