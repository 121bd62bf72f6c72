"""Stop the whole service for maintenance, and let it go on (API rules §4).

While the status is not RUNNING, writes are refused. Pausing is a look at every unfinished execution, page by page, at
once as far as the request has time and then with every tick: those that run are noted and asked to pause. When such a
look has found nothing that runs, the status is PAUSED. Afterwards those that were noted, and no others, are asked to
go on. Executions paused by people stay so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chalicelib.core import ids, states
from chalicelib.core.engine import sub_executions
from chalicelib.core.model import Run, Task
from chalicelib.core.states import State
from chalicelib.errors import InvalidRequest, LostRace
from chalicelib.ports.housekeeping import PAUSED, PAUSING, RUNNING, Maintenance, MaintenanceStore
from chalicelib.ports.messaging import Queues
from chalicelib.ports.runs import Runs
from chalicelib.service.outgoing.messages import maintenance_message

PAGE = 100
"""How many executions a shard one look takes; how many are asked to go on at a time."""

PAGES_AT_ONCE = 5
"""How many pages a request looks at before it leaves the rest to the tick."""


class MaintenanceMode:
    """Whether the service takes writes, and what pausing it takes."""

    def __init__(self, store: MaintenanceStore, runs: Runs, queues: Queues) -> None:
        self._store = store
        self._runs = runs
        self._queues = queues

    @property
    def status(self) -> str:
        """RUNNING, PAUSING or PAUSED."""
        return self._store.read().status

    def is_open(self) -> bool:
        """Whether the service takes writes."""
        return self.status == RUNNING

    def change(self, wanted: str | None) -> str:
        """Begin or end maintenance; the status then. Raises `InvalidRequest` for anything but PAUSED and RUNNING."""
        if wanted == PAUSING:
            raise InvalidRequest(f"{PAUSING} is intermediate state. Consider {PAUSED}, {RUNNING} as new state")
        if wanted not in (PAUSED, RUNNING):
            known = [PAUSING, PAUSED, RUNNING]
            raise InvalidRequest(f"Not found {wanted} maintenance state. List of states: {known}")
        found = self._store.read()
        if wanted == found.status or (wanted == PAUSED and found.status == PAUSING):
            return found.status
        status = PAUSING if wanted == PAUSED else RUNNING
        self._store.write(Maintenance(status, found.version))
        pages = iter(range(PAGES_AT_ONCE))
        self.tick(lambda: next(pages, None) is not None)
        return status

    def tick(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Go on with pausing, or with letting executions go on; how many were asked. The next tick does the rest."""
        found = self._store.read()
        try:
            if found.status == PAUSING:
                return self._pause(found, may_go_on)
            return self._resume(found, may_go_on) if found.status == RUNNING else 0
        except LostRace:  # the status was changed meanwhile
            return 0

    def _pause(self, found: Maintenance, may_go_on: Callable[[], bool]) -> int:
        asked = 0
        while True:
            due = self._runs.ahead(found.cursors, PAGE)
            running = [run.start.id for run in due.runs if run.head.state is State.RUNNING]
            self._store.note(running)
            self._ask(running, states.PAUSED, found)
            asked += len(running)
            quiet = found.quiet and not running and not any(self._is_busy(run) for run in due.runs)
            if not due.cursors:
                status = PAUSED if quiet else PAUSING
                self._store.write(Maintenance(status, found.version))
                return asked
            found = replace(found, cursors={**found.cursors, **due.cursors}, quiet=quiet)
            if not may_go_on():
                self._store.write(found)
                return asked

    def _resume(self, found: Maintenance, may_go_on: Callable[[], bool]) -> int:
        asked = 0
        while noted := self._store.noted(PAGE):
            self._ask(noted, states.RUNNING, found)
            self._store.forget(noted)
            asked += len(noted)
            if not may_go_on():
                break
        return asked

    def _ask(self, execution_ids: Sequence[str], state: State, found: Maintenance) -> None:
        if execution_ids:
            occasion = f"maintenance-{found.version}"
            self._queues.send_events([maintenance_message(one, state, occasion) for one in execution_ids])

    def _is_busy(self, run: Run) -> bool:
        """Whether a paused execution still has an action that runs.

        One that waits for a result from outside, perhaps for weeks, is not waited for; neither is a sub-execution,
        which is looked at by itself.
        """
        progress = run.head.progress
        if run.head.state is not State.PAUSED or progress.active <= progress.paused:
            return False
        part = ids.partition(run.start.id)
        return any(self._runs_action(part, task) for task in self._runs.tasks(part))

    def _runs_action(self, part: str, task: Task) -> bool:
        if task.state is not State.RUNNING or task.kind == sub_executions.KIND:
            return False
        actions = self._runs.actions(part, task.key) if task.has_rows else []
        current = [] if task.action is None else [task.action]
        return any(action.is_sync and action.state not in states.TERMINAL for action in (*actions, *current))
