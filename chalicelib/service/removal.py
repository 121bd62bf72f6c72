"""Remove an execution with all that it started: a few at once, many by messages. Who may ask is in `executions`."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core import ids
from chalicelib.core.engine import children
from chalicelib.core.jsontext import JsonDict
from chalicelib.ports import Clock, Message, Queues, Runs
from chalicelib.service.messages import BadMessage

FEW = 25
"""Executions that are removed at once, the one asked for included."""
EVENT = "removed"
"""What messages that remove a sub-execution say; no engine event, since there is nothing to decide."""


class Removal:
    """Removes executions. What is below one is seen to before it goes: cut short, a removal can be repeated."""

    def __init__(self, runs: Runs, queues: Queues, clock: Clock, few: int = FEW) -> None:
        self._runs = runs
        self._queues = queues
        self._clock = clock
        self._few = few

    def remove(self, part: str) -> None:
        """Remove the run in a partition. Up to `FEW` executions are gone on return; of more, sub-executions follow."""
        self._remove(part, self._clock.now())

    def go_on(self, body: JsonDict) -> None:
        """Remove the sub-execution that a message names, unless it is newer than the wish. Raises `BadMessage`."""
        part, asked_at = _read(body)
        run = self._runs.run(part)
        if run is not None and run.start.created_at <= asked_at:
            self._remove(part, asked_at)

    def _remove(self, part: str, asked_at: datetime) -> None:
        below = self._children(part)
        tree = self._small_tree(part, below)
        if tree is None:
            self._queues.send_events([_message(child_id, asked_at) for child_id in below])
        for each in reversed(tree or [part]):
            self._runs.delete(each)

    def _small_tree(self, root: str, below: list[str]) -> list[str] | None:
        """The partitions of a run and of all below it, parents first; `None` if there are more than a few."""
        found, position = [root, *map(ids.partition, below)], 1
        while position < len(found) <= self._few:
            found += map(ids.partition, self._children(found[position]))
            position += 1
        return found if len(found) <= self._few else None

    def _children(self, part: str) -> list[str]:
        return [child_id for task in self._runs.tasks(part) for child_id in children.ids_of(part, task)]


def is_removal(body: JsonDict) -> bool:
    """Whether a message asks for a removal."""
    return body.get("event") == EVENT


def _read(body: JsonDict) -> tuple[str, datetime]:
    try:
        return ids.partition(str(body["execution"])), datetime.fromisoformat(str(body["asked_at"]))
    except (KeyError, ValueError) as error:
        raise BadMessage(f"A message that removes an execution cannot be read: {error}") from error


def _message(execution_id: str, asked_at: datetime) -> Message:
    body: JsonDict = {"execution": execution_id, "event": EVENT, "asked_at": asked_at.isoformat()}
    return Message(ids.partition(execution_id), f"{execution_id}-{EVENT}-{asked_at.timestamp()}", body)
