"""Every scenario is played with steps of ample, of little and of hardly any room: what comes out may not differ."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.interfaces import Actions
from chalicelib.core.jsontext import JsonDict
from tests.unit.core.engine.table import Play, Table, workflow


@pytest.fixture(params=[90, 3, 1], ids=["ample", "tight", "tightest"])
def play(request: pytest.FixtureRequest) -> Play:
    rows: int = request.param

    def made(
        body: str,
        given: JsonDict | None = None,
        params: JsonDict | None = None,
        library: Actions | None = None,
        field_size: int = 1024 * 1024,
    ) -> Table:
        return Table(
            workflow(body), given, params, Limits(rows=rows, family=min(rows, 30), field_size=field_size), library
        )

    return made
