"""Remove an execution with all that it started: a few at once, many by messages. Who may ask is in `executions`.

An execution is marked first: from then on nobody finds it, and no commit of it succeeds. So the sub-executions that
its tasks name by then are all that there will ever be. They are marked and looked through in the same way, then the
rows go. A sub-execution that somebody creates only afterwards, for a step from before the mark, finds its parent gone
at its own first step and is removed, too. A message is sent before anything is marked; it finishes what is cut short.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core import ids
from chalicelib.core.engine import children
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Run, Start
from chalicelib.core.states import TERMINAL
from chalicelib.errors import LostRace
from chalicelib.ports import Clock, Message, Queues, Runs
from chalicelib.service import messages
from chalicelib.service.messages import BadMessage

FEW = 25
"""Executions that are removed at once, the one asked for included."""
EVENT = "removed"
"""What messages that remove an execution say; no engine event, since there is nothing to decide."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which execution is to go: of an id there may be several, one after the other."""

    part: str
    created_at: datetime | None
    """That of the execution itself; `None`: it is a sub-execution."""
    parent: datetime | None
    """That of the execution that started it."""
    asked_at: datetime

    def means(self, start: Start) -> bool:
        """Whether this is the execution, and none that has its id by now."""
        if self.created_at is not None:
            return start.created_at == self.created_at
        if self.parent is not None:
            return start.origin is not None and start.origin.created_at in (None, self.parent)
        return start.created_at <= self.asked_at  # of a message that an earlier version sent


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

    def go_on(self, body: JsonDict) -> None:
        """Remove the execution that a message names, unless it is another one by now. Raises `BadMessage`."""
        wish = _read(body)
        start = self._runs.started(wish.part)
        if start is not None and wish.means(start):
            self._remove(start, wish.asked_at, asked_for=wish.created_at is not None)

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
        return [child_id for task in self._runs.tasks(part) for child_id in children.ids_of(part, task)]


def is_removal(body: JsonDict) -> bool:
    """Whether a message asks for a removal."""
    return body.get("event") == EVENT


def _read(body: JsonDict) -> Wish:
    try:
        part, asked_at = ids.partition(str(body["execution"])), datetime.fromisoformat(str(body["asked_at"]))
        return Wish(part, _moment(body, "created_at"), _moment(body, "parent"), asked_at)
    except (KeyError, ValueError) as error:
        raise BadMessage(f"A message that removes an execution cannot be read: {error}") from error


def _moment(body: JsonDict, name: str) -> datetime | None:
    return None if body.get(name) is None else datetime.fromisoformat(str(body[name]))


def _message(
    execution_id: str, asked_at: datetime, created_at: datetime | None = None, parent: datetime | None = None
) -> Message:
    body: JsonDict = {"execution": execution_id, "event": EVENT, "asked_at": asked_at.isoformat()}
    if created_at is not None:
        body["created_at"] = created_at.isoformat()
    if parent is not None:
        body["parent"] = parent.isoformat()
    return Message(ids.partition(execution_id), f"{execution_id}-{EVENT}-{asked_at.timestamp()}", body)
