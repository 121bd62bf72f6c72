"""The scheduled rule in small: calls the tick function every so many seconds."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.context import LambdaContext

TICK_TIMEOUT_SECONDS = 60

log = logging.getLogger(__name__)


class Ticker:
    """Ticks at once, then every `seconds`. `run` is a thread's body."""

    def __init__(self, handler: Callable[[dict[str, Any], LambdaContext], object], seconds: float) -> None:
        self._handler = handler
        self._seconds = seconds

    def run(self, stop: threading.Event) -> None:
        """Tick until stopped; a tick that fails is logged, and the next one comes all the same."""
        while not stop.is_set():
            try:
                self._handler(scheduled_event(datetime.now(UTC)), LambdaContext("tick", TICK_TIMEOUT_SECONDS))
            except Exception:
                log.exception("tick failed")
            stop.wait(self._seconds)


def scheduled_event(now: datetime) -> dict[str, Any]:
    """The event of a scheduled EventBridge rule that fired at `now`."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:000000000000:rule/tick"],
        "detail": {},
    }
