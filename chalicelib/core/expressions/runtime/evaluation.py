"""The evaluation in progress, and the host interface: everything an expression may read besides its variables.

The engine implements `Asks` over the run at hand; tests pass a stand-in. Nothing in `core.expr` reads a clock, makes
an id or looks at another run by itself (property P4).

Both languages build their engine once per process, so run-time facts cannot be arguments of it; functions find them
here. A context variable keeps threads apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from chalicelib.core.expressions.runtime.limits import Limits, Meter, Scales
from chalicelib.core.jsontext import Json


class Asks(Protocol):
    """Answers of the run to the functions of the language (engine rules §4). Values are plain JSON."""

    def now(self) -> datetime:
        """The time of this step, aware, UTC. Backs YAQL's `now()` and `utctz`-like clock functions."""
        ...

    def uuid(self) -> str:
        """A fresh UUID text, derived so that a repeated step gives the same sequence."""
        ...

    def env(self) -> Json:
        """The environment of the root execution, a mapping."""
        ...

    def execution(self) -> Json:
        """The current execution as a mapping (`id`, `name`, `spec`, `input`, `params`, …)."""
        ...

    def executions(
        self,
        id: str | None,
        root_execution_id: str | None,
        state: str | None,
        from_time: str | None,
        to_time: str | None,
    ) -> list[Json]:
        """Executions that match every filter given."""
        ...

    def task(self, name: str | None) -> Json:
        """The current task execution, or the latest one of that name; null if there is none."""
        ...

    def tasks(self, workflow_execution_id: str | None, recursive: bool, state: str | None, flat: bool) -> list[Json]:
        """Task executions of one execution, or of the project."""
        ...

    def global_variable(self, name: str) -> Json:
        """A global variable of this execution, or null."""
        ...


class Evaluation:
    """One call of `evaluate`."""

    __slots__ = ("asks", "data", "meter", "scales", "yaql_root")

    def __init__(self, data: Mapping[str, Json] | Json, asks: Asks, limits: Limits) -> None:
        self.data = data
        self.asks = asks
        self.meter = Meter(limits)
        self.scales = Scales(limits)
        self.yaql_root: object = None
        """The data in YAQL's immutable form, made at the first YAQL expression and shared by all of this call."""

    def chance(self) -> float:
        """A number from [0, 1) that a repeated step sees again."""
        return chance(self.asks)


def chance(asks: Asks) -> float:
    """A number from [0, 1) that a repeated step draws again."""
    digest = sha256(asks.uuid().encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


_current: ContextVar[Evaluation] = ContextVar("evaluation")


def current() -> Evaluation:
    """The evaluation under way in this thread. Raises `LookupError` outside of one."""
    return _current.get()


@contextmanager
def under_way(evaluation: Evaluation) -> Iterator[Evaluation]:
    """Make `evaluation` the current one within the block."""
    token = _current.set(evaluation)
    try:
        yield evaluation
    finally:
        _current.reset(token)
