"""The log: one JSON object a line, ids and outcomes, never what an order says. And counts, as metrics in that log."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import traceback
from collections import Counter

log = logging.getLogger("meltemi_worker")


class JsonLines(logging.Formatter):
    """Writes records as JSON objects; what stands in `extra={"ids": {…}}` becomes members."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {"at": round(record.created, 3), "level": record.levelname, "message": record.getMessage()}
        line |= getattr(record, "ids", {})
        if record.exc_info and record.exc_info[0]:
            line |= {"exception": self.formatException(record.exc_info)}
        return json.dumps(line)


def set_up(level: int = logging.INFO) -> None:
    """Have the log written to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(level)


def places_of(error: BaseException) -> dict[str, object]:
    """The kind of an exception and the lines of code that it came through, outermost first.

    Its text is left out, as it may quote an input, and so are the frames of this package.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_ours(frame.filename)]
    return {
        "error": type(error).__name__,
        "traceback": [f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}" for frame in frames],
    }


def _is_ours(filename: str) -> bool:
    return os.path.dirname(filename) == os.path.dirname(__file__)


class Counts:
    """How many jobs ended how; written as a line in CloudWatch's embedded metric format."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._counts: Counter[str] = Counter()
        self._seconds = 0.0
        self._lock = threading.Lock()

    def add(self, outcome: str, seconds: float = 0.0) -> None:
        """Count a job that ended as `outcome` after so many seconds."""
        with self._lock:
            self._counts[outcome] += 1
            self._seconds += seconds

    def line(self) -> str | None:
        """What was counted since the last line; `None` if there was nothing."""
        with self._lock:
            counts, seconds = dict(self._counts), self._seconds
            self._counts.clear()
            self._seconds = 0.0
        if not counts:
            return None
        found: dict[str, object] = {**counts, "Seconds": round(seconds, 3), "Target": self._target}
        metrics = [{"Name": name, "Unit": "Count"} for name in counts] + [{"Name": "Seconds", "Unit": "Seconds"}]
        directive = {"Namespace": "MeltemiWorker", "Dimensions": [["Target"]], "Metrics": metrics}
        return json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}, **found})
