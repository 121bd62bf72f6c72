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
from typing import NamedTuple

from chalicelib.core import ids
from chalicelib.core.engine import children
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, ActionKey, Run, Task, Value
from chalicelib.errors import InvalidRequest, NotFound
from chalicelib.ports import Runs, Values
from chalicelib.ports_lists import Selection
from chalicelib.ports_workers import Watch, Watches
from chalicelib.service.caller import Caller, listed
from chalicelib.service.definitions import Definitions
from chalicelib.service.paging import Page, Slice, cut, filled

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


class TaskOf(NamedTuple):
    """A task execution with the run it belongs to."""

    run: Run
    task: Task

    @property
    def part(self) -> str:
        """The partition of the run."""
        return ids.partition(self.run.start.id)

    @property
    def id(self) -> str:
        """The id of the task execution."""
        return ids.task_id(self.part, self.task.key)


class ActionOf(NamedTuple):
    """An action execution with the task execution it belongs to."""

    owner: TaskOf
    action: Action

    @property
    def id(self) -> str:
        """The id of the action execution."""
        return ids.action_id(self.owner.part, self.action.key)


class Queries:
    """Reads runs; changes nothing."""

    def __init__(self, runs: Runs, definitions: Definitions, values: Values, watches: Watches | None = None) -> None:
        """`watches`: what is known of external workers, if there are any."""
        self._runs = runs
        self._definitions = definitions
        self._values = values
        self._watches = watches

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
        found: list[Run] = []
        for seen, run in enumerate(self._from(selections, after, page), 1):
            if page.keeps(run):
                found.append(run)
            if len(found) == page.limit:
                break
            if seen == SCAN:
                return Slice(found, run.start.id)
        return filled(found, page, execution_id)

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
        """All task executions of an execution."""
        return [TaskOf(run, task) for task in self._runs.tasks(ids.partition(run.start.id))]

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
        if row and owner and owner.task.kind != children.KIND:
            key, task = ActionKey(row.task, row.number), owner.task
            action = task.action if task.action and task.action.key == key else self._runs.action(owner.part, key)
            if action:
                return ActionOf(owner, task.standing(action))
        raise NotFound(f"ActionExecution not found [id={action_id}]")

    def actions(self, caller: Caller, task_id: str | None) -> list[ActionOf]:
        """The action executions of a task execution (none if it is unknown), or of the newest runs."""
        if task_id is None:
            owners: Sequence[TaskOf] = self.tasks(caller, None)
        else:
            owner = self._task(caller, task_id)
            owners = [owner] if owner else []
        return [found for owner in owners for found in self.actions_of(owner)]

    def actions_of(self, owner: TaskOf) -> list[ActionOf]:
        """All action executions of a task execution, by number, as they count now; none if it runs a workflow."""
        if owner.task.kind == children.KIND:
            return []
        return [ActionOf(owner, action) for action in self._attempts(owner)]

    def children(self, caller: Caller, task_id: str) -> list[Run]:
        """The sub-executions of a task execution, by number; none if it is unknown."""
        owner = self._task(caller, task_id)
        found = children.ids_of(owner.part, owner.task) if owner else []
        return self._runs.some([ids.partition(child) for child in found])

    def _attempts(self, owner: TaskOf) -> list[Action]:
        task = owner.task
        if task.has_rows:
            return [task.standing(action) for action in self._runs.actions(owner.part, task.key)]
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


def execution_id(run: Run) -> str:
    """The id of an execution, which its pages are cut by."""
    return run.start.id


def _place(run: Run) -> tuple[datetime, str]:
    return run.start.created_at, run.start.id
