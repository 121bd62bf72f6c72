"""Function `results`: takes in the reports of external workers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from chalicelib.entry.functions.sqs_batch import (
    Foreign,
    Record,
    handle_side_by_side,
)
from chalicelib.errors import Forbidden, InvalidRequest
from chalicelib.service.workers.reports import WorkerReports

T = TypeVar("T")


log = logging.getLogger(__name__)


def handle_results(event: Mapping[str, Any], reports: WorkerReports) -> dict[str, Any]:
    """Take in what workers report. What cannot be read or believed is dropped, and the log says why, without secrets:
    sent again, it would be no better."""

    def take(record: Record) -> None:
        report = record.foreign()
        answer = believed(lambda: reports.answer(report))
        if answer["answer"] == "late":
            log.info("dropped report %s: action execution %s is over", record.id, report["action_execution_id"])

    return handle_side_by_side(event, take)


def believed(take: Callable[[], T]) -> T:
    """Returns what `take` returns. Raises `BadMessage` where it refuses the report."""
    try:
        return take()
    except (InvalidRequest, Forbidden) as error:
        raise Foreign(error.message) from None
