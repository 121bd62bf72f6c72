"""One execution is one trace: its messages are followed from the request to the executor and back."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from chalicelib.adapters.observability.xray import HEADER, XRaySegments
from chalicelib.core.engine.state.events import Proceed
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.states import SUCCESS
from chalicelib.messaging.bodies import RunAction
from chalicelib.ports.observability import Span
from chalicelib.ports.runs import Runs
from chalicelib.service.actions.executor import Delivery, Executor
from chalicelib.service.outgoing.large_values import KeptValues
from chalicelib.service.outgoing.tracing import Tracing, incoming
from tests.bodies import event_of, sent
from tests.unit.service.worlds import ID, NOW, PART, FakeClock, World

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
BODY = "tasks: {a: {action: std.sleep seconds=1, wait-before: 5, retry: {count: 1, delay: 2}}}"


class Kept:
    """Spans that can be looked at."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def record(self, span: Span) -> None:
        self.spans.append(span)


def tracing(kept: Kept, fraction: float = 1.0) -> Tracing:
    return Tracing(kept, FakeClock(), fraction)


def test_an_execution_is_one_trace_from_the_request_to_the_executor_and_back() -> None:
    kept = Kept()
    traces = tracing(kept)
    context = traces.begin(ID, NOW, PARENT)
    world = World(BODY, tracing=traces)
    world.runs.starts[PART] = replace(world.runs.starts[PART], trace=context)
    world.advance.apply(ID, [Proceed()])
    (timer,) = world.queues.timers
    assert timer.body.trace == context
    world.advance.apply(ID, [event_of(timer)])
    (order,) = world.queues.actions
    assert order.body.trace == context

    def perform(order: RunAction, given: JsonDict, seconds: float) -> Json:
        return None

    values = KeptValues(world.blobs)
    runs = cast(Runs, world.runs)
    executor = Executor(runs, values, world.blobs, world.queues, perform, lambda name: False, traces)
    executor.execute(sent(RunAction, order), Delivery("m1", 1), 60)
    world.advance.apply(ID, [event_of(world.queues.events[-1])])
    assert world.head.state is SUCCESS
    assert [span.name for span in kept.spans] == ["start", "step", "step", "execute", "step"]
    start, *others = kept.spans
    assert {span.trace_id for span in kept.spans} == {TRACE}
    assert start.parent_id == SPAN
    assert {span.parent_id for span in others} == {start.id}
    assert len({span.id for span in kept.spans}) == len(kept.spans)
    assert {span.facts["execution"] for span in kept.spans} == {ID}


def test_an_execution_that_is_not_traced_sends_messages_as_ever() -> None:
    kept = Kept()
    world = World(BODY, tracing=tracing(kept))
    world.advance.apply(ID, [Proceed()])
    assert world.queues.timers[0].body.trace is None
    assert kept.spans == []


def test_a_repeated_request_begins_the_same_trace() -> None:
    kept = Kept()
    first, second = (tracing(kept).begin(ID, NOW) for _ in range(2))
    assert first == second
    assert kept.spans[0] == kept.spans[1]
    assert int(str(first)[3:11], 16) == int(NOW.timestamp())  # as X-Ray wants it


def test_sub_executions_have_spans_of_their_own_in_the_trace() -> None:
    kept = Kept()
    parent = tracing(kept).begin(ID, NOW)
    tracing(kept).begin("child", NOW, parent)
    above, below = kept.spans
    assert (below.trace_id, below.parent_id) == (above.trace_id, above.id)


@pytest.mark.parametrize(
    ("fraction", "parent", "least", "most"),
    [
        (0.0, None, 0, 0),
        (0.0, PARENT, 0, 0),
        (0.1, None, 50, 150),
        (0.001, PARENT, 1000, 1000),
        (1.0, None, 1000, 1000),
    ],
)
def test_a_fraction_is_traced_and_what_traced_clients_start(
    fraction: float, parent: str | None, least: int, most: int
) -> None:
    kept = Kept()
    begun = [tracing(kept, fraction).begin(str(number), NOW, parent) for number in range(1000)]
    assert least <= sum(context is not None for context in begun) <= most
    assert len(kept.spans) == sum(context is not None for context in begun)


@pytest.mark.parametrize(
    ("headers", "context"),
    [
        ({}, None),
        ({"traceparent": PARENT}, PARENT),
        ({"traceparent": PARENT[:-1] + "0"}, None),  # not sampled
        ({"traceparent": "00-x"}, None),
        ({"traceparent": PARENT + "\n"}, None),
        (
            {"x-amzn-trace-id": f"Root=1-{TRACE[:8]}-{TRACE[8:]};Parent={SPAN};Sampled=1"},
            PARENT,
        ),
        ({"x-amzn-trace-id": f"Root=1-{TRACE[:8]}-{TRACE[8:]}"}, None),  # the gateway's own id
        ({"x-amzn-trace-id": f"Root=1-{TRACE[:8]}-{TRACE[8:]};Parent={SPAN};Sampled=0"}, None),
    ],
)
def test_the_context_of_a_request(headers: dict[str, str], context: str | None) -> None:
    assert incoming(headers) == context


def test_what_failed_is_recorded_as_that() -> None:
    kept = Kept()

    def fail() -> None:
        with tracing(kept).span("execute", PARENT, "k", {}):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert [span.failed for span in kept.spans] == [True]


def test_a_segment_as_the_daemon_gets_it() -> None:
    began = datetime(2026, 11, 27, 12, tzinfo=UTC)
    span = Span("step", TRACE, SPAN, "1" * 16, began, began + timedelta(seconds=1.5), {"execution": ID}, True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(5)
        with closing(XRaySegments("demo", f"127.0.0.1:{daemon.getsockname()[1]}")) as segments:
            segments.record(span)
        header, _, document = daemon.recv(65_536).partition(b"\n")
    assert header + b"\n" == HEADER
    assert json.loads(document) == {
        "name": "demo.step",
        "id": SPAN,
        "trace_id": f"1-{TRACE[:8]}-{TRACE[8:]}",
        "parent_id": "1" * 16,
        "start_time": began.timestamp(),
        "end_time": began.timestamp() + 1.5,
        "annotations": {"execution": ID},
        "fault": True,
    }


def test_a_daemon_that_is_not_there_is_not_missed() -> None:
    span = Span("step", TRACE, SPAN, None, NOW, NOW)
    with closing(XRaySegments("demo", "127.0.0.1:9")) as segments:
        for _ in range(3):
            segments.record(span)
