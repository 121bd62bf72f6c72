"""The store of runs against moto and ministack: commits under a version, pages, claims, the sweeper's index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.bootstrap.adapters import connect
from chalicelib.core import ids
from chalicelib.core.engine.state.draft import Changes
from chalicelib.core.model import Head, Origin, Run, Source, SourceKind, Start, Task, opened
from chalicelib.core.progress import Progress, Work, WorkKind
from chalicelib.core.states import State
from chalicelib.core.values import ActionKey, Blob, TaskKey
from chalicelib.errors import LostRace, NotFound
from chalicelib.ports.runs import Runs, Selection
from tests.contract.conftest import Backend

NOW = datetime(2026, 11, 23, 4, 7, 16, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ID = "an execution"
PART = ids.partition(ID)
THREADS = 8


def store(backend: Backend) -> Runs:
    return connect(backend.settings).runs


def start(execution_id: str = ID, project_id: str = "p", created_at: datetime = NOW) -> Start:
    return Start(
        id=execution_id,
        project_id=project_id,
        workflow_id="w",
        workflow_name="a workflow",
        workflow_namespace="",
        definition="d:1",
        input={"x": [1, None, "é"]},
        params=Blob("0" * 64, 20_000),
        vars={"v": {"nested": True}, "large": Blob("1" * 64, 30_000)},
        description="d",
        tags=("t", "u"),
        created_at=created_at,
        root_execution_id="root",
        task_execution_id="task",
        origin=Origin("parent", 3),
    )


def changes(head: Head, tasks: Sequence[Task] = (), **other: Any) -> Changes:
    """What a step would write on top of `head`."""
    seen = 0
    for written in (*head.kept, *tasks):
        seen |= 1 << written.key.place
    progress = replace(head.progress, created=head.progress.created + 1, seen=head.progress.seen | seen)
    return Changes(replace(head, version=head.version + 1, progress=progress, updated_at=NOW), tuple(tasks), **other)


def task(place: int, info: str | None = None) -> Task:
    return Task(
        key=TaskKey(place, 0),
        name=f"t{place}",
        order=place,
        state=State.RUNNING,
        state_info=info,
        created_at=NOW,
        updated_at=NOW,
    )


def test_a_run_is_created_once(backend: Backend) -> None:
    runs = store(backend)
    assert runs.run(PART) is None
    assert runs.create(start(), NOW)
    assert not runs.create(replace(start(), project_id="other"), NOW)
    assert runs.run(PART) == Run(start(), opened(start()))


def test_a_new_run_has_no_head_until_its_first_commit(backend: Backend) -> None:
    runs = store(backend)
    runs.create(start(), NOW)
    assert runs.head(PART) is None
    head = runs.commit(start(), changes(opened(start())))
    assert runs.head(PART) == head
    assert runs.run(PART) == Run(start(), head)


def test_several_runs_are_read_in_the_order_asked_for(backend: Backend) -> None:
    runs = store(backend)
    names = [f"one of several {number}" for number in range(60)]
    for name in names:
        assert runs.create(start(name), NOW)
    wanted = [ids.partition(name) for name in reversed(names)]
    found = runs.some([wanted[0], "not there", *wanted[1:]])
    assert [run.start.id for run in found] == list(reversed(names))
    assert runs.some([]) == []


def test_what_is_written_is_read(backend: Backend) -> None:
    """Whatever a head, an index and a task may hold."""
    runs = store(backend)
    runs.create(start(), NOW)
    source = Source(SourceKind.BLOB, {"a": 1, "b": {"c": 2}}, Blob("2" * 64, 5), mapping=True)
    index = {
        "x": source,
        "y": Source(SourceKind.INLINE, 1, None),
        "z": Source(SourceKind.PUBLISHED, 2, None, TaskKey(1, 2)),
    }
    head = replace(
        opened(start()),
        version=0,
        state=State.PAUSED,
        state_info="why",
        output={"result": None},
        description="new",
        env=Blob("3" * 64, 6),
        globals=index,
        progress=Progress(
            seen=(1 << 5000) - 1,
            instances={3: 4},
            fired={9: 1 << 1000},
            ends=None,
            work=(Work(WorkKind.NEXT, TaskKey(1, 2), 3),),
        ),
        outbox=({"go": True},),
        heeded=7,
        unsure=True,
    )
    written = runs.commit(start(), changes(head, [task(3, "é" * 100)], indexes={"i": index}))
    assert store(backend).head(PART) == written
    assert store(backend).index(PART, "i") == index
    assert store(backend).task(PART, TaskKey(3, 0)) == task(3, "é" * 100)


@pytest.mark.parametrize("rows", [0, 60], ids=["the head alone", "a transaction"])
def test_a_commit_needs_the_version_before(backend: Backend, rows: int) -> None:
    runs = store(backend)
    runs.create(start(), NOW)
    tasks = [task(place) for place in range(rows)]
    first = runs.commit(start(), changes(opened(start()), tasks))
    with pytest.raises(LostRace):
        runs.commit(start(), changes(opened(start()), tasks))
    second = runs.commit(start(), changes(first, tasks))
    for stale in (opened(start()), first, replace(second, version=5)):
        with pytest.raises(LostRace):
            runs.commit(start(), changes(stale, tasks))
    assert runs.head(PART) == second


def test_a_commit_holds_as_much_as_a_step_may_change(backend: Backend) -> None:
    runs = store(backend)
    runs.create(start(), NOW)
    tasks = [task(place * 16, "x" * 600 + str(place)) for place in range(85)]
    indexes = {f"i{number}": {"x": Source(SourceKind.INLINE, 1, number)} for number in range(10)}
    runs.commit(start(), changes(opened(start()), tasks, indexes=indexes))
    assert runs.tasks(PART) == tasks
    assert runs.index(PART, "i9") == indexes["i9"]


def test_a_large_row(backend: Backend) -> None:
    runs = store(backend)
    runs.create(start(), NOW)
    large = replace(
        task(1, "i" * 65_000), published={f"v{n}": "p" * 15_000 for n in range(4)}, merged={"m": "q" * 60_000}
    )
    runs.commit(start(), changes(opened(start()), [large, task(2)]))
    assert runs.tasks(PART) == [large, task(2)]


def test_an_index_that_is_not_there(backend: Backend) -> None:
    runs = store(backend)
    runs.create(start(), NOW)
    with pytest.raises(NotFound):
        runs.index(PART, "nope")


@pytest.mark.parametrize("rows", [0, 50], ids=["the head alone", "transactions"])
def test_commits_of_many_threads_count_exactly(ministack_backend: Backend, rows: int) -> None:
    runs, each = store(ministack_backend), 10
    runs.create(start(), NOW)
    tasks = [task(place) for place in range(rows)]

    def count() -> None:
        done = 0
        while done < each:
            run = runs.run(PART)
            assert run is not None
            try:
                runs.commit(run.start, changes(run.head, tasks))
            except LostRace:
                continue
            done += 1

    everywhere(count)
    head = runs.head(PART)
    assert head is not None
    assert (head.version, head.progress.created) == (THREADS * each, THREADS * each)
    assert len(runs.tasks(PART)) == rows


def test_one_of_many_creates_a_run(ministack_backend: Backend) -> None:
    runs = store(ministack_backend)
    assert sorted(everywhere(lambda: runs.create(start(), NOW))) == [False] * (THREADS - 1) + [True]


def test_one_of_many_claims(ministack_backend: Backend) -> None:
    runs, names = store(ministack_backend), iter(range(100))
    key = ActionKey(TaskKey(1, 0), 1)
    owners = everywhere(lambda: runs.claim(PART, key, f"owner {next(names)}"))
    assert owners.count(None) == 1
    assert len(set(owners)) == 2, "all others hear who it was"


def test_a_claim_stays_with_its_owner(backend: Backend) -> None:
    runs, key = store(backend), ActionKey(TaskKey(1, 0), 1)
    assert [runs.claim(PART, key, owner) for owner in ("a", "b", "a")] == [None, "a", "a"]
    assert runs.claim(PART, ActionKey(TaskKey(1, 0), 2), "b") is None
    assert runs.claim(ids.partition("other"), key, "b") is None


def test_kept_promises_are_noted_unless_the_run_moved_on(backend: Backend) -> None:
    runs = store(backend)
    runs.create(start(), NOW)
    promising = replace(opened(start()), outbox=({"go": True},), unsure=True)
    head = runs.commit(start(), changes(promising, [task(1)]))
    runs.settle_outbox(start(), head)
    settled = runs.head(PART)
    assert settled == replace(head, outbox=(), unsure=False)
    next_one = runs.commit(start(), changes(replace(head, outbox=({"run": [1, 0, 1]},))))
    runs.settle_outbox(start(), head)
    assert runs.head(PART) == next_one


def test_a_deleted_run_is_gone(backend: Backend) -> None:
    runs = store(backend)
    runs.create(start(), NOW)
    tasks = [task(place, "x" * 600) for place in range(60)]
    head = runs.commit(start(), changes(opened(start()), tasks, indexes={"i": {}}))
    runs.claim(PART, ActionKey(TaskKey(1, 0), 1), "me")
    runs.delete(PART)
    assert (runs.run(PART), runs.head(PART), runs.tasks(PART)) == (None, None, [])
    assert runs.page(Selection("p"), None, 10, True) == []
    assert runs.due(LATER, 10).runs == []
    with pytest.raises(LostRace):
        runs.commit(start(), changes(head))
    runs.delete(PART)


def test_a_run_of_the_same_id_begins_anew(backend: Backend) -> None:
    """A step that still holds the deleted run cannot write into the new one."""
    runs = store(backend)
    runs.create(start(), NOW)
    old = runs.commit(start(), changes(opened(start()), [task(1)]))
    runs.delete(PART)
    again = start(created_at=LATER)
    runs.create(again, LATER)
    with pytest.raises(LostRace):
        runs.commit(start(), changes(old))
    head = runs.commit(again, changes(opened(again)))
    with pytest.raises(LostRace):
        runs.commit(start(), changes(old))
    assert runs.run(PART) == Run(again, head)
    assert runs.tasks(PART) == []


def committed(runs: Runs) -> Head:
    runs.create(start(), NOW)
    return runs.commit(start(), changes(opened(start()), [task(1), task(2, "x" * 9000)]))


def test_a_run_that_is_marked_as_deleted_is_not_found_and_takes_no_commit(backend: Backend) -> None:
    runs = store(backend)
    head = committed(runs)
    assert runs.is_alive(PART, NOW)
    assert not runs.is_alive(PART, LATER)
    assert (runs.mark_deleted(start()), runs.mark_deleted(start())) == (head, head)
    assert (runs.run(PART), runs.some([PART]), runs.head(PART), runs.task(PART, TaskKey(1, 0))) == (
        None,
        [],
        None,
        None,
    )
    assert runs.page(Selection("p"), None, 10, True) == runs.page(Selection("p", State.RUNNING), None, 10, True) == []
    assert not runs.is_alive(PART, None)
    with pytest.raises(LostRace):
        runs.commit(start(), changes(head))
    runs.settle_outbox(start(), head)
    assert runs.started(PART) == start()
    assert [found.key.place for found in runs.tasks(PART)] == [1, 2], "they say what is below"


def test_the_mark_outlives_the_run(backend: Backend) -> None:
    """A step that began before the deletion may still want to commit, be it the first one."""
    runs = store(backend)
    head = committed(runs)
    runs.mark_deleted(start())
    runs.delete(PART)
    assert (runs.run(PART), runs.started(PART), runs.tasks(PART)) == (None, None, [])
    for late in (head, opened(start())):
        with pytest.raises(LostRace):
            runs.commit(start(), changes(late))
    assert runs.deleted_since(PART) == NOW
    assert runs.mark_deleted(start()) is None
    runs.delete(PART)


def test_a_run_without_a_commit_can_be_marked(backend: Backend) -> None:
    runs = store(backend)
    runs.create(start(), NOW)
    assert runs.mark_deleted(start()) == opened(start())
    with pytest.raises(LostRace):
        runs.commit(start(), changes(opened(start())))
    assert runs.run(PART) is None


def test_the_mark_of_an_earlier_run_of_the_same_id_is_none_of_the_next_one(backend: Backend) -> None:
    runs, again = store(backend), start(created_at=LATER)
    committed(runs)
    runs.mark_deleted(start())
    runs.delete(PART)
    runs.create(again, LATER)
    assert runs.run(PART) == Run(again, opened(again))
    assert runs.mark_deleted(again) == opened(again)
    runs.delete(PART)
    runs.create(again := start(created_at=LATER + (LATER - NOW)), LATER)
    head = runs.commit(again, changes(opened(again)))
    with pytest.raises(LostRace):
        runs.mark_deleted(start())
    assert runs.run(PART) == Run(again, head)
    assert runs.deleted_since(PART) is None


# --- lists -----------------------------------------------------------------------------------------------------------


def everywhere(work: Callable[[], Any]) -> list[Any]:
    """The same in several threads at once."""
    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result() for future in [pool.submit(work) for _ in range(THREADS)]]
