"""The parts of `meltemi-worker` by themselves; `tests/workers` runs it whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError
from meltemi_worker import Cancelled, Failed, Job, Worker
from meltemi_worker.logs import Counts
from meltemi_worker.orders import Order, Unreadable, read
from meltemi_worker.reports import Api, Refused, Reporter, Unreached
from meltemi_worker.runner import Runner, fetch

from chalicelib.core.language import parse_actions
from chalicelib.core.language.spec import ActionSpec

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

ORDER: dict[str, Any] = {
    "format": 1,
    "action_execution_id": "a1",
    "name": "acme.add",
    "input": {"a": 1},
    "timeout": 0,
    "heartbeat": 60,
    "safe_rerun": False,
    "context": {"project_id": "p"},
    "reply": {"token": "t", "queue": "results", "path": "/v2/worker_reports"},
}


class FakeSqs:
    """A queue, and one of results that is away for `away` sends."""

    def __init__(self, away: int = 0) -> None:
        self.waiting: list[dict[str, Any]] = []
        self.away = away
        self.sent: list[dict[str, Any]] = []
        self.hidden: list[tuple[str, int]] = []
        self.dropped: list[str] = []

    def put(self, body: object, received: int = 1) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        attributes = {"ApproximateReceiveCount": str(received)}
        self.waiting.append({"Body": text, "ReceiptHandle": "r", "MessageId": "m", "Attributes": attributes})

    def receive_message(self, **_: object) -> dict[str, Any]:
        return {"Messages": [self.waiting.pop(0)]} if self.waiting else {}

    def get_queue_url(self, QueueName: str) -> dict[str, str]:
        return {"QueueUrl": f"http://sqs/{QueueName}"}

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:
        if self.away:
            self.away -= 1
            raise EndpointConnectionError(endpoint_url=QueueUrl)
        assert len(MessageBody) <= 1024 * 1024, "SQS takes no more"
        self.sent.append(json.loads(MessageBody))

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        self.hidden.append((ReceiptHandle, VisibilityTimeout))

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> None:
        self.dropped.append(ReceiptHandle)


class FakeApi:
    """Answers one report after the other."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def send(self, order: Order, body: dict[str, Any], seconds: float = 20) -> dict[str, Any]:
        self.asked.append(body)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"answer": answer, "retry_after": 7}


worker = Worker(target="t")


@worker.action("acme.add")
def add(a: int, b: int = 2) -> int:
    """Adds."""
    return a + b


@worker.action("acme.odd")
def odd(kind: str, *, job: Job) -> object:
    job.progress(120, "all of it")
    if kind == "cancelled":
        raise Cancelled
    if kind == "nan":
        return float("nan")
    if kind == "failed":
        raise Failed({"why": job.context["project_id"]})
    return {1, 2}


def bench(*answers: str | Exception, away: int = 0, of: Worker = worker) -> tuple[Runner, FakeSqs, FakeApi]:
    sqs, api = FakeSqs(away), FakeApi(*answers)
    reporter = Reporter(cast("SQSClient", sqs), cast(Api, api) if answers else None, pause=lambda _: None)
    return Runner(of, cast("SQSClient", sqs), "http://sqs/q", reporter, Counts("t")), sqs, api


@pytest.mark.parametrize(
    ("name", "given", "state", "result"),
    [
        ("acme.add", {"a": 1}, "SUCCESS", 3),
        ("acme.add", {"c": 1}, "ERROR", "TypeError: add() got an unexpected keyword argument 'c'"),
        ("acme.odd", {"kind": "failed"}, "ERROR", {"why": "p"}),
        ("acme.odd", {"kind": "cancelled"}, "CANCELLED", None),
        (
            "acme.odd",
            {"kind": "set"},
            "ERROR",
            "The result is no JSON: Object of type set is not JSON serializable",
        ),
        (
            "acme.odd",
            {"kind": "nan"},
            "ERROR",
            "The result is no JSON: Out of range float values are not JSON compliant",
        ),
        ("acme.none", {}, "ERROR", "The workers of target 't' do not know the action acme.none."),
    ],
)
def test_an_order_is_carried_out_and_dropped(name: str, given: object, state: str, result: object) -> None:
    runner, sqs, api = bench("run", "kept")
    sqs.put({**ORDER, "name": name, "input": given})
    assert (runner.turn(0), runner.turn(0)) == (1, 0)
    [_, report] = api.asked
    assert sqs.sent == []
    assert (report["state"], report["result"], report["token"]) == (state, result, "t")
    assert sqs.dropped == ["r"]
    assert [said["report"] for said in api.asked] == ["claim", "result"]


