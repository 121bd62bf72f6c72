"""What AWS will never accept is not answered with 503: trying again cannot help."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.adapters.refusals import refusal
from chalicelib.errors import MeltemiError, SizeLimitExceeded, Unavailable
from tests.contract.conftest import REGION, Backend

LARGE = b"x" * 450_000
NAMED = "x" * 1200


def row(table: Table, place: str, data: bytes = b"") -> object:
    return table.row("p", place, d=data)


TABLE_CALLS: dict[str, Callable[[Table], object]] = {
    "save": lambda table: table.save(table.row("p", "s", d=LARGE)),
    "save_all": lambda table: table.save_all(table.row("p", "s"), None, [table.row("p", "t", d=LARGE)]),
    "set": lambda table: table.set(table.row("p", "s"), table.row.d.set(LARGE), None),
    "save with a long key": lambda table: table.save(table.row("p", NAMED)),
}


@pytest.mark.parametrize("call", TABLE_CALLS.values(), ids=TABLE_CALLS)
def test_rows_that_are_too_large(moto_backend: Backend, call: Callable[[Table], object]) -> None:
    table = Table(moto_backend.settings.runs_table, REGION, None)
    with pytest.raises(SizeLimitExceeded, match="This is too large to be stored"):
        call(table)


@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        ("ValidationException", "Item size has exceeded the maximum allowed size", SizeLimitExceeded),
        ("ValidationError", "Item size to update has exceeded the maximum allowed size", SizeLimitExceeded),
        ("ValidationException", "Aggregated size of all range keys has exceeded the size limit", SizeLimitExceeded),
        ("AWS.SimpleQueueService.BatchRequestTooLong", "Batch requests cannot be longer than", SizeLimitExceeded),
        ("InvalidParameterValue", "Message must be shorter than 262144 bytes.", SizeLimitExceeded),
        ("ValidationException", "The provided key element does not match the schema", MeltemiError),
        ("InvalidParameterValue", None, MeltemiError),
        ("ThrottlingException", "too much", Unavailable),
        ("ProvisionedThroughputExceededException", "The level of throughput was exceeded", Unavailable),
        ("AccessDeniedException", None, Unavailable),
        (None, None, Unavailable),
    ],
)
def test_what_is_final(code: str | None, message: str | None, error: type[MeltemiError]) -> None:
    found = refusal("it failed", (None, None), (code, message))
    assert type(found) is error
    assert "it failed" in found.message
