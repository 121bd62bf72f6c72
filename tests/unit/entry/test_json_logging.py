"""The log: what lines hold, what they never hold, and how many bytes a task may leave."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import ids
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import SUCCESS
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.entry import json_logging
from chalicelib.entry.functions import sqs_batch
from chalicelib.entry.functions.sqs_batch import Foreign, Record
from chalicelib.errors import ExpressionError, Unavailable
from chalicelib.messaging import codec
from chalicelib.messaging.bodies import ActionEnded, AnyBody, CarriedValue, Continue, DelayEnded, RunAction
from tests.bodies import lambda_event
from tests.unit.messaging.handlers import Handlers
from tests.unit.service.worlds import ID, PART

SECRET = "hunter2"
ACTION = ids.action_id(PART, ActionKey(TaskKey(3, 0), 1))
TASK = ids.task_id(PART, TaskKey(3, 0))
BATCH: list[AnyBody] = [Continue(execution=ID)] * 5
MOST_BYTES = 800
"""What docs/reference/metrics.md promises of a line."""


class Lines(logging.Handler):
    """The lines that were logged."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(json_logging.JsonLines())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    def only(self) -> dict[str, Any]:
        (text,) = self.texts
        found: dict[str, Any] = json.loads(text)
        return found


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What this service logs meanwhile, of every execution."""
    found, ours = Lines(), logging.getLogger("chalicelib")
    level, spreads = ours.level, ours.propagate
    ours.addHandler(found)
    ours.setLevel(logging.INFO)
    ours.propagate = False
    yield found
    ours.removeHandler(found)
    ours.setLevel(level)
    ours.propagate = spreads


def order(**changes: Any) -> RunAction:
    given: dict[str, Any] = {"execution": ID, "action": ACTION, "name": "std.http", "input": CarriedValue(SECRET)}
    return RunAction(**{**given, "project": "p", "workflow": "w", "safe_rerun": True, "sync": True, **changes})


def nothing(record: Record) -> None:
    """Handle a message."""


def test_a_message_leaves_a_line_by_which_it_is_found(lines: Lines) -> None:
    token = json_logging.current.set(json_logging.Call("execute", "req-1"))
    sqs_batch.handle_each(lambda_event(order(), count=2), nothing)
    json_logging.current.reset(token)
    line = lines.only()
    assert line.pop("at").endswith("+00:00")
    assert line.pop("ms") >= 0
    assert line == {
        "level": "INFO",
        "message": "done",
        "logger": "chalicelib.entry.functions.sqs_batch",
        "function": "execute",
        "request_id": "req-1",
        "message_id": "m0",
        "deliveries": 2,
        "execution": ID,
        "action": ACTION,
        "task": TASK,
        "event": "run_action",
    }


def test_messages_that_are_handled_side_by_side_know_their_call(lines: Lines) -> None:
    token = json_logging.current.set(json_logging.Call("execute", "req-1"))
    sqs_batch.handle_side_by_side(lambda_event(*BATCH), nothing)
    json_logging.current.reset(token)
    assert [json.loads(text)["request_id"] for text in lines.texts] == ["req-1"] * 5


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError(SECRET), None),
        (RuntimeError(f"password={SECRET}"), None),
        (ExpressionError(f"cannot evaluate {SECRET}"), None),
        (Unavailable("the store is away"), "the store is away"),
        (ClientError({"Error": {"Code": "Slow", "Message": "down"}}, "PutItem"), "An error occurred (Slow) when"),
    ],
)
def test_of_a_failure_the_type_and_the_place_but_no_foreign_text(
    lines: Lines, error: Exception, told: str | None
) -> None:
    def fail(record: Record) -> None:
        raise error

    assert sqs_batch.handle_each(lambda_event(Continue(execution=ID)), fail)["batchItemFailures"]
    failed, noted = (json.loads(text) for text in lines.texts)
    assert failed["error"] == type(error).__name__
    assert failed["execution"] == ID
    assert failed["where"][-1].endswith(" fail")
    assert noted["message"] == "again"
    assert SECRET not in "".join(lines.texts)
    assert failed.get("text", "").startswith(told) if told else "text" not in failed


def test_a_message_that_was_dropped_says_so(lines: Lines) -> None:
    def refuse(record: Record) -> None:
        raise Foreign("no")

    assert not sqs_batch.handle_each(lambda_event("no JSON"), refuse)["batchItemFailures"]
    assert [json.loads(text)["message"] for text in lines.texts] == ["dropped message m0: no", "dropped"]


def test_a_message_that_cannot_be_read_says_where_it_came_from_and_quotes_nothing(lines: Lines) -> None:
    def read(record: Record) -> None:
        record.read()

    ended = codec.to_plain(ActionEnded(execution=ID, action=ACTION, state=SUCCESS, result=CarriedValue()))
    wrong: list[JsonDict] = [
        {"execution": ID, "event": SECRET},
        {"kind": SECRET + " - at " + SECRET},
        {**ended, "state": SECRET},
        {"pulse": ACTION, "claim": SECRET},
        {"kind": "continue", "execution": [SECRET]},
    ]
    sqs_batch.handle_each(lambda_event(*wrong), read)
    said = [json.loads(text) for text in lines.texts]
    assert [line["message"].partition(":")[0] for line in said[::2]] == [
        f"message m{number} cannot be read" for number in range(len(wrong))
    ]
    assert [line["message"] for line in said[1::2]] == ["again"] * len(wrong)
    assert (said[0]["message_id"], said[0]["execution"]) == ("m0", ID)
    assert SECRET not in "".join(lines.texts)


@pytest.mark.parametrize(
    "body",
    [
        order(**dict.fromkeys(("action", "execution", "trace", "name"), "x" * 100_000)),
        order(input=CarriedValue({"deep": SECRET * 10_000})),
        ActionEnded(execution=ID, action=ACTION, state=SUCCESS, result=CarriedValue(SECRET * 100_000)),
        DelayEnded(execution="\x00" * 100_000, task="\ud800" * 100_000, wake=1),
        {word: "x" * 100_000 for word in (*sqs_batch.WORDS, "kind", "event")},
    ],
)
def test_the_bytes_of_a_task_are_bounded_whatever_its_messages_hold(lines: Lines, body: AnyBody | JsonDict) -> None:
    """A dispatched task has two messages: the order, and the result."""
    sqs_batch.handle_each(lambda_event(body), nothing)
    sqs_batch.handle_each(lambda_event(body), nothing)
    assert len(lines.texts) == 2
    assert all(len(text.encode()) < MOST_BYTES for text in lines.texts)
    assert SECRET not in "".join(lines.texts)


@pytest.mark.parametrize(("fraction", "least", "most"), [(0.0, 0, 0), (0.25, 150, 350), (1.0, 1000, 1000)])
def test_of_a_fraction_of_executions_all_lines_of_the_others_none(fraction: float, least: int, most: int) -> None:
    sampled = json_logging.Sampled(fraction)

    def passes(execution: str, level: int = logging.INFO) -> bool:
        record = logging.LogRecord("n", level, "p", 1, "done", (), None)
        record.ids = {"execution": execution}
        return bool(sampled.filter(record))

    passed = [execution for execution in map(str, range(1000)) if passes(execution)]
    assert least <= len(passed) <= most
    assert all(passes(execution) for execution in passed)
    assert all(passes(str(number), logging.ERROR) for number in range(1000))


def test_an_unreadable_event_of_the_step_handler_is_noted_once(lines: Lines) -> None:
    Handlers().step(lambda_event({"event": SECRET}))
    assert [json.loads(text)["message"] for text in lines.texts][1:] == ["again"]


def test_lines_end_where_the_handler_ends_none() -> None:
    """Lambda's own handler writes what its formatter returns."""
    root, bare = logging.getLogger(), logging.NullHandler()
    ours = logging.StreamHandler()
    known = [(handler, handler.formatter) for handler in root.handlers]
    root.handlers += [bare, ours]
    json_logging.install(json=True, sample=0)
    record = logging.LogRecord("n", logging.ERROR, "p", 1, "said", (), None)
    try:
        assert [handler.format(record).endswith("}\n") for handler in (bare, ours)] == [True, False]
    finally:
        root.handlers[-2:] = []
        for handler, formatter in known:
            handler.setFormatter(formatter)