@pytest.mark.parametrize(
    ("answer", "hidden", "dropped"),
    [
        ("gone", [], ["r"]),
        ("lost", [], ["r"]),
        ("taken", [("r", 7)], []),
        (Unreached("503"), [], []),
        (Refused("403"), [], []),
    ],
)
def test_what_may_not_be_run(answer: str | Exception, hidden: list[object], dropped: list[str]) -> None:
    runner, sqs, _ = bench(answer)
    sqs.put(ORDER)
    runner.turn(0)
    assert (sqs.sent, sqs.hidden, sqs.dropped) == ([], hidden, dropped)


@pytest.mark.parametrize(
    ("received", "safe", "state"), [(1, False, "SUCCESS"), (2, True, "SUCCESS"), (2, False, "ERROR")]
)
def test_without_the_api_the_count_of_receipts_decides(received: int, safe: bool, state: str) -> None:
    runner, sqs, _ = bench()
    sqs.put({**ORDER, "safe_rerun": safe}, received)
    runner.turn(0)
    assert [report["state"] for report in sqs.sent] == [state]


def test_a_result_is_sent_until_it_is_accepted() -> None:
    runner, sqs, _ = bench(away=5)
    sqs.put(ORDER)
    runner.turn(0)
    assert (len(sqs.sent), sqs.dropped) == (1, ["r"])


def test_a_result_goes_to_the_queue_while_the_api_is_away_unless_it_is_too_large() -> None:
    runner, sqs, api = bench("run", Unreached("503"))
    sqs.put(ORDER)
    runner.turn(0)
    assert ([report["result"] for report in sqs.sent], sqs.dropped) == ([3], ["r"])
    runner, sqs, api = bench("run", Unreached("503"), "kept")
    sqs.put({**ORDER, "input": {"a": "x" * 1_000_000, "b": "y"}})
    runner.turn(0)
    assert (sqs.sent, len(api.asked), sqs.dropped) == ([], 3, ["r"])


def test_a_result_that_is_refused_is_an_error_of_the_action() -> None:
    runner, sqs, api = bench("run", Refused("413: too large"), "kept")
    sqs.put(ORDER)
    runner.turn(0)
    assert api.asked[-1]["result"] == "The result was not accepted: 413: too large"
    assert sqs.dropped == ["r"]


def test_a_result_that_no_message_can_carry_is_an_error_of_the_action() -> None:
    runner, sqs, _ = bench()
    sqs.put({**ORDER, "input": {"a": "x" * 1024 * 1024, "b": "y"}})
    runner.turn(0)
    [report] = sqs.sent
    assert (report["state"], sqs.dropped) == ("ERROR", ["r"])
    assert "more than a message may have" in report["result"]


@pytest.mark.parametrize("name", ["acme.add", "acme.odd"])
def test_a_worker_outlives_what_is_refused_altogether(name: str) -> None:
    runner, sqs, _ = bench("run", Refused("403"), Refused("403"))
    sqs.put({**ORDER, "name": name, "input": {"a": 1} if name == "acme.add" else {"kind": "nan"}})
    runner.turn(0)
    assert sqs.dropped == ["r"]


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", json.dumps({**ORDER, "format": 2})])
def test_what_is_no_order_stays_in_the_queue(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)
    runner, sqs, _ = bench("run")
    sqs.put(text)
    runner.turn(0)
    assert (sqs.sent, sqs.dropped) == ([], [])


