"""Executions with their task executions and sub-executions, as far down as somebody wants to see (api 8.8, 8.9).

A tree is read whole, so there is a bound on what one request looks at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.task import policies
from chalicelib.core.model import Run
from chalicelib.core.states import ERROR, RUNNING, SUCCESS, State
from chalicelib.errors import InvalidRequest
from chalicelib.ports.clock import Clock
from chalicelib.service.access.caller import Caller
from chalicelib.service.executions.paging import Page
from chalicelib.service.executions.queries import Queries
from chalicelib.service.runs.action_status import TaskOf

MAX_TASKS = 5_000
MAX_EXECUTIONS = 500
"""How many task executions, and sub-executions, one request looks at."""

HISTORY, HISTORY_RUNS = 200, 20
"""How many of the newest executions are looked at for an estimate, and how many of those it is made from."""


@dataclass(frozen=True, slots=True)
class TaskNode:
    """A task execution and what it started."""

    owner: TaskOf
    children: Sequence[RunNode]

    @property
    def retries(self) -> int:
        """How often the task was tried again."""
        return policies.retry_number(self.owner.task)


@dataclass(frozen=True, slots=True)
class RunNode:
    """An execution and its task executions; `None`: too far down."""

    run: Run
    tasks: Sequence[TaskNode] | None

    def runs(self) -> Iterator[Run]:
        """This execution and all below it, depth first."""
        yield self.run
        for task in self.tasks or ():
            for child in task.children:
                yield from child.runs()

    def owners(self) -> Iterator[TaskOf]:
        """The task executions of this execution and of all below it."""
        for task in self.tasks or ():
            yield task.owner
            for child in task.children:
                yield from child.owners()


@dataclass(slots=True)
class Growth:
    """How a tree is grown, and how large it is by now."""

    errors_only: bool
    """Whether only task executions that failed are of interest."""
    seen: Counter[str] = field(default_factory=Counter)

    def count(self, what: str, number: int, limit: int) -> None:
        """Note what was read. Raises `InvalidRequest` if that is too much."""
        self.seen[what] += number
        if self.seen[what] > limit:
            raise InvalidRequest(f"There are more than {limit} {what} here; ask for less with 'max_depth'")


class Trees:
    """Reads executions with all that they started."""

    def __init__(self, queries: Queries, clock: Clock) -> None:
        self._queries = queries
        self._clock = clock

    def of_execution(self, caller: Caller, execution_id: str, levels: int | None, errors_only: bool) -> RunNode:
        """The tree of an execution; `levels`: of how many levels the tasks are wanted. Raises `NotFound`."""
        growth = Growth(errors_only)
        return self._grown(caller, self._queries.execution(caller, execution_id), levels, growth)

    def of_task(self, caller: Caller, task_id: str, levels: int | None, errors_only: bool) -> TaskNode:
        """The trees below a task execution. Raises `NotFound`."""
        owner = self._queries.task(caller, task_id)
        if errors_only and owner.task.state is not ERROR:
            return TaskNode(owner, ())
        return self._task(caller, owner, levels, Growth(errors_only))

    def estimate(self, caller: Caller, run: Run) -> int:
        """Seconds that a running execution will probably still take: as long as earlier ones of its workflow took.

        0 if it is not running, -1 if there is nothing to go by, 1 if it takes longer than they did.
        """
        if run.head.state is not RUNNING:
            return 0
        project = Caller(run.start.project_id)
        newest = self._queries.executions(project, Page[Run](limit=HISTORY, by_creation=True)).rows
        alike = [one for one in newest if one.start.workflow_id == run.start.workflow_id and one.head.state is SUCCESS]
        taken = [_seconds(one.start.created_at, one.head.updated_at) for one in alike[:HISTORY_RUNS]]
        if not taken:
            return -1
        left = sum(taken) / len(taken) - _seconds(run.start.created_at, self._clock.now())
        return round(left) if left >= 0 else 1

    def _grown(self, caller: Caller, run: Run, levels: int | None, growth: Growth) -> RunNode:
        growth.count("executions", 1, MAX_EXECUTIONS)
        if levels is not None and levels <= 0:
            return RunNode(run, None)
        owners = self._queries.tasks_of(run)
        growth.count("tasks", len(owners), MAX_TASKS)
        wanted = [owner for owner in owners if owner.task.state is ERROR or not growth.errors_only]
        below = None if levels is None else levels - 1
        return RunNode(run, [self._task(caller, owner, below, growth) for owner in wanted])

    def _task(self, caller: Caller, owner: TaskOf, levels: int | None, growth: Growth) -> TaskNode:
        runs = self._queries.children(caller, owner.id) if owner.task.kind == sub_executions.KIND else []
        return TaskNode(owner, [self._grown(caller, run, levels, growth) for run in runs])


def counted(node: RunNode) -> Counter[State]:
    """How many task executions are in which state."""
    return Counter(owner.task.state for owner in node.owners())


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()
