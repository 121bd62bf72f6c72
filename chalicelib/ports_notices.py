"""How notifications leave, and who takes them to those who listen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chalicelib.core.jsontext import JsonDict
from chalicelib.ports import Message


class Notices(Protocol):
    """Sends notifications to whoever publishes them, at least once, in order within a group."""

    def send_notices(self, messages: Sequence[Message]) -> None:
        """Raises `Unavailable` unless all of them were accepted."""
        ...


class Publisher(Protocol):
    """One way to publish: a kind of `notify` entry."""

    def __call__(self, listener: JsonDict, payload: JsonDict) -> None:
        """Tell one listener. Raises a `MeltemiError` that says why that did not work."""
        ...
