"""What a warm process still knows of runs: the rows of the version it committed last.

What is known is used only after the head was read and has the same version, so it can be missing but never wrong.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.core import ids
from chalicelib.core.engine.state.draft import Changes
from chalicelib.core.jsontext import Json
from chalicelib.core.model import Action, Head, Run, Source, Start, Task
from chalicelib.core.values import ActionKey, Blob, TaskKey
from chalicelib.ports.runs import Runs, Selection
from chalicelib.ports.values import Values

MAX_RUNS = 64
MAX_ROWS = 2000


@dataclass(slots=True)
class Known:
    """Rows of a run as they were committed at `version`; nothing at all of a run that does not exist yet."""

    start: Start | None = None
    version: int = 0
    tasks: dict[TaskKey, Task] = field(default_factory=dict)
    indexes: dict[str, Mapping[str, Source]] = field(default_factory=dict)


class Warm:
    """Known runs, the most recent ones. A run is taken out while it is worked on, so that no two threads share one."""

    def __init__(self, max_runs: int = MAX_RUNS) -> None:
        self._max = max_runs
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, part: str) -> Known | None:
        """What is known of a run; nobody else gets it until it is put back."""
        with self._lock:
            return self._known.pop(part, None)

    def put(self, part: str, known: Known) -> None:
        """Remember a run for the next step."""
        if len(known.tasks) > MAX_ROWS:
            known.tasks.clear()
        with self._lock:
            self._known[part] = known
            while len(self._known) > self._max:
                self._known.popitem(last=False)


class StoredRows:
    """The engine's view of committed rows: known ones first, then the store."""

    def __init__(self, runs: Runs, values: Values, execution_id: str, project_id: str, known: Known) -> None:
        self._runs = runs
        self._values = values
        self._project = project_id
        self._known = known
        self._part = ids.partition(execution_id)

    def task(self, key: TaskKey) -> Task | None:
        """One task execution."""
        return next(iter(self.fetch([key])), None)

    def fetch(self, keys: Iterable[TaskKey]) -> Sequence[Task]:
        """Several task executions at once; missing ones are left out."""
        wanted = list(keys)
        missing = [key for key in wanted if key not in self._known.tasks]
        if missing:
            self._remember(self._runs.fetch(self._part, missing))
        return [self._known.tasks[key] for key in wanted if key in self._known.tasks]

    def tasks(self) -> Sequence[Task]:
        """All task executions of the run."""
        return self._remember(self._runs.tasks(self._part))

    def action(self, key: ActionKey) -> Action | None:
        """A superseded action execution."""
        return self._runs.action(self._part, key)

    def actions(self, key: TaskKey, among: range | None = None) -> Sequence[Action]:
        """The committed action executions of a task execution; all, or those with a number in `among`."""
        return self._runs.actions(self._part, key, among)

    def load(self, blob: Blob) -> Json:
        """A large value."""
        return self._values.load(blob)

    def index(self, base: str) -> Mapping[str, Source]:
        """A shared context index."""
        if base not in self._known.indexes:
            self._known.indexes[base] = self._runs.index(self._part, base)
        return self._known.indexes[base]

    def other(self, execution_id: str) -> Run | None:
        """Another run of the same project."""
        run = self._runs.run(ids.partition(execution_id))
        mine = run is not None and run.start.id == execution_id and run.start.project_id == self._project
        return run if mine else None

    def other_tasks(self, execution_id: str) -> Sequence[Task]:
        """All task executions of another run."""
        return self._runs.tasks(ids.partition(execution_id))

    def other_actions(self, execution_id: str, key: TaskKey) -> Sequence[Action]:
        """The action executions of a task execution of another run."""
        return self._runs.actions(ids.partition(execution_id), key)

    def others(self, root_execution_id: str | None) -> Sequence[Run]:
        """Runs of the same project, newest first, at most a thousand."""
        found = self._runs.page(Selection(self._project), None, 1000, True)
        return [run for run in found if root_execution_id in (None, run.start.root_execution_id)]

    def committed(self, changes: Changes, head: Head) -> None:
        """Remember what was just committed."""
        self._known.version = head.version
        self._known.indexes.update(changes.indexes)
        self._remember(changes.tasks)

    def _remember(self, tasks: Sequence[Task]) -> Sequence[Task]:
        self._known.tasks.update({task.key: task for task in tasks})
        return tasks
