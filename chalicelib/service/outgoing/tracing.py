"""One execution, with all its sub-executions, is one trace.

What started an execution is kept with it: a W3C trace context (`00-<trace>-<span>-01`) in its start row, which never
changes. So every step knows it, however it was woken, and whatever was lost on the way; messages carry it as `trace`.
Ids are derived: a step that is done again records the same span.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from chalicelib.ports.clock import Clock
from chalicelib.ports.messaging import Message
from chalicelib.ports.observability import Span, Traces
from chalicelib.service.outgoing.messages import Timer

W3C = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
AMAZON = re.compile(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24});Parent=([0-9a-f]{16});Sampled=1")


@dataclass(frozen=True, slots=True)
class Tracing:
    """Records what is traced: a `fraction` of all executions and those that traced clients start; none if it is 0."""

    traces: Traces
    clock: Clock
    fraction: float

    def begin(self, execution_id: str, now: datetime, parent: str | None = None) -> str | None:
        """The trace context of a new execution that `parent`, if that is one, has started; `None`: it is not traced."""
        if not self.fraction or not (parent or _drawn(execution_id) < self.fraction):
            return None
        given = W3C.fullmatch(parent or "")
        trace_id = given[1] if given else f"{int(now.timestamp()):08x}{_digits(24, execution_id)}"
        context = f"00-{trace_id}-{_digits(16, execution_id, 'start')}-01"
        above = given[2] if given else None
        self.record("start", context, execution_id, now, {"execution": execution_id}, parent=above)
        return context

    @contextmanager
    def span(self, name: str, context: str | None, key: str, facts: Mapping[str, str]) -> Iterator[None]:
        """Record what is done meanwhile."""
        began, failed = self.clock.now(), True
        try:
            yield
            failed = False
        finally:
            self.record(name, context, key, began, facts, failed)

    def record(
        self,
        name: str,
        context: str | None,
        key: str,
        began: datetime,
        facts: Mapping[str, str],
        failed: bool = False,
        parent: str | None = None,
    ) -> None:
        """Record work of a traced execution, from `began` to now; `key` tells it from other work of that name."""
        found = W3C.fullmatch(context or "")
        if not self.fraction or found is None:
            return
        is_start = name == "start"
        span_id = found[2] if is_start else _digits(16, key, name)
        above = parent if is_start else found[2]
        self.traces.record(Span(name, found[1], span_id, above, began, self.clock.now(), facts, failed))


def incoming(headers: Mapping[str, str]) -> str | None:
    """The trace context of a request whose client, or gateway, traces it; header names are lower case."""
    given = W3C.fullmatch(headers.get("traceparent", ""))
    if given is not None:
        return given[0] if int(given[3], 16) & 1 else None
    amazon = AMAZON.search(headers.get("x-amzn-trace-id", ""))
    return f"00-{amazon[1]}{amazon[2]}-{amazon[3]}-01" if amazon is not None else None


def traced(context: str | None, messages: Sequence[Message]) -> Sequence[Message]:
    """The messages as an execution with that trace context sends them."""
    if context is None:
        return messages
    return [replace(message, body=structs.replace(message.body, trace=context)) for message in messages]


def carrying(context: str | None, timers: Sequence[Timer]) -> Sequence[Timer]:
    """The timers as an execution with that trace context sets them."""
    sent = traced(context, [timer.message for timer in timers])
    return [replace(timer, message=message) for timer, message in zip(timers, sent, strict=True)]


def _digits(number: int, *words: str) -> str:
    return hashlib.sha256("/".join(words).encode()).hexdigest()[:number]


def _drawn(execution_id: str) -> float:
    """A number from 0 to 1 that is always the same for one execution."""
    return int(_digits(8, execution_id, "drawn"), 16) / 2**32
