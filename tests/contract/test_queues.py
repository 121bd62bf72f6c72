"""SqsQueues against moto and ministack, and against a fake client where SQS has to misbehave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.aws import sqs as queues
from chalicelib.adapters.aws.sqs import SqsQueues, batches
from chalicelib.errors import NotFound, Unavailable
from chalicelib.messaging import codec
from chalicelib.messaging.bodies import FireCronTrigger
from chalicelib.ports.messaging import Message
from tests.contract.conftest import Backend

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


def adapter(backend: Backend) -> SqsQueues:
    settings = backend.settings
    names = (settings.events_queue, settings.actions_queue, settings.timers_queue, settings.notifications_queue)
    return SqsQueues(backend.clients.sqs, *names)


def receive(backend: Backend, queue: str) -> list[Any]:
    got: list[Any] = []
    while True:
        answer = backend.clients.sqs.receive_message(
            QueueUrl=backend.resources.queue_urls[queue],
            MaxNumberOfMessages=10,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
        )
        if not answer.get("Messages"):
            return got
        got += answer["Messages"]


def numbers(messages: list[Any]) -> list[int]:
    found = [codec.decode(message["Body"]) for message in messages]
    return [body.version for body in found if isinstance(body, FireCronTrigger)]


def numbered(number: int, group: str = "one", dedup: str | None = None, trace: str | None = None) -> Message:
    body = FireCronTrigger(trigger="t", version=number, trace=trace)
    return Message(group, f"d{number}" if dedup is None else dedup, body)


def test_events_arrive_in_order_with_their_group(backend: Backend) -> None:
    adapter(backend).send_events([numbered(n) for n in range(7)])
    got = receive(backend, "EventsQueue")
    assert numbers(got) == list(range(7))
    assert {message["Attributes"]["MessageGroupId"] for message in got} == {"one"}


def test_event_with_a_known_dedup_is_dropped_within_its_group(ministack_backend: Backend) -> None:
    sender = adapter(ministack_backend)
    sender.send_events([numbered(1, dedup="same"), numbered(2, "two", "same")])
    sender.send_events([numbered(3, dedup="same")])
    assert sorted(numbers(receive(ministack_backend, "EventsQueue"))) == [1, 2]


def test_more_actions_than_one_request_holds_all_arrive(ministack_backend: Backend) -> None:
    adapter(ministack_backend).send_actions([numbered(n) for n in range(57)])
    assert sorted(numbers(receive(ministack_backend, "ActionsQueue"))) == list(range(57))


def test_more_bytes_than_one_request_holds_all_arrive(ministack_backend: Backend) -> None:
    adapter(ministack_backend).send_actions([numbered(n, trace="x" * 100_000) for n in range(6)])
    assert sorted(numbers(receive(ministack_backend, "ActionsQueue"))) == list(range(6))


def test_timer_waits_for_its_delay(backend: Backend) -> None:
    adapter(backend).send_timers([replace(numbered(1), delay=900), numbered(2)])
    assert numbers(receive(backend, "TimersQueue")) == [2]


@pytest.mark.parametrize("send", ["send_events", "send_actions", "send_timers"])
def test_nothing_to_send_asks_nothing_of_sqs(send: str) -> None:
    fake = FakeSqs([])
    getattr(SqsQueues(fake.client, "e", "a", "t", "n"), send)([])
    assert fake.sent == []


def test_queue_given_by_url_is_not_looked_up() -> None:
    fake = FakeSqs([set()])
    SqsQueues(fake.client, "http://queue/events", "a", "t", "n").send_events([numbered(0)])
    assert fake.looked_up == []


def test_queue_url_is_looked_up_once() -> None:
    fake = FakeSqs([set(), set()])
    sender = SqsQueues(fake.client, "e", "a", "t", "n")
    sender.send_actions([numbered(0)])
    sender.send_actions([numbered(0)])
    assert fake.looked_up == ["a"]


def test_refused_entries_alone_are_sent_again() -> None:
    fake = FakeSqs([{"1"}, set()])
    SqsQueues(fake.client, "e", "a", "t", "n", pause=lambda _: None).send_actions([numbered(n) for n in range(3)])
    assert fake.sent == [[codec.encode(numbered(n).body) for n in part] for part in ((0, 1, 2), (1,))]


def test_entries_refused_again_and_again_are_reported() -> None:
    fake = FakeSqs([{"0"}] * queues.ROUNDS)
    sender = SqsQueues(fake.client, "e", "a", "t", "n", pause=lambda _: None)
    with pytest.raises(Unavailable, match="refused 1 of 2"):
        sender.send_actions([numbered(0), numbered(1)])


def test_unreachable_queue_is_unavailable() -> None:
    fake = FakeSqs([EndpointConnectionError(endpoint_url="http://nowhere")])
    with pytest.raises(Unavailable):
        SqsQueues(fake.client, "e", "a", "t", "n").send_events([numbered(0)])


def test_missing_queue_is_unavailable(backend: Backend) -> None:
    with pytest.raises(Unavailable, match="nowhere"):
        SqsQueues(backend.clients.sqs, "nowhere", "a", "t", "n").send_events([numbered(0)])


@given(st.lists(st.integers(min_value=0, max_value=300_000), max_size=40))
def test_batches_keep_order_and_limits(sizes: list[int]) -> None:
    entries: list[Any] = [{"Id": str(n), "MessageBody": "x" * size} for n, size in enumerate(sizes)]
    cut = list(batches(entries))
    assert [entry for batch in cut for entry in batch] == entries
    for batch in cut:
        assert 1 <= len(batch) <= queues.MAX_ENTRIES
        assert len(batch) == 1 or sum(len(entry["MessageBody"]) for entry in batch) <= queues.MAX_BYTES


class FakeSqs:
    """Answers each send with the next of `outcomes`: the ids it refuses, or an error it raises."""

    def __init__(self, outcomes: list[set[str] | Exception]) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[list[str]] = []
        self.looked_up: list[str] = []

    @property
    def client(self) -> SQSClient:
        return cast("SQSClient", self)

    def get_queue_url(self, QueueName: str) -> dict[str, str]:
        self.looked_up.append(QueueName)
        return {"QueueUrl": f"http://queue/{QueueName}"}

    def send_message_batch(self, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:
        self.sent.append([entry["MessageBody"] for entry in Entries])
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return {"Failed": [{"Id": refused, "Code": "Busy"} for refused in outcome]}


def test_orders_reach_the_queue_of_a_worker_and_a_missing_one_is_told_apart(backend: Backend) -> None:
    sender, sqs = adapter(backend), backend.clients.sqs
    name = f"w-{backend.settings.actions_queue}"
    with pytest.raises(NotFound, match=name):
        sender.send_to(name, [{"n": 1}])
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sender.send_to(name, [{"n": n} for n in range(12)])
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert got
    assert {message["Body"] for message in got} <= {f'{{"n":{n}}}' for n in range(12)}, "nothing but the orders"
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(NotFound, match=name):
        sender.send_to(name, [{"n": 2}])
