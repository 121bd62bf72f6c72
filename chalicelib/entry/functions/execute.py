"""Function `execute`: runs the actions of a batch side by side."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from chalicelib.entry.functions.sqs_batch import (
    Record,
    handle_side_by_side,
    unexpected,
)
from chalicelib.messaging.bodies import (
    RunAction,
    RunStandaloneAction,
)
from chalicelib.ports.observability import UNHEARD, Metrics
from chalicelib.service.actions.executor import Delivery, Executor
from chalicelib.service.actions.standalone_runner import LooseRunner

T = TypeVar("T")


log = logging.getLogger(__name__)


RESERVE_SECONDS = 5.0
"""What an action may not use of the time of the function: the result has to be reported."""


def handle_orders(
    event: Mapping[str, Any],
    executor: Executor,
    seconds_left: Callable[[], float],
    loose: LooseRunner,
    metrics: Metrics = UNHEARD,
) -> dict[str, Any]:
    """Run the actions of a batch side by side: they mostly wait, and a slow one must not hold up the others."""

    def run(record: Record) -> None:
        seconds = max(seconds_left() - RESERVE_SECONDS, 1.0)
        delivery = Delivery(record.id, record.count)
        match record.read():
            case RunAction() as order:
                executor.execute(order, delivery, seconds)
            case RunStandaloneAction() as order:
                loose.execute(order, delivery, seconds)
            case other:
                raise unexpected(other)

    return handle_side_by_side(event, run, metrics)
