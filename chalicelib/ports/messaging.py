"""Ports of messaging: queues, delayed messages, notifications and incoming events.

The data that crosses a port lives here too, beside the Protocol that carries it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.core.jsontext import JsonDict
from chalicelib.messaging.bodies import AnyBody


@dataclass(frozen=True, slots=True)
class Message:
    """One message to send: `group` and `dedup` matter on the FIFO queue, `delay` (seconds, 0-900) on the others."""

    group: str
    dedup: str
    body: AnyBody
    delay: int = 0


class Queues(Protocol):
    """Sends messages, at least once. Raises `Unavailable` unless all of them were accepted."""

    def send_events(self, messages: Sequence[Message]) -> None:
        """To the step handler, in order within a group; a `dedup` seen in the last 5 minutes is dropped."""
        ...

    def send_actions(self, messages: Sequence[Message]) -> None:
        """To the executor, in any order."""
        ...

    def send_timers(self, messages: Sequence[Message]) -> None:
        """To the timer handler, each after its own delay."""
        ...


@dataclass(frozen=True, slots=True)
class LateMessage:
    """A message that waits for its time, and where it is kept."""

    at: datetime
    message: Message
    place: tuple[str, str]


class LateMessages(Protocol):
    """Messages that are due too far from now for a queue to delay them."""

    def keep(self, at: datetime, message: Message) -> None:
        """Keep a message until `at`; keeping it again changes nothing."""
        ...

    def due(self, until: datetime, limit: int) -> Sequence[LateMessage]:
        """Messages due by `until`, at most `limit`, the earliest of each shard first."""
        ...

    def forget(self, messages: Sequence[LateMessage]) -> None:
        """Remove messages that were handed on."""
        ...


class Incoming(Protocol):
    """Sends messages about events, at least once."""

    def send_incoming(self, messages: Sequence[Message]) -> None:
        """To the function that starts what waits for them. Raises `Unavailable` unless all of them were accepted."""
        ...


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
