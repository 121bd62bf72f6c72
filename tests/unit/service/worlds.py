"""The outside world of the services in memory, small enough to see what it was asked and to make it fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from chalicelib.actions.library import Library
from chalicelib.core import ids
from chalicelib.core.engine.run.start import Opening
from chalicelib.core.engine.state.draft import Changes, Limits
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.language import parse_workflows
from chalicelib.core.language.spec import WorkflowSpec
from chalicelib.core.model import Action, Head, Run, Source, Start, Task, opened
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.errors import LostRace, NotFound, Unavailable
from chalicelib.ports.messaging import LateMessage, Message
from chalicelib.ports.observability import UNHEARD, Metrics
from chalicelib.ports.runs import Due, Runs
from chalicelib.service.outgoing.large_values import KeptValues
from chalicelib.service.outgoing.timers import Timers
from chalicelib.service.outgoing.tracing import Tracing
from chalicelib.service.outgoing.worker_orders import WorkerOrders
from chalicelib.service.runs.advance import Advance
from chalicelib.service.runs.creation import Children, Creation
from tests.unit.core.engine.table import workflow

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ID = "an execution"
PART = ids.partition(ID)


@dataclass
class FakeClock:
    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, span: timedelta) -> None:
        self.moment += span


@dataclass
class FakeBlobs:
    kept: dict[str, bytes] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)

    def put(self, digest: str, data: bytes) -> None:
        self.kept[digest] = data

    def put_many(self, blobs: Mapping[str, bytes]) -> None:
        self.kept.update(blobs)

    def get(self, digest: str) -> bytes:
        self.reads.append(digest)
        if digest not in self.kept:
            raise NotFound()
        return self.kept[digest]


@dataclass
class FakeQueues:
    events: list[Message] = field(default_factory=list)
    actions: list[Message] = field(default_factory=list)
    timers: list[Message] = field(default_factory=list)
    away: bool = False
    """Whether nothing can be sent for a while."""

    def send_events(self, messages: Sequence[Message]) -> None:
        self._add(self.events, messages)

    def send_actions(self, messages: Sequence[Message]) -> None:
        self._add(self.actions, messages)

    def send_timers(self, messages: Sequence[Message]) -> None:
        self._add(self.timers, messages)

    def _add(self, queue: list[Message], messages: Sequence[Message]) -> None:
        if self.away:
            raise Unavailable("no queue")
        assert messages
        queue.extend(messages)


class FakeRuns:
    """Rows in dictionaries; `reads` names every read, `before_commit` may meddle or raise."""

    def __init__(self) -> None:
        self.starts: dict[str, Start] = {}
        self.heads: dict[str, Head] = {}
        self.rows: dict[tuple[str, TaskKey], Task] = {}
        self.old: dict[tuple[str, ActionKey], Action] = {}
        self.indexes: dict[tuple[str, str], Mapping[str, Source]] = {}
        self.marks: dict[str, datetime] = {}
        self.claims: dict[tuple[str, ActionKey], str] = {}
        self.due_at: dict[str, datetime] = {}
        self.looked: list[Due] = []
        self.reads: list[str] = []
        self.most_promises = 0
        """The most entries that an outbox had."""
        self.before_commit: list[Callable[[], None]] = []
        self.after_commit: list[Callable[[], None]] = []

    def create(self, start: Start, look_at: datetime) -> bool:
        part = ids.partition(start.id)
        if part in self.starts:
            return False
        self.marks.pop(part, None)
        self.starts[part], self.due_at[part] = start, look_at
        return True

    def run(self, part: str) -> Run | None:
        self.reads.append("run")
        start = self.starts.get(part)
        return None if start is None or part in self.marks else Run(start, self.heads.get(part) or opened(start))

    def some(self, parts: Sequence[str]) -> list[Run]:
        return [run for part in parts if (run := self.run(part)) is not None]

    def head(self, part: str) -> Head | None:
        self.reads.append("head")
        return None if part in self.marks else self.heads.get(part)

    def task(self, part: str, key: TaskKey) -> Task | None:
        self.reads.append("task")
        return self.rows.get((part, key))

    def fetch(self, part: str, keys: Sequence[TaskKey]) -> list[Task]:
        self.reads.append(f"fetch {len(keys)}")
        return [self.rows[part, key] for key in keys if (part, key) in self.rows]

    def tasks(self, part: str) -> list[Task]:
        self.reads.append("tasks")
        return sorted((task for (p, _), task in self.rows.items() if p == part), key=lambda task: task.order)

    def action(self, part: str, key: ActionKey) -> Action | None:
        return self.old.get((part, key))

    def actions(self, part: str, key: TaskKey, among: range | None = None) -> list[Action]:
        found = [action for (p, k), action in sorted(self.old.items()) if p == part and k.task == key]
        return [action for action in found if among is None or action.key.number in among]

    def index(self, part: str, base: str) -> Mapping[str, Source]:
        self.reads.append("index")
        return self.indexes[part, base]

    def commit(self, start: Start, changes: Changes) -> Head:
        for meddle in self._taken(self.before_commit):
            meddle()
        part = ids.partition(start.id)
        stored = self.heads.get(part)
        if part in self.marks or part not in self.starts:
            raise LostRace("deleted")
        if changes.head.version != (stored.version if stored else 0) + 1:
            raise LostRace("moved on")
        self.heads[part] = changes.head
        self.most_promises = max(self.most_promises, len(changes.head.outbox))
        self.rows.update({(part, task.key): task for task in changes.tasks})
        self.old.update({(part, action.key): action for action in changes.actions})
        self.indexes.update({(part, base): names for base, names in changes.indexes.items()})
        for meddle in self._taken(self.after_commit):
            meddle()
        return changes.head

    def settle_outbox(self, start: Start, head: Head) -> None:
        part = ids.partition(start.id)
        if self.heads[part].version == head.version:
            self.heads[part] = replace(head, outbox=(), unsure=False)

    def page(self, project_id: str, after: tuple[datetime, str] | None, limit: int, descending: bool) -> list[Run]:
        return []

    def due(self, now: datetime, limit: int) -> Due:
        found = [part for part, at in self.due_at.items() if at <= now][:limit]
        runs = [run for part in found if (run := self.run(part)) is not None]
        return Due(runs, {part: "seen" for part in found})

    def look_again(self, part: str, moment: datetime) -> None:
        self.due_at[part] = moment

    def looked_at(self, due: Due) -> None:
        self.looked.append(due)

    def started(self, part: str) -> Start | None:
        return self.starts.get(part)

    def is_alive(self, part: str, created_at: datetime | None) -> bool:
        start = self.starts.get(part)
        mine = start is not None and created_at in (None, start.created_at)
        return mine and part in self.heads and part not in self.marks

    def mark_deleted(self, start: Start) -> Head | None:
        part = ids.partition(start.id)
        if start != self.starts.get(part):
            raise LostRace("another one")
        self.marks[part] = start.created_at
        return self.heads.get(part) or opened(start)

    def deleted_since(self, part: str) -> datetime | None:
        return self.marks.get(part)

    def delete(self, part: str) -> None:
        self.starts.pop(part, None)
        self.heads.pop(part, None)
        self.rows = {key: row for key, row in self.rows.items() if key[0] != part}

    def claim(self, part: str, key: ActionKey, owner: str) -> str | None:
        found = self.claims.get((part, key))
        self.claims.setdefault((part, key), owner)
        return found

    @staticmethod
    def _taken(meddlers: list[Callable[[], None]]) -> list[Callable[[], None]]:
        taken = list(meddlers)
        meddlers.clear()
        return taken


class FakeLate:
    """Messages that are due far from now."""

    def __init__(self) -> None:
        self.kept: list[tuple[datetime, Message]] = []

    def keep(self, at: datetime, message: Message) -> None:
        self.kept.append((at, message))

    def due(self, until: datetime, limit: int) -> Sequence[LateMessage]:
        return []

    def forget(self, messages: Sequence[LateMessage]) -> None:
        raise AssertionError("nothing was handed on")


class World:
    """One execution of a workflow in memory, and the service that carries it on."""

    def __init__(
        self,
        body: str,
        limits: Limits | None = None,
        given: JsonDict | None = None,
        metrics: Metrics = UNHEARD,
        tracing: Tracing | None = None,
    ) -> None:
        self._metrics = metrics
        self._tracing = tracing
        spec = parse_workflows(workflow(body))[0].spec
        assert isinstance(spec, WorkflowSpec)
        self.spec = spec
        self.runs, self.blobs, self.queues, self.clock = FakeRuns(), FakeBlobs(), FakeQueues(), FakeClock()
        self.late = FakeLate()
        self.limits = limits
        self.advance = self.process()
        creation = Creation(
            self.port, KeptValues(self.blobs), self.blobs, lambda _: spec, Library(), limits or Limits()
        )
        creation.create(
            Opening(
                id=ID,
                project_id="p",
                workflow_id="w",
                workflow_namespace="",
                definition="w:1",
                input=given or {},
                params={},
                description="",
                now=NOW,
            )
        )

    @property
    def port(self) -> Runs:
        """The rows as services see them."""
        return cast(Runs, self.runs)

    def process(self, workers: WorkerOrders | None = None) -> Advance:
        """The service as another process has it, with nothing in memory."""
        return Advance(
            self.port,
            KeptValues(self.blobs),
            self.blobs,
            self.queues,
            Timers(self.late, self.queues, self.clock),
            lambda _: self.spec,
            Library(),
            cast(Children, None),
            self.clock,
            self.limits,
            metrics=self._metrics,
            tracing=self._tracing,
            workers=workers,
        )

    @property
    def head(self) -> Head:
        return self.runs.heads[PART]

    @property
    def state(self) -> str:
        return str(self.head.state)

    def key(self, name: str, number: int = 1) -> ActionKey:
        """An action execution of a task."""
        return ActionKey(TaskKey(self.spec.tasks[name].index, 0), number)
