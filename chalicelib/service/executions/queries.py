"""The read side of executions, task executions and action executions: who may see what, and in which order.

Only the project's own runs are visible; admins see those of every project. Runs are listed page by page as the
store keeps them. Tasks and actions are listed per run; without one, those of the newest runs are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import TypeVar

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, Run, Task
from chalicelib.core.values import ActionKey, Value
from chalicelib.errors import InvalidRequest, NotFound
from chalicelib.ports.runs import Runs, Selection
from chalicelib.ports.values import Values
from chalicelib.ports.workers import Watch, Watches
from chalicelib.service.access.caller import Caller, listed
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.paging import Page, Slice, cut, parts, walked
from chalicelib.service.runs.action_status import ActionOf, AnyAction, TaskOf, action_of

T = TypeVar("T")

SCAN = 2_000
"""How many runs one request looks at, at most, to find those that pass its filters."""
SORTED = 10_000
"""How many runs can be put in an order that the store does not keep."""
CHUNK = 200
"""How many runs are read at a time where filters drop some."""
CHUNK_OF_MANY = 20
"""How many runs of each project are read at a time, at least, where several are listed together."""
RECENT = 100
"""Without an execution, tasks and actions of this many newest runs are listed."""


class Queries:
    """Reads runs; changes nothing."""

    def __init__(self, runs: Runs, definitions: Definitions, values: Values, watches: Watches | None = None) -> None:
        """`watches`: what is known of external workers, if there are any."""
        self._runs = runs
        self._definitions = definitions
        self._values = values
        self._watches = watches
        self._latest: tuple[object, list[Task]] = None, []

    def load(self, value: Value) -> Json:
        """The value itself, wherever it is kept."""
        return self._values.load(value)

    def watch(self, action_id: str) -> Watch | None:
        """What is known of the external worker that has an action execution."""
        return None if self._watches is None else self._watches.find(action_id)

    def execution(self, caller: Caller, execution_id: str) -> Run:
        """The execution of this id. Raises `NotFound` if it is not there or not visible."""
        run = self._visible(caller, ids.partition(execution_id))
        if run is None or run.start.id != execution_id:
            raise NotFound(f"WorkflowExecution not found [id={execution_id}]")
        return run

    def executions(
        self, caller: Caller, page: Page[Run], project_id: str | None = None, selection: Selection | None = None
    ) -> Slice[Run]:
        """A page of the executions that the caller sees, or for admins of those of one project.

        All of them pass `selection`, whatever project that names.

        A filter that hardly anything passes ends the search after `SCAN` runs; the page may then be short and still
        have a next one.
        """
        after = self.execution(caller, page.marker) if page.marker is not None else None
        narrowed = selection or Selection(caller.project_id)
        selections = [replace(narrowed, project_id=project) for project in self._listed(caller, project_id)]
        if page.by_creation is None:
            return self._cut_executions(selections, after, page)
        return walked(self._from(selections, after, page), page, execution_id, SCAN)

    def each(
        self, selection: Selection, after: tuple[datetime, str] | None, first: int, descending: bool = False
    ) -> Iterator[Run]:
        """Runs in the order of their creation, beyond `after`: `first` of them are read, and more when asked for."""
        size = first
        while True:
            runs = self._runs.page(selection, after, size, descending)
            yield from runs
            if len(runs) < size:
                return
            after = runs[-1].start.created_at, runs[-1].start.id
            size = max(first, min(2 * size, CHUNK))

    def published_global(self, run: Run) -> JsonDict:
        """The global variables of an execution, those aside that are declared under `vars` (engine rules §3.4)."""
        found = {name: source for name, source in run.head.globals.items() if name not in run.start.vars}
        return {name: self.load(source.value) for name, source in found.items()}

    def task(self, caller: Caller, task_id: str) -> TaskOf:
        """The task execution of this id. Raises `NotFound`."""
        found = self._task(caller, task_id)
        if found is None:
            raise NotFound(f"Task execution not found [id={task_id}]")
        return found

    def tasks(self, caller: Caller, execution_id: str | None) -> list[TaskOf]:
        """The task executions of an execution, none if it is not visible; or of the newest ones."""
        if execution_id is None:
            runs = self._recent(caller)
        else:
            run = self._visible(caller, ids.partition(execution_id))
            runs = [run] if run and run.start.id == execution_id else []
        return [found for run in runs for found in self.tasks_of(run)]

    def tasks_of(self, run: Run) -> list[TaskOf]:
        """All task executions of an execution, in the order of their creation, which only all of them together tell.

        Those of the latest one stay in this process while its head is the same, for the pages that follow.
        """
        state = run.start.id, run.start.created_at, run.head.version
        known, tasks = self._latest
        if known != state:
            tasks = self._runs.tasks(ids.partition(run.start.id))
            self._latest = state, tasks
        return [TaskOf(run, task) for task in tasks]

    def result(self, owner: TaskOf) -> Json:
        """What came out of a task execution: nothing `[]`, one value, or a list of several."""
        accepted = sorted((found for found in self._attempts(owner) if found.accepted), key=lambda found: found.index)
        results = [self.load(action.output) for action in accepted]
        return results[0] if len(results) == 1 and not self.has_items(owner) else results

    def has_items(self, owner: TaskOf) -> bool:
        """Whether the definition says that a task is done for each of several items."""
        spec = self._definitions.spec(owner.run.start.definition).tasks.get(owner.task.name)
        return spec is not None and bool(spec.with_items)

    def action(self, caller: Caller, action_id: str) -> ActionOf:
        """The action execution of this id. Raises `NotFound`."""
        row = ids.parse(action_id)
        owner = self._task(caller, ids.task_id(row.partition, row.task)) if row and row.number else None
        if row and owner and owner.task.kind != sub_executions.KIND:
            key, task = ActionKey(row.task, row.number), owner.task
            action = action_of(self._runs, owner.part, task, key)
            if action:
                return ActionOf(owner, task.standing(action))
        raise NotFound(f"ActionExecution not found [id={action_id}]")

    def actions(self, caller: Caller) -> list[ActionOf]:
        """The action executions of the newest runs."""
        return [found for owner in self.tasks(caller, None) for found in self.actions_of(owner)]

    def actions_page(self, caller: Caller, task_id: str, page: Page[AnyAction]) -> Slice[AnyAction] | None:
        """A page of the action executions of a task execution, none if it is unknown; `None` if the marker is.

        They are numbered in the order of their creation, so a page in this order reads no others.
        """
        owner = self._task(caller, task_id)
        if owner is None or owner.task.kind == sub_executions.KIND:
            return Slice(()) if page.marker is None else None
        if page.by_creation is None:
            return cut(self.actions_of(owner), page, _action_id)
        row = ids.parse(page.marker) if page.marker else None
        after = row.number if row and (row.partition, row.task) == (owner.part, owner.task.key) else 0
        if page.marker and not 1 <= after <= owner.task.attempts:
            return None
        return walked(self._numbered(owner, page, after), page, _action_id, SCAN)

    def actions_of(self, owner: TaskOf) -> list[ActionOf]:
        """All action executions of a task execution, by number, as they count now; none if it runs a workflow."""
        if owner.task.kind == sub_executions.KIND:
            return []
        return [ActionOf(owner, action) for action in self._attempts(owner)]

    def children(self, caller: Caller, task_id: str) -> list[Run]:
        """The sub-executions of a task execution, by number; none if it is unknown."""
        owner = self._task(caller, task_id)
        return self._some(sub_executions.ids_of(owner.part, owner.task) if owner else [])

    def children_page(self, caller: Caller, task_id: str, page: Page[Run]) -> Slice[Run] | None:
        """A page of the sub-executions of a task execution, none if it is unknown; `None` if the marker is.

        By number, which is nearly the order of their creation, a page reads no others.
        """
        owner = self._task(caller, task_id)
        found = sub_executions.ids_of(owner.part, owner.task) if owner else []
        if page.marker is not None and page.marker not in found:
            return None
        if page.by_creation is None:
            return cut(self._some(found), page, execution_id)
        after = found.index(page.marker) + 1 if page.marker else 0
        rows = (run for among in _among(len(found), after, page) for run in self._some([found[n - 1] for n in among]))
        return walked(rows, page, execution_id, SCAN)

    def _numbered(self, owner: TaskOf, page: Page[AnyAction], after: int) -> Iterator[AnyAction]:
        for among in _among(owner.task.attempts, after, page):
            found = self._attempts(owner, range(min(among), max(among) + 1))
            yield from (ActionOf(owner, action) for action in (reversed(found) if page.by_creation else found))

    def _some(self, execution_ids: Sequence[str]) -> list[Run]:
        return self._runs.some([ids.partition(one) for one in execution_ids])

    def _attempts(self, owner: TaskOf, among: range | None = None) -> list[Action]:
        task = owner.task
        if task.has_rows:
            return [task.standing(action) for action in self._runs.actions(owner.part, task.key, among)]
        return [task.action] if task.action else []

    def _visible(self, caller: Caller, part: str) -> Run | None:
        run = self._runs.run(part)
        return run if run and (caller.is_admin or run.start.project_id == caller.project_id) else None

    def _task(self, caller: Caller, task_id: str) -> TaskOf | None:
        row = ids.parse(task_id)
        if row is None or row.number:
            return None
        run = self._visible(caller, row.partition)
        task = self._runs.task(row.partition, row.task) if run else None
        return TaskOf(run, task) if run and task else None

    def _listed(self, caller: Caller, project_id: str | None = None) -> list[str]:
        return listed(caller, project_id, self._runs.projects)

    def _from(self, selections: Sequence[Selection], after: Run | None, page: Page[Run]) -> Iterator[Run]:
        """Runs of some selections in the order of their creation, beyond `after`."""
        descending, size = bool(page.by_creation), page.limit
        if len(selections) > 1:
            size = max(size // len(selections), CHUNK_OF_MANY)
        place = _place(after) if after else None
        parts = [self.each(selection, place, size, descending) for selection in selections]
        return merge(*parts, key=_place, reverse=descending)

    def _cut_executions(self, selections: Sequence[Selection], after: Run | None, page: Page[Run]) -> Slice[Run]:
        """A page in any other order than that of creation: every run of the selections has to be read."""
        every = Page[Run](limit=CHUNK, by_creation=False)
        runs = {after.start.id: after} if after else {}
        for seen, run in enumerate(self._from(selections, None, every)):
            if seen == SORTED:
                raise InvalidRequest(f"More than {SORTED} executions can be sorted by created_at only")
            runs[run.start.id] = run
        return cut(runs.values(), page, execution_id) or Slice(())

    def _recent(self, caller: Caller) -> list[Run]:
        selections = [Selection(project) for project in self._listed(caller)]
        return list(islice(self._from(selections, None, Page[Run](limit=RECENT, by_creation=True)), RECENT))


def _among(count: int, after: int, page: Page[T]) -> Iterator[range]:
    """Numbers from 1 to `count` beyond `after` in the order of `page`, as many at a time as it may need."""
    size = max(page.limit, CHUNK) if page.filters else page.limit
    for among in parts(count, after, bool(page.by_creation), size):
        yield among[::-1] if page.by_creation else among


def execution_id(run: Run) -> str:
    """The id of an execution, which its pages are cut by."""
    return run.start.id


def _action_id(found: AnyAction) -> str:
    return str(found.id)


def _place(run: Run) -> tuple[datetime, str]:
    return run.start.created_at, run.start.id
