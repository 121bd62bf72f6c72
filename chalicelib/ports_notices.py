"""How notifications leave, and who takes them to those who listen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.jsontext import JsonDict
from chalicelib.ports import Message


class Notices(Protocol):
    """Sends notifications to whoever publishes them, at least once, in order within a group."""

    def send_notices(self, messages: Sequence[Message]) -> None:
        """Raises `Unavailable` unless all of them were accepted."""
        ...


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be told of one change."""

    execution_id: str
    key: str
    """Tells it from all others; the same if it is told again."""
    payload: JsonDict

    @property
    def event(self) -> str:
        """The name of the change."""
        return str(self.payload.get("event"))


class Publisher(Protocol):
    """One way to publish: a kind of `notify` entry."""

    def __call__(self, listener: JsonDict, notice: Notice) -> None:
        """Tell one listener. Raises a `MeltemiError` that says why that did not work and shows no secret; it is
        `InvalidRequest` or `Forbidden` if trying again cannot help."""
        ...
