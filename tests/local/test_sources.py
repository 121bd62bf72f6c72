"""Event sources of a run with the fake application, and single polls where a message has to be watched closely."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from local import resources
from local.clients import Clients, connect
from local.leases import Leases
from local.sources import Poller, Source
from tests.local.process import LocalRun

pytestmark = pytest.mark.xdist_group("local")
PATIENCE = 20.0


def send(http: requests.Session, run: LocalRun, queue: str, *messages: tuple[str, dict[str, Any]]) -> str:
    """Send (group, body) pairs, marked with a word by which `arrived` finds them."""
    mark = uuid.uuid4().hex
    body = [[group, uuid.uuid4().hex, {**content, "mark": mark}] for group, content in messages]
    assert http.post(f"{run.url}/send/{queue}", json=body).status_code == 204
    return mark


def arrived(http: requests.Session, run: LocalRun, mark: str, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        calls = [call for call in http.get(f"{run.url}/calls").json() if call["body"].get("mark") == mark]
        if len(calls) >= count:
            return calls
        threading.Event().wait(0.02)
    pytest.fail(f"fewer than {count} calls")


@pytest.mark.parametrize(("queue", "function"), [("events", "step"), ("actions", "execute"), ("timers", "timers")])
def test_queue_feeds_its_function(fake_run: LocalRun, http: requests.Session, queue: str, function: str) -> None:
    mark = send(http, fake_run, queue, ("g", {"n": 1}))
    [call] = arrived(http, fake_run, mark, 1)
    assert call["function"] == function
    assert call["record"]["eventSourceARN"].rpartition("-")[2].startswith(queue)
    assert call["record"]["attributes"]["ApproximateReceiveCount"] == "1"


def test_group_runs_in_order_and_a_failure_holds_up_only_its_group(fake_run: LocalRun, http: requests.Session) -> None:
    mark = send(
        http, fake_run, "events", *[("one", {"n": n, "fail": 2 * (n == 1)}) for n in range(3)], ("two", {"n": 9})
    )
    calls = arrived(http, fake_run, mark, 4)
    arrived(http, fake_run, mark, 6)
    final = {call["body"]["n"]: call["at"] for call in arrived(http, fake_run, mark, 6)}
    assert final[0] < final[1] < final[2]
    assert 9 in {call["body"]["n"] for call in calls}


def test_function_that_raises_is_called_again(fake_run: LocalRun, http: requests.Session) -> None:
    mark = send(http, fake_run, "actions", ("", {"raise": 1}))
    assert [call["function"] for call in arrived(http, fake_run, mark, 2)] == ["execute", "execute"]


def test_groups_run_side_by_side(fake_run: LocalRun, http: requests.Session) -> None:
    mark = send(http, fake_run, "events", ("slow", {"sleep": 1.0}))
    arrived(http, fake_run, mark, 1)
    began = time.monotonic()
    arrived(http, fake_run, send(http, fake_run, "events", ("quick", {})), 1)
    assert time.monotonic() - began < 0.9


def test_tick_is_called_soon(fake_run: LocalRun, http: requests.Session) -> None:
    ticks = [call for call in http.get(f"{fake_run.url}/calls").json() if call["function"] == "tick"]
    assert ticks[0]["body"]["detail-type"] == "Scheduled Event"


class Bench:
    """One queue with one poller, polled by hand."""

    def __init__(self, clients: Clients, url: str, arn: str) -> None:
        self.sqs = clients.sqs
        self.url = url
        self.stop = threading.Event()
        self.leases = Leases(self.sqs)
        self.seen: list[list[str]] = []
        self.answer: object = None
        self.poller = Poller(Source("f", self.handle, url, arn, 30, 1), self.sqs, self.leases, self.stop)

    def handle(self, event: dict[str, Any], context: object) -> object:
        self.seen.append([record["body"] for record in event["Records"]])
        return self.answer

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(
                QueueUrl=self.url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=uuid.uuid4().hex
            )

    def hidden(self) -> int:
        return self._count("ApproximateNumberOfMessagesNotVisible")

    def visible(self) -> int:
        return self._count("ApproximateNumberOfMessages")

    def _count(self, name: Any) -> int:
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        return int(answer["Attributes"][name])


@pytest.fixture
def bench(emulator_url: str) -> Iterator[Bench]:
    clients = connect(emulator_url)
    made = resources.create(clients, f"b{uuid.uuid4().hex[:10]}")
    yield Bench(clients, made.queue_urls["EventsQueue"], made.queue_arns["EventsQueue"])
    for client in (clients.dynamodb, clients.sqs, clients.s3):
        client.close()


def test_batch_holds_ten(bench: Bench) -> None:
    bench.send(*[str(n) for n in range(12)])
    assert [bench.poller.poll(0) for _ in range(3)] == [10, 2, 0]
    assert bench.seen == [[str(n) for n in range(10)], ["10", "11"]]
    assert (bench.visible(), bench.hidden()) == (0, 0)


def test_answer_that_makes_no_sense_keeps_every_message(bench: Bench) -> None:
    bench.send("a", "b")
    bench.answer = {"batchItemFailures": [{"itemIdentifier": "nobody"}]}
    bench.poller.poll(0)
    bench.answer = None
    bench.poller.poll(0)
    assert bench.seen == [["a", "b"], ["a", "b"]]
    assert (bench.visible(), bench.hidden()) == (0, 0)


def test_message_that_fails_ten_times_ends_in_the_dead_letter_queue(bench: Bench) -> None:
    bench.send("poison")
    for _ in range(10):
        bench.sqs.receive_message(QueueUrl=bench.url, VisibilityTimeout=0)
    assert bench.poller.poll(0) == 0
    assert bench.visible() == 0


def test_message_that_comes_after_the_end_is_given_back(bench: Bench) -> None:
    bench.send("late")
    bench.stop.set()
    bench.poller.poll(0)
    assert bench.seen == []
    assert bench.visible() == 1


def test_lease_is_renewed_while_work_goes_on(bench: Bench) -> None:
    bench.send("long")
    [message] = bench.sqs.receive_message(QueueUrl=bench.url, VisibilityTimeout=1)["Messages"]
    with bench.leases.held(bench.url, [message["ReceiptHandle"]]):
        bench.leases.renew()
        assert not bench.leases.wait_idle(1.2)  # longer than the message would have been hidden
        assert bench.hidden() == 1
    assert bench.leases.wait_idle(0)
