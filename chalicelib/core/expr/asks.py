"""What an expression may ask beyond its data: the one door through which run-time facts enter an evaluation.

The engine implements `Asks` over the run at hand; tests pass a stand-in. Nothing in `core.expr` reads a clock, makes
an id or looks at another run by itself (property P4).
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

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