def test_a_large_input_is_fetched() -> None:
    order = read(json.dumps({**{k: v for k, v in ORDER.items() if k != "input"}, "input_url": "https://s3/x"}))
    assert order.load(lambda url: json.dumps({"from": url}).encode()) == {"from": "https://s3/x"}
    assert "s3" not in repr(order)
    assert "'t'" not in repr(order)


def test_an_input_that_cannot_be_fetched_does_not_show_its_url() -> None:
    with pytest.raises(Failed) as failure:
        fetch("http://127.0.0.1:9/input?signature=secret", pause=lambda _: None)
    assert str(failure.value) == "The input could not be fetched: ConnectionError"


def test_an_order_that_comes_after_the_stop_is_handed_back() -> None:
    runner, sqs, api = bench("run")
    sqs.put(ORDER)
    runner.stopping.set()
    runner.turn(0)
    assert (sqs.hidden, api.asked) == ([("r", 0)], [])


def test_the_definition_of_an_action() -> None:
    [content] = parse_actions(worker.definition("acme.add"))
    spec = content.spec
    assert isinstance(spec, ActionSpec)
    assert (spec.name, spec.description, spec.base) == ("acme.add", "Adds.", "std.worker")
    assert [(one.name, one.required) for one in spec.parameters] == [("a", True), ("b", False)]
    assert spec.base_input == {
        "name": "acme.add",
        "target": "t",
        "input": {"a": "<% $.a %>", "b": "<% $.b %>"},
    }


def test_a_function_without_docstring_and_parameters_has_a_valid_definition() -> None:
    bare = Worker(target="t")
    bare.action("core.noop")(lambda: None)
    [content] = parse_actions(bare.definition("core.noop"))
    spec = content.spec
    assert isinstance(spec, ActionSpec)
    assert (spec.description, spec.parameters) == (None, ())
    assert spec.base_input == {"name": "core.noop", "target": "t", "input": {}}


@pytest.mark.parametrize("default", [object(), float("nan"), {1, 2}])
def test_a_default_that_is_no_json_is_named(default: object) -> None:
    odd_one = Worker(target="t")

    def scale(size: object = default) -> None: ...

    odd_one.action("acme.scale")(scale)
    with pytest.raises(TypeError, match=r"acme\.scale: the default of parameter size is no JSON value"):
        odd_one.definition("acme.scale")


def test_an_exception_leaves_its_lines_in_the_log_and_no_values(caplog: pytest.LogCaptureFixture) -> None:
    failing = Worker(target="t")

    @failing.action("acme.fail")
    def fail(secret: str) -> None:
        raise ValueError(secret)

    runner, sqs, api = bench("run", "kept", of=failing)
    sqs.put({**ORDER, "name": "acme.fail", "input": {"secret": "s3cret"}})
    runner.turn(0)
    [ids] = [vars(record)["ids"] for record in caplog.records if record.levelname == "ERROR"]
    assert (ids["action"], ids["error"]) == ("acme.fail", "ValueError")
    assert [line.rpartition("/")[2].partition(":")[0] for line in ids["traceback"]] == ["test_worker.py"]
    assert ids["traceback"][0].endswith("in fail: raise ValueError(secret)")
    assert "s3cret" not in str(ids)
    assert api.asked[-1]["result"] == "ValueError: s3cret"


def test_a_function_has_to_take_its_input_by_name() -> None:
    def positional(*numbers: int) -> None: ...

    with pytest.raises(TypeError, match="numbers"):
        worker.action("x")(positional)


def test_counts_are_metrics() -> None:
    counts = Counts("t")
    assert counts.line() is None
    counts.add("SUCCESS", 1.5)
    line = json.loads(str(counts.line()))
    assert (line["SUCCESS"], line["Seconds"], line["Target"]) == (1, 1.5, "t")
    assert counts.line() is None
