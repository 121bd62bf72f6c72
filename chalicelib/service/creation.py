"""Create runs: whoever asks for one, it is checked, its large values are kept, and then it is there, or is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chalicelib.core.engine.draft import Limits
from chalicelib.core.engine.start import Opening, open_run
from chalicelib.core.engine.world import Actions
from chalicelib.core.lang.spec import WorkflowSpec
from chalicelib.core.model import Run
from chalicelib.ports import Blobs, Runs, Values
from chalicelib.service.packaged_workflows import check_needs
from chalicelib.service.warm import Known, StoredRows

LOOK_AFTER = timedelta(minutes=5)
"""How long a new run is left alone; after that it is looked at whenever its age has doubled, at least once an hour."""


class Creation:
    """Creates runs; the first message to each is its caller's business."""

    def __init__(
        self,
        runs: Runs,
        values: Values,
        blobs: Blobs,
        spec_of: Callable[[str], WorkflowSpec],
        actions: Actions,
        limits: Limits,
    ) -> None:
        """`limits`: what bounds the input and the parameters of every run."""
        self._runs = runs
        self._values = values
        self._blobs = blobs
        self._spec_of = spec_of
        self._actions = actions
        self._limits = limits

    def create(self, opening: Opening) -> Run | None:
        """The new run; `None` if there is one in its place already. Raises what `open_run` does, and
        `InvalidRequest` for a packaged workflow that this service cannot run."""
        check_needs(opening.definition, self._actions, opening.project_id)
        rows = StoredRows(self._runs, self._values, opening.id, opening.project_id, Known())
        run, blobs = open_run(self._spec_of(opening.definition), opening, rows, self._actions, self._limits)
        if blobs:
            self._blobs.put_many(blobs)
        return run if self._runs.create(run.start, opening.now + LOOK_AFTER) else None
