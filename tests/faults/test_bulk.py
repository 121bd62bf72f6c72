"""Bulk operations over the real store: what the indexes find is changed, once, however often it is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.core import ids
from chalicelib.core.model import Run
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, State
from chalicelib.ports.runs import Selection
from chalicelib.service.executions.bulk import Bulk, BulkRequest, Change, Outcome, Place
from chalicelib.service.executions.commands import StartRequest
from chalicelib.service.executions.queries import Queries
from chalicelib.service.outgoing.large_values import KeptValues
from tests.faults.disturbance import Disturbance
from tests.faults.process import Adapters
from tests.faults.rig import CALLER, DISTURBANCES, Rig

COUNT = 4
WAITING = """
    version: '2.0'
    WORKFLOW:
      tasks:
        t: {action: std.async_noop}
    """
FAILING = """
    version: '2.0'
    WORKFLOW:
      tasks:
        good: {action: std.noop}
        bad: {action: std.fail}
        handled: {action: std.fail, on-error: noop}
    """


@pytest.fixture
def started(adapters: Adapters) -> Callable[[str], Rig]:
    """A workflow with `COUNT` executions that have come as far as they can."""

    def start(text: str) -> Rig:
        rig = Rig(adapters, text)
        for number in range(COUNT):
            rig.process.executions.start(CALLER, StartRequest(rig.name, id=f"{rig.name}-{number}"))
        rig.deliver()
        return rig

    return start


def runs(rig: Rig) -> list[Run]:
    return rig.adapters.runs.some([ids.partition(f"{rig.name}-{number}") for number in range(COUNT)])


def states(rig: Rig) -> set[State]:
    return {run.head.state for run in runs(rig)}


def ask(
    rig: Rig,
    change: Change,
    after: Place | None = None,
    state: State | None = None,
    limit: int = 3,
    force: bool = False,
) -> Outcome:
    queries = Queries(rig.adapters.runs, rig.process.definitions, KeptValues(rig.adapters.blobs))
    selection = Selection(CALLER.project_id, state=state, workflow=rig.name)
    request = BulkRequest(change, selection, lambda run: run.start.workflow_name == rig.name, limit, after, force=force)
    return Bulk(queries, rig.process.executions).apply(CALLER, request, lambda: True)


def changed(rig: Rig, change: Change, force: bool = False) -> list[str]:
    """What was changed, by as many requests as it takes."""
    outcome = ask(rig, change, force=force)
    done = outcome.done
    while outcome.next is not None:
        outcome = ask(rig, change, outcome.next, force=force)
        done += outcome.done
    assert outcome.failed == {}
    rig.deliver()
    return done


def test_executions_are_carried_through_their_states(started: Callable[[str], Rig]) -> None:
    rig = started(WAITING)
    everything = sorted(run.start.id for run in runs(rig))
    for change, state in ((Change.PAUSE, PAUSED), (Change.RESUME, RUNNING), (Change.CANCEL, CANCELLED)):
        assert sorted(changed(rig, change)) == everything
        assert states(rig) == {state}
        assert changed(rig, change) == []
    assert sorted(changed(rig, Change.DELETE)) == everything
    assert runs(rig) == []


def test_what_is_not_over_is_deleted_if_forced(started: Callable[[str], Rig]) -> None:
    rig = started(WAITING)
    assert changed(rig, Change.DELETE) == []
    assert len(changed(rig, Change.DELETE, force=True)) == COUNT
    assert runs(rig) == []


def test_what_failed_is_run_again_in_every_execution_that_is_found_by_its_state(started: Callable[[str], Rig]) -> None:
    rig = started(FAILING)
    assert states(rig) == {ERROR}
    outcome = ask(rig, Change.RERUN, state=ERROR, limit=COUNT)
    assert (len(outcome.done), outcome.failed) == (COUNT, {})
    rig.deliver()
    attempts = [
        sorted((task.name, task.attempts) for task in rig.adapters.runs.tasks(ids.partition(run.start.id)))
        for run in runs(rig)
    ]
    assert attempts == [[("bad", 2), ("good", 1), ("handled", 1)]] * COUNT


def pause(rig: Rig, disturbance: Disturbance) -> set[State]:
    """The states of executions that are paused by one request, which is sent until there is an answer."""
    DISTURBANCES[:] = [disturbance]
    with disturbance.on(*rig.adapters.clients):
        rig.insist(lambda: ask(rig, Change.PAUSE, limit=COUNT))
        rig.deliver()
    return states(rig)


def test_a_request_that_died_at_any_call_is_sent_again(started: Callable[[str], Rig]) -> None:
    quiet = Disturbance()
    assert pause(started(WAITING), quiet) == {PAUSED}
    for death in quiet.deaths():
        assert pause(started(WAITING), death) == {PAUSED}, f"{death} of {quiet.names}"
