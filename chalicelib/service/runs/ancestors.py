"""The runs that started a run: what they allow, and how they come back to life with it (engine rules §15)."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.core import ids
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Run
from chalicelib.core.states import RUNNING, check_execution
from chalicelib.errors import LostRace, NotFound, Unavailable
from chalicelib.ports.runs import Runs
from chalicelib.service.outgoing import messages
from chalicelib.service.runs.advance import Advance, Errand

MOST_LEVELS = 50
"""Ancestors that a request carries on by itself; each takes a read and a commit."""


def ancestors(runs: Runs, run: Run) -> Iterator[Run]:
    """The run that started `run`, the one that started that, and so on; one read each."""
    origin = run.start.origin
    while origin is not None:
        parent = runs.run(ids.partition(origin.execution_id))
        if parent is None:  # deleted meanwhile
            return
        yield parent
        origin = parent.start.origin


def check_revivable(runs: Runs, run: Run) -> int:
    """How many of the runs that started `run` have to hear of it when it comes back to life, the next one in any case.

    Raises `IllegalTransition` if one of them is over for good.
    """
    levels = 0
    for level, ancestor in enumerate(ancestors(runs, run), 1):
        check_execution(ancestor.head.state, RUNNING, ancestor.start.workflow_name, ancestor.start.id)
        if level == 1 or ancestor.head.state is not RUNNING:
            levels = level
    return levels


def revive(advance: Advance, run: Run, levels: int) -> None:
    """Tell the runs that started `run`, which has just come back to life, at once and from the nearest on.

    They are told what the message of each commit tells them anyway: whichever comes second is dropped by its version,
    and whatever fails here is left to the messages.
    """
    for level in range(min(levels, MOST_LEVELS)):
        news = _news(run)
        if news is None and (level == 0 or run.head.state is not RUNNING):
            return
        told = messages.news(run, news is not None and news.get("asked") is True)
        try:
            run = advance.apply(told.execution, [messages.event(told)], Errand(bound=True))
        except (LostRace, NotFound, Unavailable):
            return


def _news(run: Run) -> JsonDict | None:
    """What the last commit of a run promised to tell its parent, if its state changed."""
    return next((entry for entry in run.head.outbox if "tell" in entry), None)
