"""Carry a run on: load it, let the engine decide, commit, send what was promised. The heart of the service.

*Exactly once* (P1): a commit is guarded by the version of the head; who loses the race loads again and lets the engine
decide again. *Never stuck* (P2): what follows a commit is in its outbox. Messages are deleted only after the outbox was
sent, so a crash in between brings them back, and then the outbox is sent again. Commits that no message caused (an API
request) are marked `unsure` until their outbox is sent; whoever comes next sends it, at the latest the sweeper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.core import ids
from chalicelib.core.engine.state.draft import Changes, Draft, Limits
from chalicelib.core.engine.state.effects import GoOn
from chalicelib.core.engine.state.events import Event, Proceed
from chalicelib.core.engine.state.interfaces import Actions
from chalicelib.core.engine.step import step
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.language.spec import WorkflowSpec
from chalicelib.core.model import Action, Head, Run, Start
from chalicelib.core.states import TERMINAL, State
from chalicelib.core.values import ActionKey
from chalicelib.errors import LostRace, NotFound
from chalicelib.ports.clock import Clock
from chalicelib.ports.messaging import Message, Notices, Queues
from chalicelib.ports.observability import UNHEARD, Metrics
from chalicelib.ports.runs import Runs
from chalicelib.ports.values import Blobs, Values
from chalicelib.service.outgoing import messages, notifications
from chalicelib.service.outgoing.timers import Timers
from chalicelib.service.outgoing.tracing import Tracing, carrying, traced
from chalicelib.service.outgoing.worker_orders import Routed, WorkerOrders, is_for_worker
from chalicelib.service.runs.action_status import action_of
from chalicelib.service.runs.commit_metrics import Counts
from chalicelib.service.runs.creation import Children
from chalicelib.service.runs.run_cache import Known, StoredRows, Warm


class UnknownExecution(NotFound):
    """There is no such execution."""


class Orphan(UnknownExecution):
    """The execution that started this one was deleted, so this one has to go, too."""


RACES = 8
"""How often a lost race is run again before the caller has to."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Why a run is carried on.

    `again`: some message of this errand was delivered before, so promises may be unkept. `bound`: nobody redelivers
    this errand; do one commit and leave the rest to a message. Its commit replaces an outbox whose message may be
    waiting to come again, so that outbox is sent first. `looking`: somebody only looks whether it has to be.
    """

    again: bool = False
    bound: bool = False
    looking: bool = False


class Advance:
    """Carries runs on. Safe to be called for one run by several threads and processes at once."""

    def __init__(
        self,
        runs: Runs,
        values: Values,
        blobs: Blobs,
        queues: Queues,
        timers: Timers,
        spec_of: Callable[[str], WorkflowSpec],
        actions: Actions,
        children: Children,
        clock: Clock,
        limits: Limits | None = None,
        listened: Notices | None = None,
        metrics: Metrics = UNHEARD,
        tracing: Tracing | None = None,
        workers: WorkerOrders | None = None,
    ) -> None:
        """`listened`: where notifications go, if anybody publishes them. `workers`: who serves targets, if anybody."""
        self._runs = runs
        self._values = values
        self._blobs = blobs
        self._queues = queues
        self._timers = timers
        self._spec_of = spec_of
        self._actions = actions
        self._children = children
        self._clock = clock
        self._limits = limits or Limits()
        self._listened = listened
        self._counts = Counts(metrics)
        self._tracing = tracing
        self._workers = workers
        self._warm = Warm()

    def apply(
        self,
        execution_id: str,
        events: Sequence[Event],
        errand: Errand | None = None,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> Run:
        """Apply `events` in order and carry the run on while `may_go_on()`; the run as it is then.

        Raises `UnknownExecution`, `Orphan`, what `step` raises, `LostRace` after too many lost races, and
        `Unavailable`. Whatever was committed before an error stays.
        """
        errand = errand or Errand()
        began, part = self._clock.now(), ids.partition(execution_id)
        pending = list(events)
        for _ in range(RACES):
            known = self._warm.take(part)
            try:
                run, known = self._load(part, execution_id, known)
                if not run.head.version or errand.looking:
                    self._check_parent(run.start)
                run = self._carry(run, known, pending, errand, may_go_on)
            except LostRace:
                errand = replace(errand, again=True)  # the rival may be this very commit, whose answer was lost
                continue
            self._warm.put(part, known)
            if self._tracing is not None:
                key = f"{execution_id}/{run.head.version}/{began}"
                self._tracing.record("step", run.start.trace, key, began, {"execution": execution_id})
            return run
        raise LostRace(f"Execution {execution_id} is changed by too many at once")

    def send(self, start: Start, head: Head, fresh: Sequence[Action] = ()) -> None:
        """Keep the promises of a commit; a new run is promised to go on.

        Doing so twice does no harm: receivers drop what they have.
        """
        entries = head.outbox if head.version else (messages.promise(GoOn()),)
        known = {action.key: action for action in fresh}
        if events := self._events(Run(start, head), entries, known):
            self._queues.send_events(traced(start.trace, events))
        if self._listened is not None and (told := notifications.sent(Run(start, head), entries)):
            self._listened.send_notices(traced(start.trace, told))
        timers = [timer for entry in entries if (timer := messages.promised_timer(start.id, entry)) is not None]
        if timers:
            self._timers.set(carrying(start.trace, timers))
        self._order(start, self._ordered(start, entries, known))

    def _events(self, run: Run, entries: Sequence[JsonDict], fresh: Mapping[ActionKey, Action]) -> list[Message]:
        """What a run has to tell itself, its sub-executions and its parent; sub-executions are created first."""
        found: list[Message] = []
        for entry in entries:
            if "go" in entry:
                found.append(messages.go_on_message(run.start.id, run.head.version))
            elif "tell" in entry:
                found.append(messages.told(run, entry.get("asked") is True))
            elif (key := messages.promised_action(entry, "ask")) is not None:
                found.append(messages.asked(run, key, State(str(entry["state"])), entry.get("message")))
            elif (key := messages.promised_action(entry, "start")) is not None:
                child = fresh.get(key) or self._action(run.start, key)
                message = None if child is None else self._children.start(run, child)
                found += [] if message is None else [message]
        return found

    def _order(self, start: Start, ordered: Sequence[Routed]) -> None:
        """Have actions run: by external workers where they serve, else by the executor."""
        workers, away = self._workers, list[Routed]()
        if workers is not None:
            away = [each for each in ordered if is_for_worker(each.action, each.target)]
        orders = [messages.order_message(start, each.action) for each in ordered if each not in away]
        if orders:
            self._queues.send_actions(traced(start.trace, orders))
        if workers is not None and away and (refused := workers.send(start, away)):
            self._queues.send_events(traced(start.trace, refused))

    def _ordered(
        self, start: Start, entries: Sequence[JsonDict], fresh: Mapping[ActionKey, Action]
    ) -> Sequence[Routed]:
        wanted = [(key, entry) for entry in entries if (key := messages.promised_action(entry)) is not None]
        found = [(fresh.get(key) or self._action(start, key), entry) for key, entry in wanted]
        return [Routed(action, entry.get("target")) for action, entry in found if action is not None]

    def _action(self, start: Start, key: ActionKey) -> Action | None:
        part = ids.partition(start.id)
        action = action_of(self._runs, part, self._runs.task(part, key.task), key)
        return None if action is None or action.state in TERMINAL else action

    def _load(self, part: str, execution_id: str, known: Known | None) -> tuple[Run, Known]:
        start = known.start if known is not None else None
        head = self._runs.head(part) if start is not None and start.id == execution_id else None
        if known is None or start is None or head is None:
            run = self._runs.run(part)
            if run is None or run.start.id != execution_id:
                raise UnknownExecution(f"WorkflowExecution not found [id={execution_id}]")
            start, head = run.start, run.head
        if known is None or head.version != known.version:
            known = Known(start, head.version)
        known.tasks.update({task.key: task for task in head.kept})
        return Run(start, head), known

    def _check_parent(self, start: Start) -> None:
        """Raise `Orphan` if the run that started this one is gone.

        It is asked at the first step, as whoever deleted the other run may not have found this one, which was created
        only afterwards; and when the sweeper looks.
        """
        origin = start.origin
        if origin is not None and not self._runs.is_alive(ids.partition(origin.execution_id), origin.created_at):
            raise Orphan(f"WorkflowExecution not found [id={start.id}]")

    def _carry(
        self, run: Run, known: Known, pending: list[Event], errand: Errand, may_go_on: Callable[[], bool]
    ) -> Run:
        """Commit after commit until nothing is pending; takes what is committed out of `pending`."""
        spec = self._spec_of(run.start.definition)
        rows = StoredRows(self._runs, self._values, run.start.id, run.start.project_id, known)
        if errand.again or errand.bound or run.head.unsure:
            self.send(run.start, run.head)
        found = run
        while pending:
            draft = Draft(run, spec, rows, self._actions, self._clock.now(), self._limits, may_go_on)
            taken = _take(draft, pending)
            stays = not errand.bound and (len(pending) > taken or may_go_on())
            changes = self._final(draft, errand, stays)
            if changes is not None:
                before, run = run, Run(run.start, self._commit(run.start, rows, changes))
                self._counts.committed(before, changes, draft.now)
                self._keep_promises(run, changes, errand)
            pending[:taken] = [Proceed()] if stays and changes is not None and GoOn() in changes.effects else []
        if errand.looking:
            self._counts.looked(found.head, run.head)
        return run

    def _final(self, draft: Draft, errand: Errand, stays: bool) -> Changes | None:
        """What to commit, with the promises it makes."""
        changes = draft.changes()
        if changes is None:
            return None
        outbox = tuple(messages.promise(e) for e in changes.effects if not (isinstance(e, GoOn) and stays))
        return replace(changes, head=replace(changes.head, outbox=outbox, unsure=errand.bound and bool(outbox)))

    def _commit(self, start: Start, rows: StoredRows, changes: Changes) -> Head:
        if changes.blobs:
            self._blobs.put_many(changes.blobs)
        head = self._runs.commit(start, changes)
        rows.committed(changes, head)
        return head

    def _keep_promises(self, run: Run, changes: Changes, errand: Errand) -> None:
        if not run.head.outbox:
            return
        fresh = [*changes.actions, *(task.action for task in changes.tasks if task.action is not None)]
        self.send(run.start, run.head, fresh)
        if errand.bound:
            self._runs.settle_outbox(run.start, run.head)


def _take(draft: Draft, pending: Sequence[Event]) -> int:
    """Apply as many events as there is room for, at least one; how many."""
    taken = 0
    for event in pending:
        if taken and not draft.has_room():
            break
        step(draft, event)
        taken += 1
    return taken
