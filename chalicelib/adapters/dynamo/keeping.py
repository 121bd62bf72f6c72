"""Which tasks a head keeps.

Rewriting what a head keeps costs one unit a kilobyte. Whatever else a commit writes makes it a transaction: the head
costs two units a kilobyte, and so does each row. So a head keeps tasks up to a few kilobytes; packed together they
compress well, and most workflows fit in whole. In a larger run it collects what has ended, and many tasks leave at
once, which share rows then (`chunks.py`). Where exactly the limit is hardly matters to the price.
"""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.adapters.dynamo import codec, shapes
from chalicelib.core.model import Task
from chalicelib.core.states import TERMINAL

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
    return codec.pack([shapes.task_out(task) for task in tasks])


def unpacked(data: bytes | None) -> Tasks:
    """Tasks as a head carried them."""
    return () if data is None else tuple(shapes.task_in(plain) for plain in codec.unpack(data))


def _fit(tasks: Tasks) -> bool:
    return len(tasks) <= TASKS and len(packed(tasks)) <= BYTES
