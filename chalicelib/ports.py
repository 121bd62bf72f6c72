"""What the services ask of the outside world, as Protocols. Adapters implement them, tests pass fakes.

The data that crosses a port lives here too, beside the Protocol that carries it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from chalicelib.core.engine.draft import Changes
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, ActionKey, Head, Run, Source, Start, Task, TaskKey, Value
from chalicelib.errors import Duplicate
from chalicelib.messaging.bodies import AnyBody
from chalicelib.ports_lists import Selection


@dataclass(frozen=True, slots=True)
class Message:
    """One message to send: `group` and `dedup` matter on the FIFO queue, `delay` (seconds, 0-900) on the others."""

    group: str
    dedup: str
    body: AnyBody
    delay: int = 0


class Queues(Protocol):
    """Sends messages, at least once. Raises `Unavailable` unless all of them were accepted."""

    def send_events(self, messages: Sequence[Message]) -> None:
        """To the step handler, in order within a group; a `dedup` seen in the last 5 minutes is dropped."""
        ...

    def send_actions(self, messages: Sequence[Message]) -> None:
        """To the executor, in any order."""
        ...

    def send_timers(self, messages: Sequence[Message]) -> None:
        """To the timer handler, each after its own delay."""
        ...


class Blobs(Protocol):
    """Immutable values kept under their content hash."""

    def put(self, digest: str, data: bytes) -> None:
        """Keep `data` under `digest`; keeping it again changes nothing."""
        ...

    def put_many(self, blobs: Mapping[str, bytes]) -> None:
        """Keep all of `blobs` (digest to data), side by side."""
        ...

    def get(self, digest: str) -> bytes:
        """The data kept under `digest`. Raises `NotFound` when there is none."""
        ...


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """The current moment, timezone-aware UTC."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionRecord:
    """A stored definition as it is now; `ref` names the immutable version of its text that is current."""

    kind: str
    id: str
    project_id: str
    namespace: str
    name: str
    scope: str
    version: int
    """Counts the changes of this record, from 1; guards them too."""
    ref: str
    tags: tuple[str, ...] = ()
    checksum: str | None = None
    created_at: datetime
    updated_at: datetime | None = None
    facts: JsonDict = field(default_factory=dict)
    """What lists show of the text, so that they need not read it."""
    uses: str | None = None
    """Id of the one definition that this one cannot do without."""
    due: datetime | None = None
    """When something is to be done about it; `None`: never."""


@dataclass(frozen=True, slots=True)
class DefinitionText:
    """An immutable version of a definition: the text as stored and the parsed body."""

    text: str
    body: JsonDict


class DefinitionChange(NamedTuple):
    """What becomes of one record: made (`before` is `None`), changed, or removed (`after` is `None`)."""

    before: DefinitionRecord | None
    after: DefinitionRecord | None


class DefinitionStore(Protocol):
    """Keeps definitions of every kind. Reads see every earlier write, unless said otherwise."""

    def save_text(self, identifier: str, text: DefinitionText) -> str:
        """Keep a version of the text of the definition `identifier`; return its ref, equal for equal texts."""
        ...

    def text(self, ref: str) -> DefinitionText:
        """A version of a text. Raises `NotFound`; versions outlive the removal of their record."""
        ...

    def texts(self, refs: Collection[str]) -> dict[str, DefinitionText]:
        """Several versions by their refs; missing ones are left out."""
        ...

    def by_id(self, kind: str, identifier: str) -> DefinitionRecord | None:
        """The record with this id, whose ever it is."""
        ...

    def by_ids(self, kind: str, identifiers: Collection[str]) -> list[DefinitionRecord]:
        """The records with these ids, whose ever they are, in any order; missing ones are left out."""
        ...

    def by_name(self, kind: str, project_id: str, namespace: str, name: str) -> DefinitionRecord | None:
        """The project's own record of this name."""
        ...

    def public(self, kind: str, namespace: str | None = None, name: str | None = None) -> list[DefinitionRecord]:
        """Public records of all projects: those of one name, or every one."""
        ...

    def owned(self, kind: str, project_id: str) -> list[DefinitionRecord]:
        """Every record of a project."""
        ...

    def everywhere(self, kind: str, namespace: str | None = None, name: str | None = None) -> list[DefinitionRecord]:
        """Records of all projects: those of one name, or every one. May miss the latest writes."""
        ...

    def using(self, kind: str, identifier: str) -> list[DefinitionRecord]:
        """Records of all projects that use the definition `identifier`, as they were when they began to."""
        ...

    def write(self, changes: Sequence[DefinitionChange]) -> None:
        """Make all of `changes` or none.

        Raises `DefinitionExists` if a name is taken, `LostRace` if a record changed since it was read.
        """
        ...

    def write_in_parts(self, changes: Sequence[DefinitionChange]) -> None:
        """Make `changes` in their order: all or none where `write` can, else part by part, each all or none; raises as
        `write`, and what was made before stays."""
        ...


