"""What services ask of the outside about events: which records wait for one, and how messages about one travel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chalicelib.ports import DefinitionRecord, Message


class WaitingDefinitions(Protocol):
    """Finds records by their namespace, which says what they wait for."""

    def waiting(self, kind: str, namespace: str, project_id: str | None) -> list[DefinitionRecord]:
        """Records of a namespace: the project's own and public ones; those of all projects if it is `None`, which may
        miss the latest writes."""
        ...


class Buses(Protocol):
    """Knows where events can come from."""

    def lacks(self, name: str) -> bool:
        """Whether there is no bus of this name; no if that cannot be found out."""
        ...


class AnyBus:
    """For services that look no bus up."""

    def lacks(self, name: str) -> bool:
        """No: there may be one."""
        return False


class Incoming(Protocol):
    """Sends messages about events, at least once."""

    def send_incoming(self, messages: Sequence[Message]) -> None:
        """To the function that starts what waits for them. Raises `Unavailable` unless all of them were accepted."""
        ...
