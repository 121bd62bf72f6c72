"""A process that dies at a chosen AWS call: before it is made, or after it was made but before its answer arrives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.client import BaseClient

READS = ("BatchGet", "Get", "Query", "Scan", "List", "Head", "Receive")
"""How the names of calls begin that leave the world as it was."""


class Crash(BaseException):
    """The process is gone. Nothing in the service may catch this."""


@dataclass
class Disturbance:
    """Counts the AWS calls of some clients and lets the process die at one of them."""

    calls: int = 0
    crash_at: int | None = None
    after: bool = False
    """Whether the call at which the process dies is still carried out."""
    names: list[str] = field(default_factory=list)
    entries: set[int] = field(default_factory=set)
    """Calls that are the first of a piece of work: of a request or of a batch of messages."""
    dead: bool = False

    @contextmanager
    def on(self, *clients: BaseClient) -> Iterator[Disturbance]:
        """Disturb `clients` for a while."""
        for client in clients:
            client.meta.events.register("before-call", self._before, unique_id=f"{id(self)}-before")
            client.meta.events.register("after-call", self._after, unique_id=f"{id(self)}-after")
        try:
            yield self
        finally:
            for client in clients:
                client.meta.events.unregister("before-call", unique_id=f"{id(self)}-before")
                client.meta.events.unregister("after-call", unique_id=f"{id(self)}-after")

    def enter(self) -> None:
        """A piece of work begins: what was done before it will not be asked for again."""
        self.entries.add(self.calls + 1)

    def deaths(self) -> Iterator[Disturbance]:
        """Every death that leaves a world behind that no other leaves, for the calls counted here.

        Dying before a call is dying after the one before it, dying after a read is dying before it. What is left:
        before the first call of each piece of work, and after each call that changes something.
        """
        for call, name in enumerate(self.names, start=1):
            if call in self.entries:
                yield Disturbance(crash_at=call, after=False)
            if not name.startswith(READS):
                yield Disturbance(crash_at=call, after=True)

    def revive(self) -> None:
        """A new process takes over."""
        self.dead = False

    def _before(self, model: Any, **_: Any) -> None:
        if self.dead:
            raise Crash
        self.calls += 1
        self.names.append(model.name)
        if self.calls == self.crash_at and not self.after:
            self._die()

    def _after(self, **_: Any) -> None:
        if self.calls == self.crash_at and self.after:
            self._die()

    def _die(self) -> None:
        self.crash_at = None
        self.dead = True
        raise Crash
