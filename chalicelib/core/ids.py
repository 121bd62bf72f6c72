"""Identifiers: derived, never drawn, so that a repeated step makes the same rows and messages (property P3).

A run lives in one partition of the store. Its partition key is a 60-bit digest of the execution id, which may be any
text. Ids of task and action executions are UUIDs (version 8, RFC 9562) that carry the partition and the row's key, so
that they are found without an index:

    pppppppp-pppp-8ppp-Viii-iiinnnnnnaaa…      (bits: 60 partition · 16 place · 22 instance · 24 action number)

`place` is the task's position in the definition, `instance` counts its executions, the action number is 0 for the
task itself. A clash of two partitions is refused by the store when the second execution is created.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import NamedTuple

from chalicelib.core.values import ActionKey, TaskKey

MAX_PLACE = 1 << 16
MAX_INSTANCE = 1 << 22
MAX_NUMBER = 1 << 24

_NAMESPACE = uuid.UUID("6f8d3c5e-9a0b-5d35-8c53-6d656c74656d")


class RowId(NamedTuple):
    """What an id of a task or action execution says: partition, task key, action number (0: the task itself)."""

    partition: str
    task: TaskKey
    number: int


def partition(execution_id: str) -> str:
    """The partition key of an execution: 15 hexadecimal digits."""
    return hashlib.sha256(execution_id.encode()).hexdigest()[:15]


def task_id(part: str, key: TaskKey) -> str:
    """The id of a task execution in partition `part`."""
    return _row_id(part, key, 0)


def action_id(part: str, key: ActionKey) -> str:
    """The id of an action execution in partition `part`."""
    return _row_id(part, key.task, key.number)


def parse(row_id: str) -> RowId | None:
    """Take an id apart; `None` if it cannot be one of ours."""
    try:
        value = uuid.UUID(row_id)
    except ValueError:
        return None
    if value.version != 8:
        return None
    digits = value.hex
    rest = value.int & ((1 << 62) - 1)
    key = TaskKey(rest >> 46, (rest >> 24) & (MAX_INSTANCE - 1))
    return RowId(digits[:12] + digits[13:16], key, rest & (MAX_NUMBER - 1))


def child_execution_id(task: str, number: int) -> str:
    """The id of the `number`-th sub-execution that the task execution with id `task` starts."""
    return str(uuid.uuid5(_NAMESPACE, f"{task}/{number}"))


def derived_uuid(*parts: object) -> str:
    """A UUID text that depends on nothing but `parts`; backs `uuid()` in expressions."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(map(str, parts))))


def _row_id(part: str, key: TaskKey, number: int) -> str:
    if not (key.place < MAX_PLACE and key.instance < MAX_INSTANCE and number < MAX_NUMBER):
        raise OverflowError(f"task {key} / action {number} is beyond what an id can name")
    rest = key.place << 46 | key.instance << 24 | number
    return str(uuid.UUID(int=int(f"{part[:12]}8{part[12:]}", 16) << 64 | 0b10 << 62 | rest))
