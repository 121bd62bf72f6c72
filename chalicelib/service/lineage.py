"""The runs that started a run, and what they allow (engine rules §15)."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.core import ids
from chalicelib.core.model import Run
from chalicelib.core.states import RUNNING, check_execution
from chalicelib.ports import Runs


def ancestors(runs: Runs, run: Run) -> Iterator[Run]:
    """The run that started `run`, the one that started that, and so on; one read each."""
    origin = run.start.origin
    while origin is not None:
        parent = runs.run(ids.partition(origin.execution_id))
        if parent is None:  # deleted meanwhile
            return
        yield parent
        origin = parent.start.origin


def check_revivable(runs: Runs, run: Run) -> None:
    """Raise `IllegalTransition` if a run that started `run` is over for good."""
    for ancestor in ancestors(runs, run):
        check_execution(ancestor.head.state, RUNNING, ancestor.start.workflow_name, ancestor.start.id)
