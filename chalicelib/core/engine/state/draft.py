"""The working copy of a run during one step: rows read so far, rows changed, values to keep, effects to follow.

A draft is private to its step. It turns into a frozen `Changes`; if the step fails nothing of it remains. Reading is
lazy: a row, an index or a large value is looked up when something asks for it, and only once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.core import ids
from chalicelib.core.engine.state.effects import (
    AskChild,
    Effect,
    GoOn,
    Notices,
    Notify,
    StartExecution,
    TellParent,
    publishers,
)
from chalicelib.core.engine.state.interfaces import SIGHT, Actions, AdHoc, Dynamic, Rows, Sight
from chalicelib.core.jsontext import Json, dumps
from chalicelib.core.language.spec import TaskSpec, WorkflowSpec
from chalicelib.core.model import Action, Head, Run, Source, Start, Task
from chalicelib.core.progress import Progress
from chalicelib.core.sizes import FIELD_CHARACTERS
from chalicelib.core.values import ActionKey, Blob, TaskKey, Value

BLOB_BYTES = 16 * 1024
"""Values whose JSON text is longer than this are kept outside the rows (property P7)."""

MOST_ROWS = 94
"""Rows that a step may write at most, those included that the head may give up: the store's transaction holds 100."""
ROW_BYTES = 64 * 1024
"""Named values that are larger together than this are kept outside, all but those up to `SMALL_BYTES`."""
SMALL_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one step may do before it commits; rows and bytes are bounded by the store's transaction."""

    rows: int = 90
    bytes: int = 2_000_000
    family: int = 30
    """Sub-executions that one step starts or asks to follow."""
    field_size: int = FIELD_CHARACTERS
    """Characters of the largest value of a field; below 0: no bound."""
    sight: Sight = SIGHT


@dataclass(frozen=True, slots=True)
class Changes:
    """What one step decided: rows to write under the version of the head it started from, and what follows."""

    head: Head
    tasks: tuple[Task, ...] = ()
    actions: tuple[Action, ...] = ()
    """Action executions that have rows of their own: superseded ones, and those of items."""
    indexes: Mapping[str, Mapping[str, Source]] = field(default_factory=dict)
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()


