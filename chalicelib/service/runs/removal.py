"""Remove an execution with all that it started: a few at once, many by messages. Who may ask is in `executions`.

An execution is marked first: from then on nobody finds it, and no commit of it succeeds. So the sub-executions that
its tasks name by then are all that there will ever be. They are marked and looked through in the same way, then the
rows go. A sub-execution that somebody creates only afterwards, for a step from before the mark, finds its parent gone
at its own first step and is removed, too. A message is sent before anything is marked; it finishes what is cut short.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.model import Run, Start
from chalicelib.core.states import TERMINAL
from chalicelib.errors import LostRace
from chalicelib.messaging.bodies import RemoveExecution
from chalicelib.ports.clock import Clock
from chalicelib.ports.messaging import Message, Queues
from chalicelib.ports.runs import Runs
from chalicelib.service.outgoing import messages

FEW = 25
"""Executions that are removed at once, the one asked for included."""


class Removal:
    """Removes executions. What is below one is seen to before it goes: cut short, a removal is taken up again."""

    def __init__(self, runs: Runs, queues: Queues, clock: Clock, few: int = FEW) -> None:
        self._runs = runs
        self._queues = queues
        self._clock = clock
        self._few = few

    def remove(self, part: str) -> None:
        """Remove the run in a partition. Up to `FEW` executions are gone on return; of more, sub-executions follow.

        A parent that is still there hears of it, and does not wait for the run any more.
        """
        start, now = self._runs.started(part), self._clock.now()
        if start is not None:
            self._queues.send_events([_message(start.id, now, created_at=start.created_at)])
            self._remove(start, now, asked_for=True)

    def go_on(self, body: RemoveExecution) -> None:
        """Remove the execution that a message names, unless it is another one by now."""
        start = self._runs.started(ids.partition(body.execution))
        if start is not None and _is_meant(body, start):
            self._remove(start, body.requested_at, asked_for=body.created_at is not None)

    def _remove(self, start: Start, asked_at: datetime, asked_for: bool) -> None:
        try:
            head = self._runs.mark_deleted(start)
        except LostRace:  # somebody else has removed it, and there is another one of its id
            return
        if asked_for and head is not None:
            self._tell_parent(Run(start, head))
        below = self._children(start)
        tree = self._small_tree(start, below)
        if tree is None:
            parent = start.created_at
            self._queues.send_events([_message(child_id, asked_at, parent=parent) for child_id in below])
        for each in reversed(tree or [start]):
            self._runs.delete(ids.partition(each.id))

    def _tell_parent(self, run: Run) -> None:
        """Whatever the last news of it was, it may not have been sent; if it was not over, its parent waits for it."""
        origin = run.start.origin
        if origin is None or not self._runs.is_alive(ids.partition(origin.execution_id), origin.created_at):
            return
        over = run.head.state in TERMINAL
        self._queues.send_events([messages.told(run, False) if over else messages.told_deleted(run)])

    def _small_tree(self, root: Start, below: list[str]) -> list[Start] | None:
        """A run and all below it, marked as it is, parents first; `None` if there are more than a few."""
        found, position, seen = [root], 0, 1
        while True:
            seen += len(below)
            if seen > self._few:
                return None
            found += self._marked(found[position], below)
            position += 1
            if position == len(found):
                return found
            below = self._children(found[position])

    def _marked(self, parent: Start, below: list[str]) -> list[Start]:
        """Those of the sub-executions that are there, marked."""
        marked = []
        for child_id in below:
            start = self._runs.started(ids.partition(child_id))
            if start is not None and start.origin is not None and start.origin.created_at in (None, parent.created_at):
                self._runs.mark_deleted(start)
                marked.append(start)
        return marked

    def _children(self, start: Start) -> list[str]:
        part = ids.partition(start.id)
        return [child_id for task in self._runs.tasks(part) for child_id in sub_executions.ids_of(part, task)]


def _is_meant(body: RemoveExecution, start: Start) -> bool:
    """Whether this is the execution that is to go: of an id there may be several, one after the other."""
    if body.created_at is not None:
        return start.created_at == body.created_at
    if body.parent_created_at is not None:
        return start.origin is not None and start.origin.created_at in (None, body.parent_created_at)
    return start.created_at <= body.requested_at  # of a message that an earlier version sent


def _message(
    execution_id: str, asked_at: datetime, created_at: datetime | None = None, parent: datetime | None = None
) -> Message:
    body = RemoveExecution(
        execution=execution_id, requested_at=asked_at, created_at=created_at, parent_created_at=parent
    )
    return Message(ids.partition(execution_id), f"{execution_id}-removed-{asked_at.timestamp()}", body)
