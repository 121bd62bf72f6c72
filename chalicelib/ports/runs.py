"""Port of the run store: rows of executions, and which of them a list selects.

The data that crosses a port lives here too, beside the Protocol that carries it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.core.engine.state.draft import Changes
from chalicelib.core.model import Action, Head, Run, Source, Start, Task
from chalicelib.core.states import SUCCESS, State
from chalicelib.core.values import ActionKey, TaskKey

LISTED = frozenset(State) - {SUCCESS}
"""States by which the store finds runs: what is open or went wrong. Most runs succeed, and those cost no entry."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Runs of a project; of what is given here the store serves as much as one index can.

    So it may hand out runs that are not meant, and leaves none out: who asks filters what comes.
    """

    project_id: str
    state: State | None = None
    """One of `LISTED`. A run is found by it from its first step on."""
    workflow: str | None = None
    """The name of the workflow."""
    since: str = ""
    """Created at this time or later; times are texts as the API shows them, and may be cut short."""
    until: str = ""
    """Created at this time or before; none is no bound."""


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
