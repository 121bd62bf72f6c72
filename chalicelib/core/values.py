"""Values of a run, plain JSON or a reference (`Blob`) to a large one; keys of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from chalicelib.core.jsontext import Json


@dataclass(frozen=True, slots=True)
class Blob:
    """A large value, kept elsewhere: the SHA-256 of its JSON text (hex) and the size of that text in bytes."""

    hash: str
    size: int


Value: TypeAlias = "Json | Blob"


class TaskKey(NamedTuple):
    """Which task execution of a run: the task's position in the definition and the number of its instance, from 0."""

    place: int
    instance: int


class ActionKey(NamedTuple):
    """Which action execution of a task execution: numbers count from 1 over all attempts and items."""

    task: TaskKey
    number: int
