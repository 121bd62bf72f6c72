"""Bounded looks at other runs of the same project, for `tasks()` and `executions()` (engine rules §4).

Whose runs these are is up to the rows: they never show another project's. How many are looked at is bounded here; an
expression that wants more fails.
"""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.core import ids
from chalicelib.core.engine import children
from chalicelib.core.engine.draft import Draft
from chalicelib.core.model import Action, Run, Task
from chalicelib.errors import ExpressionError


class Elsewhere:
    """What one evaluation has seen of other runs, the run at hand among them."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._sight = draft.limits.sight
        self._seen: dict[str, Run | None] = {draft.start.id: Run(draft.start, draft.head)}
        self._read = 0

    def run(self, execution_id: str) -> Run | None:
        """A run of this project. Raises `ExpressionError` if these are too many."""
        if execution_id not in self._seen:
            if len(self._seen) >= self._sight.runs:
                raise ExpressionError(f"An expression can look at {self._sight.runs} executions at most")
            self._seen[execution_id] = self._draft.rows.other(execution_id)
        return self._seen[execution_id]

    def runs(self, root: str | None) -> Iterable[Run]:
        """The newest runs of this project, or of those the descendants of `root`."""
        mine = Run(self._draft.start, self._draft.head)
        return [mine if run.start.id == mine.start.id else run for run in self._draft.rows.others(root)]

    def recent(self) -> list[str]:
        """This run and the newest others."""
        mine = self._draft.start.id
        newest = [run.start.id for run in self._draft.rows.others(None)]
        return [mine, *(other for other in newest if other != mine)][: self._sight.recent]

    def tasks(self, execution_id: str) -> list[tuple[Run, Task]]:
        """The task executions of a run. Raises `ExpressionError` if these are too many."""
        draft, run = self._draft, self.run(execution_id)
        if run is None:
            return []
        if execution_id == draft.start.id:
            return [(run, task) for task in draft.all_tasks()]
        self._read += run.head.progress.created
        if self._read > self._sight.tasks:
            raise ExpressionError(f"An expression can look at {self._sight.tasks} task executions at most")
        return [(run, task) for task in draft.rows.other_tasks(execution_id)]

    def below(self, found: list[tuple[Run, Task]]) -> list[tuple[Run, Task]]:
        """The task executions given and those of all sub-executions below them."""
        every = list(found)
        for run, task in every:  # which grows meanwhile
            every += [pair for child_id in _children(run, task) for pair in self.tasks(child_id)]
        return every

    def is_echo(self, run: Run, task: Task) -> bool:
        """Whether a task execution has a sub-execution that is in the same state."""
        found = (self.run(child_id) for child_id in _children(run, task))
        return any(child is not None and child.head.state is task.state for child in found)

    def actions(self, run: Run, task: Task) -> list[Action]:
        """The action executions of a task execution as they count now, by number."""
        if run.start.id == self._draft.start.id:
            return self._draft.actions(task)
        found = [] if task.action is None else [task.action]
        if task.items is not None and task.items.count <= self._sight.items:
            found = list(self._draft.rows.other_actions(run.start.id, task.key))
        return [task.standing(action) for action in found]


def _children(run: Run, task: Task) -> list[str]:
    return children.ids_of(ids.partition(run.start.id), task)
