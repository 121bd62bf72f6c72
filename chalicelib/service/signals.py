"""Signals: tasks wait for a key, and whoever sends a signal with that key brings all of them their result.

Who waits is a row below the project and the key, written by the action `std.wait_signal`. A signal ends those action
executions and then removes their rows. An action execution takes one result, so it does not matter if either is done
again: who dies in between has the signal sent again, and nobody gets a second result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.core import ids
from chalicelib.core.jsontext import Json
from chalicelib.core.model import Action, Run, Task
from chalicelib.errors import IllegalTransition, InvalidRequest, MeltemiError, NotFound
from chalicelib.ports import Clock, Runs
from chalicelib.ports_signals import SignalStore, Waiting
from chalicelib.service.caller import Caller
from chalicelib.service.definitions_shelf import check_addressable
from chalicelib.service.standings import Standing

MOST = 500
"""How many action executions one signal ends: as many as a request has time for."""

MAX_KEY = 255
"""Characters."""

ENDS = ("SUCCESS", "ERROR", "CANCELLED")


class Completes(Protocol):
    """Brings results, and knows them: `Executions`."""

    def complete_action(
        self, caller: Caller, action_id: str, state: str, output: Json, given: bool
    ) -> tuple[Run, Task, Action]:
        """Bring the result of an action execution. Raises `IllegalTransition` if it has one, `NotFound`."""
        ...

    def has_result(self, caller: Caller, action_id: str, state: str, output: Json) -> bool:
        """Whether an action execution ended with just that."""
        ...


class Signals:
    """Use cases of signals."""

    def __init__(
        self,
        store: SignalStore,
        runs: Runs,
        standing: Callable[[str], Standing | None],
        executions: Completes,
        clock: Clock,
    ) -> None:
        """`standing`: how an action execution stands."""
        self._store = store
        self._runs = runs
        self._standing = standing
        self._executions = executions
        self._clock = clock

    def project_of(self, execution_id: str | None) -> str:
        """Whose an execution is. Raises `MeltemiError` where there is none."""
        run = self._runs.run(ids.partition(execution_id)) if execution_id else None
        if run is None:
            raise MeltemiError("Signals are for actions of workflows only")
        return run.start.project_id

    def wait(self, key: str, execution_id: str | None, action_id: str | None) -> None:
        """Have an action execution end when the signal comes. Raises `MeltemiError` if it belongs to no execution."""
        project_id = self.project_of(execution_id)
        waiting = Waiting(str(execution_id), str(action_id), self._clock.now())
        self._store.add(project_id, check_key(key), waiting)
        if not self._is_wanted(waiting):  # orders may come again, and late
            self._store.remove(project_id, key, [waiting])

    def waiting(self, caller: Caller, key: str) -> list[Waiting]:
        """Who of the caller's project waits for a key, at most `MOST`; those who timed out may be among them."""
        return self._store.waiting(caller.project_id, check_key(key), MOST)

    def awaited(self, caller: Caller, key: str) -> list[Waiting]:
        """Who waits for a key, if a task still does; else nobody."""
        waiting = self.waiting(caller, key)
        return waiting if any(map(self._is_wanted, waiting)) else []

    def was_heard(self, caller: Caller, waiting: Sequence[Waiting], state: str, output: Json) -> bool:
        """Whether one of those who waited ended with just that."""
        return any(self._executions.has_result(caller, one.action_id, state, output) for one in waiting)

    def send(self, caller: Caller, key: str, state: str, output: Json) -> list[str]:
        """End what waits for a key; the ids of those action executions. Raises `InvalidRequest`, and `NotFound` if
        nobody waits: signals are not kept for later."""
        if state not in ENDS:
            raise InvalidRequest(f"state must be one of {', '.join(ENDS)}, not {state!r}")
        ended = self.end(caller, key, state, output)
        if not ended:
            raise NotFound(f"No task waits for the signal {key!r}: send it again when one does")
        return ended

    def end(self, caller: Caller, key: str, state: str, output: Json, before: datetime | None = None) -> list[str]:
        """As `send`, but it is fine if nobody waits; `before`: only those who have waited since then."""
        ended: list[str] = []
        while not ended:  # those who are over by now must not hide others behind them
            page = self.waiting(caller, key)
            found = [one for one in page if before is None or one.since <= before]
            ended = [one.action_id for one in found if self._ended(caller, one, state, output)]
            if found:
                self._store.remove(caller.project_id, key, found)
            if len(page) < MOST or not found:
                break
        return ended

    def _is_wanted(self, waiting: Waiting) -> bool:
        """Whether a task still waits for it: it has not timed out, been cancelled, or tried again."""
        standing = self._standing(waiting.action_id)
        return standing is not None and standing.wanted

    def _ended(self, caller: Caller, waiting: Waiting, state: str, output: Json) -> bool:
        """Bring a result; whether it was still wanted."""
        if not self._is_wanted(waiting):
            return False
        try:
            self._executions.complete_action(caller, waiting.action_id, state, output, True)
        except (IllegalTransition, NotFound):  # just now
            return False
        return True


def check_key(key: str) -> str:
    """`key`. Raises `InvalidRequest` unless it can be one."""
    if not 0 < len(key) <= MAX_KEY:
        raise InvalidRequest(f"The key of a signal must have 1 to {MAX_KEY} characters")
    check_addressable(key)
    return key
