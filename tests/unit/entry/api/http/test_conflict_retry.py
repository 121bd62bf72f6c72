"""Requests that meet rivals are done again, for a while."""

from __future__ import annotations

import pytest

from chalicelib.entry.api.http.conflict_retry import LONGEST_PAUSE, TRIES, despite_rivals
from chalicelib.errors import Contended, LostRace, MeltemiError, Overtaken, PreconditionFailed, Unavailable


class Handler:
    """Fails with these errors, one after the other, and answers then."""

    def __init__(self, *errors: MeltemiError) -> None:
        self.errors = list(errors)
        self.pauses: list[float] = []

    def __call__(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.mark.parametrize("errors", [[], [Overtaken()], [Contended()], [Overtaken(), Contended()] * 9])
def test_rivals_come_first_and_then_it_is_done(errors: list[MeltemiError]) -> None:
    handler = Handler(*errors)
    assert despite_rivals(handler, handler.pauses.append) == "done"
    assert len(handler.pauses) == len(errors)
    assert all(0 <= pause <= LONGEST_PAUSE for pause in handler.pauses)


@pytest.mark.parametrize("error", [LostRace(), Unavailable(), PreconditionFailed()])
def test_other_failures_are_told_at_once(error: MeltemiError) -> None:
    handler = Handler(error, Overtaken())
    with pytest.raises(type(error)):
        despite_rivals(handler, handler.pauses.append)
    assert len(handler.errors) == 1


def test_rivals_without_end_are_told() -> None:
    handler = Handler(*[Overtaken() for _ in range(TRIES)])
    with pytest.raises(Overtaken):
        despite_rivals(handler, handler.pauses.append)
    assert len(handler.pauses) == TRIES - 1
