"""Where task rows are stored: inline in the head, or in chunks.

A task execution has some 200 bytes, but a row is billed by begun kilobytes, twice in a transaction. So neighbours share
a row, a chunk: 16 tasks of the definition and 8 executions of each. A large one gets a row of its own, and so do all
that a commit has for a chunk if that takes fewer units; a commit never writes more rows than it has task executions.

Both places follow from the key, and no directory says which one counts: each copy bears the version of the head that
it was written with, and the newest counts. A copy is never taken out of a row, so that readers, who see the rows one
after the other, always find one. The guard on the head makes it safe to read a chunk, add to it and write it.

Rewriting what a head keeps costs one unit a kilobyte. Whatever else a commit writes makes it a transaction: the head
costs two units a kilobyte, and so does each row. So a head keeps tasks up to a few kilobytes; packed together they
compress well, and most workflows fit in whole. In a larger run it collects what has ended, and many tasks leave at
once, which share rows then (`task_chunks.py`). Where exactly the limit is hardly matters to the price.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.adapters.dynamo.runs import codec, row_keys, serializers
from chalicelib.adapters.dynamo.runs.codec import Plain
from chalicelib.core.model import Task
from chalicelib.core.progress import Progress
from chalicelib.core.states import TERMINAL
from chalicelib.core.values import TaskKey

SMALL = 512
"""Packed bytes of a task execution that may share a row; a chunk is far below the 400 KB of an item, then."""


UNIT = 1024


KEYS = 40
"""Bytes of a row beside its content."""


class Copy(NamedTuple):
    """A task execution as the commit of a version wrote it."""

    version: int
    plain: Plain

    @property
    def key(self) -> TaskKey:
        """Whose copy this is."""
        return TaskKey(*self.plain["ky"])


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a commit writes of one chunk's task executions."""

    chunk: str
    small: Sequence[Copy]
    """Those that may share the row."""
    apart: Mapping[str, bytes]
    """The rows that they would have of their own."""
    large: Mapping[str, bytes]
    """The rows of the others."""

    def adds_to(self, progress: Progress) -> bool:
        """Whether the row may hold something to be kept: it must be read.

        A single task execution gets a row of its own, which costs no more and needs no read.
        """
        here = {copy.key for copy in self.small}
        return len(here) > 1 and not here.issuperset(neighbours(self.small[0].key, progress))

    def rows(self, stored: Sequence[Copy]) -> dict[str, bytes]:
        """The rows to write, where the chunk holds `stored`."""
        shared = codec.pack([*newest([*stored, *self.small]).values()])
        together = -(-(len(shared) + KEYS) // UNIT) < len(self.small)
        return {**self.large, **({self.chunk: shared} if together else self.apart)}


def bundles(tasks: Iterable[Task], version: int) -> list[Bundle]:
    """Task executions that the commit of `version` writes, by the chunk that they may share."""
    chunks: dict[str, list[Copy]] = {}
    for task in tasks:
        chunks.setdefault(row_keys.chunk(task.key), []).append(Copy(version, serializers.task_out(task)))
    return [_bundle(chunk, copies) for chunk, copies in chunks.items()]


def neighbours(key: TaskKey, progress: Progress) -> Iterator[TaskKey]:
    """Every task execution of a run that may share a row with `key`, itself included."""
    instances = _block(key.instance, row_keys.CHUNK_INSTANCES)
    for place in _block(key.place, row_keys.CHUNK_PLACES):
        count = progress.instances.get(place, 1) if progress.seen >> place & 1 else 0
        yield from (TaskKey(place, instance) for instance in instances if instance < count)


def copies(data: bytes) -> list[Copy]:
    """What a row of either kind holds."""
    return [Copy(version, plain) for version, plain in codec.unpack(data)]


def newest(found: Iterable[Copy]) -> dict[TaskKey, Copy]:
    """The copy that counts of each task execution."""
    best: dict[TaskKey, Copy] = {}
    for copy in found:
        if copy.key not in best or best[copy.key].version < copy.version:
            best[copy.key] = copy
    return best


def _bundle(chunk: str, copies: Sequence[Copy]) -> Bundle:
    packed = {row_keys.task(copy.key): codec.pack([copy]) for copy in copies}
    apart = {place: data for place, data in packed.items() if len(data) <= SMALL}
    small = [copy for copy in copies if row_keys.task(copy.key) in apart]
    return Bundle(chunk, small, apart, {place: data for place, data in packed.items() if place not in apart})


def _block(number: int, size: int) -> range:
    first = number - number % size
    return range(first, first + size)


BYTES = 3 * 1024


TASKS = 40
"""A transaction holds 100 rows; when a head is full, all that it keeps moves out at once."""


Tasks = tuple[Task, ...]


def placed(before: Iterable[Task], changed: Iterable[Task]) -> tuple[Tasks, Tasks]:
    """Tasks that stay in the head, and tasks that move to other rows now."""
    found = {task.key: task for task in before} | {task.key: task for task in changed}
    everything = tuple(found.values())
    if _fit(everything):
        return everything, ()
    still_open = tuple(task for task in everything if task.state not in TERMINAL)
    if _fit(still_open):
        return still_open, tuple(task for task in everything if task.state in TERMINAL)
    return (), everything


def packed(tasks: Iterable[Task]) -> bytes:
    """Tasks as a head carries them."""
    return codec.pack([serializers.task_out(task) for task in tasks])


def unpacked(data: bytes | None) -> Tasks:
    """Tasks as a head carried them."""
    return () if data is None else tuple(serializers.task_in(plain) for plain in codec.unpack(data))


def _fit(tasks: Tasks) -> bool:
    return len(tasks) <= TASKS and len(packed(tasks)) <= BYTES
