"""Which filters of a list reach the store."""

from __future__ import annotations

import pytest

from chalicelib.core.states import ERROR
from chalicelib.entry.api.http.filters import selection_of
from chalicelib.entry.api.http.request import Query
from chalicelib.ports.runs import Selection


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, Selection("p")),
        ({"state": "ERROR"}, Selection("p", state=ERROR)),
        ({"state": "eq:ERROR", "workflow_name": "w"}, Selection("p", state=ERROR, workflow="w")),
        ({"state": "SUCCESS"}, Selection("p")),
        ({"state": "neq:ERROR"}, Selection("p")),
        ({"state": "in:ERROR,PAUSED"}, Selection("p")),
        ({"state": "no state"}, Selection("p")),
        ({"workflow_name": "eq:a:b"}, Selection("p", workflow="a:b")),
        ({"workflow_name": "a:b"}, Selection("p", workflow="a:b")),
        ({"workflow_name": "has:a"}, Selection("p")),
        ({"created_at": "gte:2026-01-02T03:04:05Z"}, Selection("p", since="2026-01-02 03:04:05")),
        ({"created_at": "gt:2026-01-02"}, Selection("p", since="2026-01-02 00:00:00")),
        ({"created_at": "lt:2026-01-02 03:04"}, Selection("p", until="2026-01-02 03:04:00")),
        (
            {"created_at": "2026-01-02 03:04:05"},
            Selection("p", since="2026-01-02 03:04:05", until="2026-01-02 03:04:05"),
        ),
        ({"created_at": "lt:2026-01-02T03:04:05.5+02:00"}, Selection("p", until="2026-01-02 01:04:05")),
        ({"created_at": "gt:0999-01-01"}, Selection("p", since="0999-01-01 00:00:00")),
        ({"created_at": "has:2026"}, Selection("p")),
    ],
)
def test_what_reaches_the_store(query: dict[str, str], expected: Selection) -> None:
    assert selection_of(Query(query), "p", lambda _: None) == expected