class Draft:
    """A run being changed by one step."""

    def __init__(
        self,
        run: Run,
        spec: WorkflowSpec,
        rows: Rows,
        actions: Actions,
        now: datetime,
        limits: Limits | None = None,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self.start: Start = run.start
        self.head: Head = run.head
        self.spec = spec
        self.rows = rows
        self.library = actions
        self.now = now
        self.limits = limits or Limits()
        self.part = ids.partition(run.start.id)
        self.effects: list[Effect] = []
        self.obeys = False
        """Whether this run is just doing what its parent asked for."""
        self.named: dict[str, AdHoc | Dynamic | None] = {}
        """Names that this step looked up among the ad-hoc actions; kept by `calls`."""
        self._committed = run.head
        self._may_go_on = may_go_on
        self._read: dict[TaskKey, Task | None] = {}
        self._tasks: dict[TaskKey, Task] = {}
        self._listed: dict[TaskKey, Sequence[Action]] = {}
        self._actions: dict[ActionKey, Action] = {}
        self._indexes: dict[str, Mapping[str, Source]] = {}
        self._known: dict[str, Mapping[str, Source]] = {}
        self._blobs: dict[str, bytes] = {}
        self._values: dict[str, Json] = {}
        self._bytes = 0
        self._uuids = 0
        self._family = 0
        self._relatives: dict[str, Run | None] = {}
        self._news: tuple[TellParent, ...] = ()
        self._notices = Notices(lambda: publishers(self.load(self.start.params)))
        if run.head.version == 0:
            self._tell(self._notices.of_workflow(None, run.head.state, None))

    @contextmanager
    def obeying(self) -> Iterator[None]:
        """Meanwhile the run does what its parent, or the service, asked for."""
        self.obeys = True
        try:
            yield
        finally:
            self.obeys = False

    # --- the head -----------------------------------------------------------------------------------------------

    @property
    def progress(self) -> Progress:
        """How far the run is."""
        return self.head.progress

    def set_head(self, **changes: Any) -> None:
        """Replace fields of the head. A sub-execution tells its parent of every other state than that it began in."""
        if self.start.origin is not None and changes.get("state", self.head.state) is not self.head.state:
            self._news = (TellParent(self.obeys),)
        if "state" in changes:
            self._tell(self._notices.of_workflow(self.head.state, changes["state"], changes.get("state_info")))
        self.head = replace(self.head, **changes)

    def set_progress(self, **changes: Any) -> None:
        """Replace fields of the progress."""
        self.head = replace(self.head, progress=replace(self.head.progress, **changes))

    # --- tasks --------------------------------------------------------------------------------------------------

    def task(self, key: TaskKey) -> Task | None:
        """A task execution as it is now in this draft."""
        if key in self._tasks:
            return self._tasks[key]
        if key not in self._read:
            self._read[key] = self.rows.task(key)
        return self._read[key]

    def fetch(self, keys: Iterable[TaskKey]) -> list[Task]:
        """Several task executions, read together where they are not at hand; in the order of `keys`."""
        wanted = list(keys)
        missing = [key for key in wanted if key not in self._tasks and key not in self._read]
        self._read.update({task.key: task for task in self.rows.fetch(missing)})
        return [task for key in wanted if (task := self.task(key)) is not None]

    def all_tasks(self) -> list[Task]:
        """Every task execution of the run, this draft's changes included, by order of creation."""
        found = {task.key: task for task in self.rows.tasks()} | self._tasks
        self._read.update(found)
        return sorted(found.values(), key=lambda task: task.order)

    def latest(self, place: int) -> Task | None:
        """The most recently created execution of the task at `place`."""
        if not self.progress.seen >> place & 1:
            return None
        return self.task(TaskKey(place, self.progress.instances.get(place, 1) - 1))

    def spec_of(self, task: Task) -> TaskSpec:
        """What the definition says of a task execution."""
        return self.spec.tasks[task.name]

    def put(self, task: Task) -> Task:
        """Change or add a task execution."""
        before = self._tasks.get(task.key)
        self._tell(self._notices.of_task(before or self._read.get(task.key), task))
        if before is None:
            self._bytes += 1024
        if before is None or before.state_info != task.state_info:
            self._bytes += len(task.state_info or "")
        self._tasks[task.key] = task = replace(task, updated_at=self.now)
        return task

    def put_action(self, action: Action) -> None:
        """Change or add an action execution that has a row of its own."""
        self._actions[action.key] = action
        self._bytes += 1024

    def action(self, key: ActionKey) -> Action | None:
        """An action execution: the current one of its task, or a superseded one."""
        task = self.task(key.task)
        if task is None:
            return None
        if task.action is not None and task.action.key == key:
            return task.action
        return self._actions.get(key) or self.rows.action(key)

    def actions(self, task: Task, among: range | None = None) -> list[Action]:
        """Action executions of a task execution as they count now, by number; all, or those in `among`."""
        found = {action.key: action for action in (self._rows_of(task, among) if task.has_rows else ())}
        found |= {key: action for key, action in self._actions.items() if key.task == task.key}
        if task.action is not None:
            found[task.action.key] = task.action
        return [task.standing(found[key]) for key in sorted(found) if among is None or key.number in among]

    def _rows_of(self, task: Task, among: range | None) -> Sequence[Action]:
        """Rows are read once if all are asked for; a part of them takes room of the step."""
        if among is not None:
            self._bytes += 1024 * len(among)
            return self.rows.actions(task.key, among)
        if task.key not in self._listed:
            self._listed[task.key] = self.rows.actions(task.key)
        return self._listed[task.key]

    def relative(self, execution_id: str) -> Run | None:
        """Another run of the project as this step saw it first."""
        if execution_id not in self._relatives:
            self._relatives[execution_id] = self.rows.other(execution_id)
        return self._relatives[execution_id]

    # --- values -------------------------------------------------------------------------------------------------

    def keep(self, value: Json, limit: int = BLOB_BYTES) -> Value:
        """What a row holds for `value`: itself, or a reference if its text is longer than `limit` bytes."""
        text = dumps(value)
        size = len(text) if text.isascii() else len(text.encode())
        if size <= limit:
            self._bytes += size
            return value
        data = text.encode()
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._values:  # what was loaded is stored already
            self._blobs[digest] = data
            self._values[digest] = value
        return Blob(digest, size)

    def keep_all(self, values: Mapping[str, Json]) -> dict[str, Value]:
        """What a row holds for named values; where they are many, references for all but small ones."""
        limit = BLOB_BYTES if len(dumps(values)) <= ROW_BYTES else SMALL_BYTES
        return {name: self.keep(value, limit) for name, value in values.items()}

    def load(self, value: Value) -> Json:
        """The value itself, wherever it is kept."""
        if not isinstance(value, Blob):
            return value
        if value.hash not in self._values:
            self._values[value.hash] = self.rows.load(value)
        return self._values[value.hash]

    @property
    def blobs(self) -> Mapping[str, bytes]:
        """The large values that this draft refers to for the first time, by content hash."""
        return self._blobs

    def index(self, base: str) -> Mapping[str, Source]:
        """A shared context index."""
        if base not in self._known:
            self._known[base] = self._indexes.get(base) or self.rows.index(base)
        return self._known[base]

    def keep_index(self, base: str, names: Mapping[str, Source]) -> None:
        """Share a context index under its content hash."""
        self._indexes[base] = names
        self._bytes += 64 * len(names)

    def uuid(self) -> str:
        """A UUID that a repeated step draws again."""
        self._uuids += 1
        return ids.derived_uuid(self.part, self._committed.version, self._uuids)

    # --- the end of a step --------------------------------------------------------------------------------------

    def has_room(self) -> bool:
        """Whether this step may take on more before it commits."""
        return self.room() > 0 and self._family < self.limits.family

    def room(self) -> int:
        """How many more rows this step may write before it commits."""
        rest = len(self._actions) + len(self._indexes)
        moved = len(self._tasks.keys() | {task.key for task in self._committed.kept})
        rows = min(self.limits.rows - len(self._tasks), MOST_ROWS - moved) - rest
        return rows if rows > 0 and self._bytes < self.limits.bytes and self._may_go_on() else 0

    def _tell(self, notices: Sequence[Notify]) -> None:
        self.effects += notices
        self._bytes += sum(512 + len(notice.info or "") for notice in notices)

    def room_for_family(self) -> int:
        """How many more sub-executions this step may start or ask."""
        return self.limits.family - self._family if self._may_go_on() else 0

    def send(self, effect: StartExecution | AskChild) -> None:
        """Have something done to a sub-execution once this is committed."""
        self._family += 1
        self.effects.append(effect)

    def come_back(self) -> None:
        """Have this run carried on after the commit, as the step is full."""
        if GoOn() not in self.effects:
            self.effects.append(GoOn())

    def changes(self) -> Changes | None:
        """All that was decided, or `None` if nothing changed."""
        if self.head == self._committed and not (self._tasks or self._actions or self.effects):
            return None
        head = replace(self.head, version=self._committed.version + 1, updated_at=self.now)
        return Changes(
            head,
            tuple(self._tasks.values()),
            tuple(self._actions.values()),
            dict(self._indexes),
            dict(self._blobs),
            (*self.effects, *self._news),
        )
