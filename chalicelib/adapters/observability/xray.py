"""Spans as X-Ray segment documents, sent to the X-Ray daemon (or an OpenTelemetry collector) as datagrams.

A library would take 4 MB and 22 ms of each cold start for what is one JSON object. In a Lambda function that is traced
the daemon is there; elsewhere datagrams to nobody are lost, which is all that may happen.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from chalicelib.core import jsontext
from chalicelib.ports.observability import Span

HEADER = b'{"format":"json","version":1}\n'


class XRaySegments:
    """Sends spans to the daemon at `address` (`host:port`)."""

    def __init__(self, stack: str, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._stack = stack
        self._address = (host, int(port))
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def record(self, span: Span) -> None:
        """Send it, or not."""
        with suppress(OSError):
            self._socket.sendto(HEADER + jsontext.dumps(self.document(span)).encode(), self._address)

    def close(self) -> None:
        """Send nothing any more."""
        self._socket.close()

    def document(self, span: Span) -> dict[str, Any]:
        """The span as X-Ray knows it."""
        found: dict[str, Any] = {
            "name": f"{self._stack}.{span.name}",
            "id": span.id,
            "trace_id": f"1-{span.trace_id[:8]}-{span.trace_id[8:]}",
            "start_time": _seconds(span.began),
            "end_time": max(_seconds(span.began), _seconds(span.ended)),
            "annotations": {**span.facts},
        }
        if span.parent_id is not None:
            found["parent_id"] = span.parent_id
        return found | ({"fault": True} if span.failed else {})


def _seconds(moment: datetime) -> float:
    return moment.astimezone(UTC).timestamp()