class DefinitionExists(Duplicate):
    """A definition of this name exists already."""

    def __init__(self, record: DefinitionRecord) -> None:
        super().__init__(f"There is a {record.kind} {record.name!r} already")
        self.record = record


@dataclass(frozen=True, slots=True)
class Due:
    """Runs to be looked at, and how far that brings the sweeper (shard to the last entry seen)."""

    runs: Sequence[Run]
    cursors: Mapping[str, str]


class Runs(Protocol):
    """The rows of executions. `part` is `ids.partition(execution_id)`. Reads by key are strongly consistent."""

    def create(self, start: Start, look_at: datetime) -> bool:
        """Keep a new run, due to be looked at; `False` if there is one in this partition already."""
        ...

    def run(self, part: str) -> Run | None:
        """What a run was started with and where it is now."""
        ...

    def some(self, parts: Sequence[str]) -> list[Run]:
        """Several runs, in the order asked for, without those that do not exist."""
        ...

    def head(self, part: str) -> Head | None:
        """Where a run is now."""
        ...

    def task(self, part: str, key: TaskKey) -> Task | None:
        """One task execution."""
        ...

    def fetch(self, part: str, keys: Sequence[TaskKey]) -> list[Task]:
        """Several task executions that the head does not keep, in any order; missing ones are left out."""
        ...

    def tasks(self, part: str) -> list[Task]:
        """All task executions of a run, by order of creation."""
        ...

    def action(self, part: str, key: ActionKey) -> Action | None:
        """A superseded action execution."""
        ...

    def actions(self, part: str, key: TaskKey, among: range | None = None) -> list[Action]:
        """The action executions of a task execution, superseded and current, by number; all, or those in `among`."""
        ...

    def index(self, part: str, base: str) -> Mapping[str, Source]:
        """A shared context index. Raises `NotFound`."""
        ...

    def commit(self, start: Start, changes: Changes) -> Head:
        """Write all of `changes`, or nothing; the head as it was written.

        `changes.head.kept` is what the head kept before. Raises `LostRace` unless the head is one version behind.
        """
        ...

    def settle_outbox(self, start: Start, head: Head) -> None:
        """Note that the promises of `head` were kept; nothing happens if the run has moved on."""
        ...

    def page(self, selection: Selection, after: tuple[datetime, str] | None, limit: int, descending: bool) -> list[Run]:
        """Runs by (creation time, id), at most `limit`, beyond `after`; fewer only if there are no more."""
        ...

    def projects(self) -> list[str]:
        """Every project that has started a run."""
        ...

    def due(self, now: datetime, limit: int) -> Due:
        """Runs to be looked at by `now`, at most `limit` a shard."""
        ...

    def ahead(self, cursors: Mapping[str, str], limit: int) -> Due:
        """Runs whose look is still to come: all that are not over, at most `limit` a shard beyond `cursors`."""
        ...

    def look_again(self, part: str, moment: datetime) -> None:
        """Have a run looked at once more."""
        ...

    def looked_at(self, due: Due) -> None:
        """Note that the runs in `due` were looked at; they do not come again."""
        ...

    def started(self, part: str) -> Start | None:
        """What a run was started with, also if it is marked as deleted."""
        ...

    def is_alive(self, part: str, created_at: datetime | None) -> bool:
        """Whether a run that has committed is there and not deleted; of `created_at`, unless that is `None`."""
        ...

    def mark_deleted(self, start: Start) -> Head | None:
        """Take a run away from everybody: nobody finds it any more, and no commit of it succeeds.

        The head it had; `None` if its rows are gone already. Marking again changes nothing. Raises `LostRace` if there
        is another run of the same id by now.
        """
        ...

    def deleted_since(self, part: str) -> datetime | None:
        """When the run was created that was deleted here lately; `None` if none was, or if there is another one."""
        ...

    def delete(self, part: str) -> None:
        """Remove all rows of a run that is marked as deleted, the mark aside, which expires by itself."""
        ...

    def claim(self, part: str, key: ActionKey, owner: str) -> str | None:
        """Claim an action execution for `owner`, unless it is claimed: then the answer is for whom (property P8)."""
        ...


@dataclass(frozen=True, slots=True)
class LateMessage:
    """A message that waits for its time, and where it is kept."""

    at: datetime
    message: Message
    place: tuple[str, str]


class LateMessages(Protocol):
    """Messages that are due too far from now for a queue to delay them."""

    def keep(self, at: datetime, message: Message) -> None:
        """Keep a message until `at`; keeping it again changes nothing."""
        ...

    def due(self, until: datetime, limit: int) -> Sequence[LateMessage]:
        """Messages due by `until`, at most `limit`, the earliest of each shard first."""
        ...

    def forget(self, messages: Sequence[LateMessage]) -> None:
        """Remove messages that were handed on."""
        ...


class Values(Protocol):
    """Resolves references to large values."""

    def load(self, value: Value) -> Json:
        """The value itself. Raises `NotFound` if it is gone."""
        ...
