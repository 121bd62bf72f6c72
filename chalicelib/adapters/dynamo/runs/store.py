"""The rows of executions in DynamoDB: one partition a run, every commit guarded by the version of its head.

    p = partition   s = S                          start, immutable (gp, gs: a project's runs by creation; wp, gs: those
                                                   of a workflow; dp, ds: when the sweeper should look at the run)
                        H                          head (v: version, c: creation time of the run, t: tasks kept here;
                                                   sp, gs: the runs of a project that are not in SUCCESS)
                        TS#place/16#instance/8     task executions that the head does not keep, up to 128 in a row
                        T#place#instance           one that is large, or that was written without neighbours
                        A#place#instance#number    a superseded action execution, or that of an item
                        X#hash                     a shared context index
                        C#place#instance#number    a claim on an action execution

A run that is deleted has a negative version in its head, with which no commit agrees. That mark outlives the other rows
for a while, as a step that began before may still want to commit; it bears the creation time of its run (c), so another
run of the same id is none of its business.

A new run is its start row alone: one write, and one for each index. A commit that changes nothing but the head is a
plain conditional write, at half the price of a transaction; so the tasks of a small run are kept in its head, packed
together. When they outgrow it they move to other rows, those that are over first, in one transaction with the head.
Where a task execution is in several places, the head comes first, then the newest copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from botocore.client import BaseClient

from chalicelib.adapters.dynamo.runs import codec, deletion_marks, row_keys, run_index, serializers, task_chunks
from chalicelib.adapters.dynamo.runs.row_keys import HEAD, START, SWEEPER
from chalicelib.adapters.dynamo.runs.run_index import Projects
from chalicelib.adapters.dynamo.runs.table import Due as DueIndex
from chalicelib.adapters.dynamo.runs.table import Row, Table
from chalicelib.core import ids
from chalicelib.core.engine.state.draft import Changes
from chalicelib.core.model import Action, Head, Run, Source, Start, Task, opened
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.errors import LostRace, NotFound
from chalicelib.ports.runs import LISTED, Due, Selection


class DynamoRuns:
    """The store of runs, over DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._row = self._table.row
        self._projects = Projects(table, "run")

    @property
    def client(self) -> BaseClient:
        """The client below, for whoever wants to count or disturb its calls."""
        return self._table.client

    # --- reads ---------------------------------------------------------------------------------------------------

    def run(self, part: str) -> Run | None:
        """What a run was started with and where it is now."""
        found = {row.s: row for row in self._table.query(part, self._row.s.between(HEAD, START))}
        return _run(found.get(START), found.get(HEAD))

    def some(self, parts: Sequence[str]) -> list[Run]:
        """Several runs, in the order asked for, without those that do not exist."""
        rows = self._table.batch((part, place) for part in parts for place in (HEAD, START))
        found = {(row.p, row.s): row for row in rows}
        runs = (_run(found.get((part, START)), found.get((part, HEAD))) for part in parts)
        return [run for run in runs if run is not None]

    def started(self, part: str) -> Start | None:
        """What a run was started with, also if it is marked as deleted."""
        row = self._table.get(part, START)
        return None if row is None else serializers.start_in(_content(row))

    def is_alive(self, part: str, created_at: datetime | None) -> bool:
        """Whether a run that has committed is there and not deleted; of `created_at`, unless that is `None`."""
        row = self._table.get(part, HEAD)
        if row is None or deletion_marks.is_mark(row):
            return False
        return created_at is None or row.c == row_keys.stamp(created_at)

    def deleted_since(self, part: str) -> datetime | None:
        """When the run was created that was deleted here lately; `None` if none was, or if there is another one."""
        row = self._table.get(part, HEAD)
        return None if row is None or not deletion_marks.is_mark(row) else row_keys.moment(str(row.c))

    def head(self, part: str) -> Head | None:
        """Where a run is now; `None` also before its first commit, and once it is deleted."""
        row = self._table.get(part, HEAD)
        return None if row is None or deletion_marks.is_mark(row) else _head(row)

    def task(self, part: str, key: TaskKey) -> Task | None:
        """One task execution."""
        head = self.head(part)
        kept = next((task for task in (head.kept if head is not None else ()) if task.key == key), None)
        if kept is not None or head is None:
            return kept
        return next(iter(self.fetch(part, [key])), None)

    def fetch(self, part: str, keys: Sequence[TaskKey]) -> list[Task]:
        """Several task executions that the head does not keep, in any order; missing ones are left out."""
        wanted = {place(key) for key in keys for place in (row_keys.chunk, row_keys.task)}
        found = _tasks(self._table.batch((part, place) for place in wanted))
        return [found[key] for key in set(keys) if key in found]

    def tasks(self, part: str) -> list[Task]:
        """All task executions of a run, by order of creation, also if it is marked as deleted."""
        head = self._table.get(part, HEAD)  # first: what leaves it afterwards must not be missed
        found = _tasks(self._table.query(part, self._row.s.startswith(row_keys.TASKS)))
        found |= {task.key: task for task in (task_chunks.unpacked(head.t) if head is not None else ())}
        return sorted(found.values(), key=lambda task: task.order)

    def action(self, part: str, key: ActionKey) -> Action | None:
        """A superseded action execution."""
        row = self._table.get(part, row_keys.action(key))
        return None if row is None else serializers.action_in(key.task, _content(row))

    def actions(self, part: str, key: TaskKey, among: range | None = None) -> list[Action]:
        """The action executions of a task execution, superseded and current, by number; all, or those in `among`."""
        task = self.task(part, key)  # first: what is superseded afterwards must not be missed
        current = [task.action] if task is not None and task.action is not None else []
        rows = self._table.query(part, self._places(key, among))
        superseded = [serializers.action_in(key, _content(row)) for row in rows]
        found = {action.key.number: action for action in (*current, *superseded)}
        return [found[number] for number in sorted(found) if among is None or number in among]

    def _places(self, key: TaskKey, among: range | None) -> Any:
        """The condition for superseded action executions, all or those with a number in `among`."""
        if among is None:
            return self._row.s.startswith(row_keys.actions(key))
        first, last = ActionKey(key, among[0]), ActionKey(key, among[-1])
        return self._row.s.between(row_keys.action(first), row_keys.action(last))

    def index(self, part: str, base: str) -> Mapping[str, Source]:
        """A shared context index. Raises `NotFound`."""
        row = self._table.get(part, row_keys.index(base))
        if row is None:
            raise NotFound(f"The context index {base} is gone")
        return codec.index_in(_content(row))

    def page(self, selection: Selection, after: tuple[datetime, str] | None, limit: int, descending: bool) -> list[Run]:
        """Runs by (creation time, id), at most `limit`, beyond `after`; fewer only if there are no more."""
        found: list[Run] = []
        edge = None if after is None else row_keys.created(*after)
        while len(found) < limit:
            wanted = limit - len(found)
            entries = run_index.entries(self._table, selection, edge, wanted, descending)
            found += self.some([row.p for row in entries])  # less those that were deleted a moment ago
            if len(entries) < wanted:
                break
            edge = entries[-1].gs
        return found

    def projects(self) -> list[str]:
        """Every project that has started a run."""
        return self._projects.all()

    def due(self, now: datetime, limit: int) -> Due:
        """Runs to be looked at by `now`, at most `limit` a shard."""
        return self._beyond({}, row_keys.stamp(now), limit)

    def ahead(self, cursors: Mapping[str, str], limit: int) -> Due:
        """Runs whose look is still to come: all that are not over, at most `limit` a shard beyond `cursors`."""
        return self._beyond(cursors, row_keys.LAST, limit)

    def _beyond(self, cursors: Mapping[str, str], until: str, limit: int) -> Due:
        """Entries of the sweeper's index up to `until`, beyond `cursors`, or beyond those of the sweeper."""
        parts: list[str] = []
        reached: dict[str, str] = {}
        for shard in map(str, range(row_keys.SHARDS)):
            since = f"{cursors.get(shard) or self._swept(shard)}."
            if since > until:  # clocks differ a little between processes
                continue
            if rows := self._table.index(self._row.due, shard, DueIndex.ds.between(since, until), limit):
                parts += [row.p for row in rows]
                reached[shard] = rows[-1].ds
        return Due(self.some(parts), reached)

    def _swept(self, shard: str) -> str:
        cursor = self._table.get(SWEEPER, shard)
        return "" if cursor is None else str(_content(cursor))

    # --- writes --------------------------------------------------------------------------------------------------

    def create(self, start: Start, look_at: datetime) -> bool:
        """Keep a new run, due to be looked at; `False` if there is one in this partition already."""
        part = ids.partition(start.id)
        row = self._row(part, START, d=codec.pack(serializers.start_out(start)))
        row.gp, row.gs = row_keys.runs_of(start.project_id), row_keys.created(start.created_at, start.id)
        row.wp = row_keys.of_workflow(start.project_id, start.workflow_name)
        row.dp, row.ds = row_keys.shard(part), row_keys.due(look_at, part)
        self._projects.note(start.project_id)
        try:
            self._table.save(row, self._row.p.does_not_exist())
        except LostRace:
            return False
        return True

    def commit(self, start: Start, changes: Changes) -> Head:
        """Write all of `changes`, or nothing; the head as it was written.

        `changes.head.kept` is what the head kept before. Raises `LostRace` unless the head is one version behind.
        """
        kept, moved = task_chunks.placed(changes.head.kept, changes.tasks)
        written = replace(changes.head, kept=kept)
        head, guard = self._head_row(start, written), self._guard(start, written.version)
        rows = self._changed(ids.partition(start.id), changes, moved)
        if rows:
            self._table.save_all(head, guard, rows)
        else:
            self._table.save(head, guard)
        return written

    def settle_outbox(self, start: Start, head: Head) -> None:
        """Note that the promises of `head` were kept; nothing happens if the run has moved on."""
        row = self._head_row(start, replace(head, outbox=(), unsure=False))
        with suppress(LostRace):
            self._table.save(row, self._row.v == head.version)

    def look_again(self, part: str, moment: datetime) -> None:
        """Have a run looked at once more."""
        with suppress(LostRace):
            self._table.set(self._row(part, START), self._row.ds.set(row_keys.due(moment, part)), self._row.p.exists())

    def looked_at(self, due: Due) -> None:
        """Note that the runs in `due` were looked at; they do not come again."""
        for shard, entry in due.cursors.items():
            self._table.save(self._row(SWEEPER, shard, d=codec.pack(entry)))

    def claim(self, part: str, key: ActionKey, owner: str) -> str | None:
        """Claim an action execution for `owner`, unless it is claimed: then the answer is for whom (property P8)."""
        place = row_keys.claim(key)
        try:
            self._table.save(self._row(part, place, d=codec.pack(owner)), self._row.p.does_not_exist())
        except LostRace:
            found = self._table.get(part, place)
            if found is None:
                raise
            return str(_content(found))
        return None

    def mark_deleted(self, start: Start) -> Head | None:
        """Take a run away from everybody: nobody finds it any more, and no commit of it succeeds.

        The head it had; `None` if its rows are gone already. Marking again changes nothing. Raises `LostRace` if there
        is another run of the same id by now.
        """
        row = self._row(ids.partition(start.id), HEAD)
        mine, now = row_keys.stamp(start.created_at), datetime.now(UTC)
        with suppress(LostRace):  # it is marked already, or another run's
            self._table.set(row, *deletion_marks.marked(row, mine, now))
        found = self._table.get(row.p, HEAD)
        if found is not None and found.c != mine and deletion_marks.is_mark(found):  # that of an earlier run of this id
            fresh = self._row(row.p, HEAD, v=-1, c=mine, x=deletion_marks.expiry(now))
            self._table.save(fresh, (self._row.v == found.v) & (self._row.c == found.c))
            found = fresh
        if found is None or found.c != mine or not deletion_marks.is_mark(found):
            raise LostRace(f"Execution {start.id} is another one by now")
        version = deletion_marks.version_of(found)
        if found.d is not None:
            return serializers.head_in(_content(found), version, task_chunks.unpacked(found.t))
        return None if version else opened(start)

    def delete(self, part: str) -> None:
        """Remove all rows of a run that is marked as deleted, the mark aside, which expires by itself.

        The start goes last, so that a deletion cut short can be repeated.
        """
        rows = sorted(self._table.query(part), key=lambda row: row.s == START)
        left = [self._row(part, HEAD, v=row.v, c=row.c, x=row.x) for row in rows if deletion_marks.is_mark(row)]
        self._table.delete_all([row for row in rows if not deletion_marks.is_mark(row)], left)

    # --- rows ----------------------------------------------------------------------------------------------------

    def _head_row(self, start: Start, head: Head) -> Row:
        content = codec.pack(serializers.head_out(head))
        row = self._row(ids.partition(start.id), HEAD, d=content, v=head.version, c=row_keys.stamp(start.created_at))
        if head.state in LISTED:
            row.sp, row.gs = (
                row_keys.in_state(start.project_id, head.state),
                row_keys.created(start.created_at, start.id),
            )
        if head.kept:
            row.t = task_chunks.packed(head.kept)
        return row

    def _guard(self, start: Start, version: int) -> Any:
        """The head is one version behind; a first commit finds none, or that of a run deleted meanwhile."""
        mine = self._row.c == row_keys.stamp(start.created_at)
        if version > 1:
            return (self._row.v == version - 1) & mine
        return self._row.p.does_not_exist() | ~mine

    def _changed(self, part: str, changes: Changes, moved: Iterable[Task]) -> list[Row]:
        content = {
            row_keys.action(action.key): codec.pack(serializers.action_out(action)) for action in changes.actions
        }
        content |= {row_keys.index(base): codec.pack(codec.index_out(names)) for base, names in changes.indexes.items()}
        content |= self._moved(part, changes.head, moved)
        return [self._row(part, place, d=data) for place, data in content.items()]

    def _moved(self, part: str, head: Head, moved: Iterable[Task]) -> dict[str, bytes]:
        bundles = task_chunks.bundles(moved, head.version)
        shared = [bundle.chunk for bundle in bundles if bundle.adds_to(head.progress)]
        stored = {row.s: task_chunks.copies(row.d) for row in self._table.batch((part, chunk) for chunk in shared)}
        content: dict[str, bytes] = {}
        for bundle in bundles:
            content |= bundle.rows(stored.get(bundle.chunk, ()))
        return content


def _content(row: Row) -> Any:
    return codec.unpack(row.d)


def _tasks(rows: Iterable[Row]) -> dict[TaskKey, Task]:
    found = task_chunks.newest(copy for row in rows for copy in task_chunks.copies(row.d))
    return {key: serializers.task_in(copy.plain) for key, copy in found.items()}


def _head(row: Row) -> Head:
    return serializers.head_in(_content(row), int(row.v or 0), task_chunks.unpacked(row.t))


def _run(start_row: Row | None, head_row: Row | None) -> Run | None:
    if start_row is None:
        return None
    start = serializers.start_in(_content(start_row))
    if head_row is None or head_row.c != row_keys.stamp(start.created_at):
        return Run(start, opened(start))
    if deletion_marks.is_mark(head_row):
        return None
    return Run(start, _head(head_row))
