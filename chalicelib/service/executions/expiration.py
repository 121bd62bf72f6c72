"""Remove executions that ended long ago, or that are too many (engine rules §20).

A pass looks at the executions of each project and removes root executions that are over, with all they started. It goes
on with every tick until it has seen all of them; the next begins an interval after this one began. Removing twice is
removing once, so ticks may overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.core.model import Run
from chalicelib.core.states import TERMINAL, State
from chalicelib.errors import NotFound
from chalicelib.ports.clock import Clock
from chalicelib.ports.housekeeping import Pass, PassStore
from chalicelib.ports.runs import Runs, Selection
from chalicelib.service.access.caller import Caller
from chalicelib.service.executions.commands import Executions
from chalicelib.service.executions.queries import Queries

PAGE = 100
"""How many executions are read at a time."""


@dataclass(frozen=True, slots=True)
class ExpirationPolicy:
    """Which executions are removed, and how often they are looked for."""

    interval: timedelta
    older_than: timedelta | None = None
    """Those that did not change for this long."""
    max_finished: int = 0
    """Those beyond the newest so many of their project; 0: all may stay."""
    ignored: frozenset[State] = frozenset()
    """States in which they stay however old they are."""


def policy_of(interval: int, older_than: int, max_finished: int, ignored: Iterable[str]) -> ExpirationPolicy | None:
    """The policy of these settings, in minutes; `None` if nothing expires (`interval` is 0)."""
    age = timedelta(minutes=older_than) if older_than else None
    states = frozenset(State(name) for name in ignored)
    return ExpirationPolicy(timedelta(minutes=interval), age, max_finished, states) if interval else None


class Expiration:
    """Removes what has expired, as far as there is time."""

    def __init__(
        self,
        policy: ExpirationPolicy | None,
        passes: PassStore,
        runs: Runs,
        queries: Queries,
        executions: Executions,
        clock: Clock,
    ) -> None:
        self._policy = policy
        self._passes = passes
        self._runs = runs
        self._queries = queries
        self._executions = executions
        self._clock = clock

    def tick(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Go on with a pass, or begin one if it is time; how many executions were removed."""
        if self._policy is None:
            return 0
        now, latest = self._clock.now(), self._passes.read()
        if latest is None or (latest.project_id is None and latest.began + self._policy.interval <= now):
            latest = Pass(now, "")
        return self._go_on(self._policy, latest, may_go_on) if latest.project_id is not None else 0

    def _go_on(self, policy: ExpirationPolicy, found: Pass, may_go_on: Callable[[], bool]) -> int:
        removed = 0
        for project_id in sorted(self._runs.projects()):
            if project_id < (found.project_id or ""):
                continue
            if project_id != found.project_id:
                found = Pass(found.began, project_id)
            for run in self._queries.each(self._selection(policy, found), found.after, PAGE, policy.max_finished > 0):
                stays = self._stays(policy, found, run)
                removed += not stays and self._remove(run)
                kept = found.kept + (stays and self._counts(policy, run))
                found = replace(found, after=(run.start.created_at, run.start.id), kept=kept)
                if not may_go_on():
                    self._passes.write(found)
                    return removed
        self._passes.write(Pass(found.began))
        return removed

    def _selection(self, policy: ExpirationPolicy, found: Pass) -> Selection:
        """Without a number to keep, only those need to be read that were created long enough ago."""
        until = "" if policy.max_finished else _text(found.began - (policy.older_than or timedelta()))
        return Selection(found.project_id or "", until=until)

    def _stays(self, policy: ExpirationPolicy, found: Pass, run: Run) -> bool:
        if not self._counts(policy, run):
            return True
        too_old = policy.older_than is not None and run.head.updated_at < found.began - policy.older_than
        return not too_old and not 0 < policy.max_finished <= found.kept

    def _counts(self, policy: ExpirationPolicy, run: Run) -> bool:
        """Whether the policy is about this execution. Sub-executions go with what started them."""
        return (
            run.start.task_execution_id is None and run.head.state in TERMINAL and run.head.state not in policy.ignored
        )

    def _remove(self, run: Run) -> bool:
        try:
            self._executions.delete(Caller(run.start.project_id), run.start.id, False)
        except NotFound:  # somebody was quicker
            return False
        return True


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
