"""One change for many executions, bit by bit: a request goes through some of them and says where to go on.

An execution that is not in a state in which the change makes sense is passed over, so the same request can be sent
again. Executions are visited in the order of their creation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.core.engine.task.joins import FAILED_BY
from chalicelib.core.model import Run, Task
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, TERMINAL
from chalicelib.errors import MeltemiError, NotFound
from chalicelib.ports.runs import Selection
from chalicelib.service.access.caller import Caller
from chalicelib.service.executions.commands import Executions
from chalicelib.service.executions.queries import SCAN, Queries
from chalicelib.service.runs.action_status import TaskOf

Place = tuple[datetime, str]
"""Creation time and id of an execution."""


class Change(StrEnum):
    """What can be done to many executions."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    DELETE = "delete"
    RERUN = "rerun"


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """What is wanted of which executions."""

    change: Change
    selection: Selection
    keeps: Callable[[Run], bool]
    limit: int
    """The most executions that are changed."""
    after: Place | None = None
    dry_run: bool = False
    force: bool = False
    """Whether executions that are not over are deleted, too."""
    message: str | None = None
    reset: bool = False
    """Whether tasks with items that are run again do all of their items anew, not only those that failed."""


@dataclass(slots=True)
class Outcome:
    """How far a request came."""

    seen: int = 0
    passed_over: int = 0
    """Executions that were meant, in states in which there is nothing to do."""
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Ids, and why not."""
    next: Place | None = None
    """Where to go on; `None` if every execution was visited."""


class Bulk:
    """Changes executions one by one, each as a request of its own would."""

    def __init__(self, queries: Queries, executions: Executions) -> None:
        self._queries = queries
        self._executions = executions

    def apply(self, caller: Caller, request: BulkRequest, may_go_on: Callable[[], bool]) -> Outcome:
        """Visit executions until `limit` of them were changed, `SCAN` were seen, or `may_go_on` says no."""
        outcome = Outcome()
        for run in self._queries.each(request.selection, request.after, min(request.limit, SCAN)):
            outcome.seen += 1
            if request.keeps(run):
                self._visit(caller, request, run, outcome)
            changed = len(outcome.done) + len(outcome.failed)
            if changed == request.limit or outcome.seen == SCAN or not may_go_on():
                outcome.next = run.start.created_at, run.start.id
                break
        return outcome

    def _visit(self, caller: Caller, request: BulkRequest, run: Run, outcome: Outcome) -> None:
        if not _fits(request, run):
            outcome.passed_over += 1
            return
        try:
            if not request.dry_run:
                self._change(caller, request, run)
        except NotFound:  # deleted meanwhile, with the execution that started it
            outcome.passed_over += 1
        except MeltemiError as error:
            outcome.failed[run.start.id] = error.message if error.http_status < 500 else type(error).__doc__ or ""
        else:
            outcome.done.append(run.start.id)

    def _change(self, caller: Caller, request: BulkRequest, run: Run) -> None:
        match request.change:
            case Change.PAUSE:
                self._executions.change_state(caller, run.start.id, PAUSED, None, None)
            case Change.RESUME:
                self._executions.change_state(caller, run.start.id, RUNNING, None, None)
            case Change.CANCEL:
                self._executions.change_state(caller, run.start.id, CANCELLED, request.message, None)
            case Change.DELETE:
                self._executions.delete(caller, run.start.id, request.force)
            case Change.RERUN:
                for found in _causes([found for found in self._queries.tasks_of(run) if _failed(found)]):
                    reset = request.reset or not self._queries.has_items(found)
                    self._executions.rerun_task(caller, found.id, False, None, reset)


def _fits(request: BulkRequest, run: Run) -> bool:
    """Whether there is something to do. Sub-executions are run again by what started them."""
    state = run.head.state
    match request.change:
        case Change.PAUSE:
            return state is RUNNING
        case Change.RESUME:
            return state is PAUSED
        case Change.CANCEL:
            return state not in TERMINAL
        case Change.DELETE:
            return state in TERMINAL or request.force
        case Change.RERUN:
            return state is ERROR and run.start.task_execution_id is None


def _failed(found: TaskOf) -> bool:
    """Whether a task execution is why its execution failed."""
    task: Task = found.task
    return task.state is ERROR and not task.error_handled


def _causes(failed: Sequence[TaskOf]) -> Sequence[TaskOf]:
    """Those of the failed tasks that have to be run again.

    A join that failed because of a task before it is judged again when that one has run; run again by itself it would
    begin at once. If there is nothing else, the joins are run again.
    """
    return [found for found in failed if not _is_consequence(found.task)] or failed


def _is_consequence(task: Task) -> bool:
    return not task.attempts and (task.state_info or "").startswith(FAILED_BY)
