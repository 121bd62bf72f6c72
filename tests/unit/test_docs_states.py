"""The page about states: its diagrams are those of the tables, and its table of requests is what the engine does."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from chalicelib.core.engine.state.events import Event, PauseAsked, ResumeAsked, StopAsked
from chalicelib.core.states import State
from chalicelib.errors import IllegalTransition
from docs.draw_states import PAGE, redrawn
from tests.unit.core.engine.table import Table

TEXT = PAGE.read_text()
WORKFLOW = "{version: '2.0', w: {tasks: {t: {action: std.async_noop}}}}"

ASKED: dict[str, Event] = {
    "PAUSED": PauseAsked(),
    "RUNNING": ResumeAsked(),
    "SUCCESS": StopAsked(State.SUCCESS, "again"),
    "ERROR": StopAsked(State.ERROR),
    "CANCELLED": StopAsked(State.CANCELLED),
}


def requests() -> Iterable[tuple[str, str, str]]:
    """What the page says: the state asked for, the state it is asked in, what that does."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line[:1] == "|"]
    first = next(number for number, row in enumerate(rows) if row[0] == "asked")
    for asked, *cells in rows[first + 2 : first + 2 + len(ASKED)]:
        yield from ((asked, old, said) for old, said in zip(rows[first][1:], cells, strict=True))


def test_diagrams_are_those_of_the_tables() -> None:
    assert redrawn(TEXT) == TEXT
    assert TEXT.count("stateDiagram") == 3


@pytest.mark.parametrize(("asked", "old", "said"), list(requests()))
def test_request_does_what_the_page_says(asked: str, old: str, said: str) -> None:
    run = Table(WORKFLOW).go()
    if old != "RUNNING":
        run.apply(PauseAsked() if old == "PAUSED" else StopAsked(State(old)))
    assert run.run.head.state == old
    assert done(run, asked) == said


def done(run: Table, asked: str) -> str:
    """What asking for a state does, in the words of the page."""
    before = run.run.head
    try:
        run.apply(ASKED[asked])
    except IllegalTransition:
        assert run.run.head == before
        return "400"
    after = run.run.head
    if after == before:
        return "nothing"
    if after.state == before.state:
        return "evaluates the output again"
    assert after.state == asked
    return {"PAUSED": "pauses", "RUNNING": "resumes"}.get(asked, "ends it")
