"""Which runs must be able to come back to life with one of those they started (engine rules §15)."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from chalicelib.core import ids
from chalicelib.core.model import Head, Origin, Run, Start
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, SUCCESS, State
from chalicelib.errors import IllegalTransition
from chalicelib.ports.runs import Runs
from chalicelib.service.runs.ancestors import ancestors, check_revivable
from tests.unit.service.worlds import NOW, FakeRuns


def family(*states: State) -> tuple[Runs, Run]:
    """Runs each of which started the next, in these states; and the last of them."""
    runs, last, origin = FakeRuns(), None, None
    for number, state in enumerate(states):
        start = Start(
            id=f"r{number}",
            project_id="p",
            workflow_id="w",
            workflow_name=f"w{number}",
            workflow_namespace="",
            definition="w:1",
            input={},
            params={},
            created_at=NOW,
        )
        last = Run(replace(start, origin=origin), Head(state=state, updated_at=NOW))
        runs.starts[ids.partition(start.id)], runs.heads[ids.partition(start.id)] = last.start, last.head
        origin = Origin(start.id, 1)
    assert last is not None
    return cast(Runs, runs), last


def test_the_next_of_kin_comes_first() -> None:
    assert [run.start.id for run in ancestors(*family(ERROR, ERROR, ERROR))] == ["r1", "r0"]


def test_what_was_deleted_has_no_say() -> None:
    runs, last = family(SUCCESS, ERROR, ERROR)
    cast(FakeRuns, runs).starts.pop(ids.partition("r1"))
    check_revivable(runs, last)


@pytest.mark.parametrize("states", [[ERROR], [RUNNING, ERROR], [ERROR, CANCELLED, ERROR], [PAUSED, ERROR]])
def test_all_but_those_that_succeeded(states: list[State]) -> None:
    check_revivable(*family(*states))


@pytest.mark.parametrize(("states", "named"), [([SUCCESS, ERROR], "r0"), ([SUCCESS, ERROR, ERROR], "r0")])
def test_one_that_succeeded_is_named(states: list[State], named: str) -> None:
    with pytest.raises(IllegalTransition, match=rf"from SUCCESS to RUNNING. \[workflow=w0, execution_id={named}\]"):
        check_revivable(*family(*states))
