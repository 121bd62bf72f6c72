"""Remove an execution with all that it started: a few at once, many by messages. Who may ask is in `executions`."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core import ids
from chalicelib.core.engine import children
from chalicelib.messaging.bodies import RemoveExecution
from chalicelib.ports import Clock, Message, Queues, Runs

FEW = 25
"""Executions that are removed at once, the one asked for included."""


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

    def go_on(self, body: RemoveExecution) -> None:
        """Remove the sub-execution that a message names, unless it was created after the request."""
        part = ids.partition(body.execution)
        run = self._runs.run(part)
        if run is not None and run.start.created_at <= body.requested_at:
            self._remove(part, body.requested_at)

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


def _message(execution_id: str, asked_at: datetime) -> Message:
    body = RemoveExecution(execution=execution_id, requested_at=asked_at)
    return Message(ids.partition(execution_id), f"{execution_id}-removed-{asked_at.timestamp()}", body)
