"""The command that shows dead letters and sends them back, over an emulator with real FIFO queues."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from chalicelib.core.jsontext import JsonDict, dumps
from chalicelib.core.states import SUCCESS
from chalicelib.messaging import codec
from chalicelib.messaging.bodies import ActionEnded, CarriedValue
from ops.dead_letters import NAMES, main
from tests.contract.conftest import REGION, Backend

SECRET = "hunter2"
ENDED = ActionEnded(execution="e1", action="a1", state=SUCCESS, result=CarriedValue(SECRET))
BODY = codec.to_plain(ENDED)


def told(backend: Backend, *arguments: str) -> list[dict[str, Any]]:
    """What the command writes, line by line."""
    out, errors = io.StringIO(), io.StringIO()
    env = {**backend.resources.environment(), "AWS_ENDPOINT_URL": str(backend.endpoint_url), "AWS_REGION": REGION}
    assert main(arguments, env, out, errors) == 0, errors.getvalue()
    assert SECRET not in out.getvalue()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def bury(backend: Backend, queue: str, number: int, place: str = "DeadQueue", body: JsonDict = BODY) -> None:
    """Have `number` messages of two executions lie in the dead-letter queue of `queue`, or in another of its places."""
    for position in range(number):
        fifo = {"MessageGroupId": f"g{position % 2}", "MessageDeduplicationId": f"d{position}"}
        backend.clients.sqs.send_message(
            QueueUrl=backend.resources.queue_urls[f"{queue}{place}"],
            MessageBody=dumps({**body, "number": position}),
            **(fifo if queue in ("Events", "Notifications") else {}),  # type: ignore[arg-type]
        )


def waiting(backend: Backend, queue: str) -> list[tuple[str | None, int]]:
    """What lies in a queue: message group and number of each."""
    found: list[tuple[str | None, int]] = []
    while True:
        answer = backend.clients.sqs.receive_message(
            QueueUrl=backend.resources.queue_urls[queue],
            MaxNumberOfMessages=10,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            return found
        for one in messages:
            body = json.loads(one["Body"])
            found.append((one["Attributes"].get("MessageGroupId"), body["number"]))
            backend.clients.sqs.delete_message(
                QueueUrl=backend.resources.queue_urls[queue], ReceiptHandle=one["ReceiptHandle"]
            )


@pytest.mark.parametrize(
    ("body", "kind"), [(BODY, "action_ended"), ({"execution": "e1", "event": SECRET}, None)], ids=["read", "unreadable"]
)
def test_the_report_counts_and_names_but_quotes_nothing(
    ministack_backend: Backend, body: JsonDict, kind: str | None
) -> None:
    bury(ministack_backend, "Events", 3, body=body)
    for _ in range(2):  # looking changes nothing
        lines = told(ministack_backend, "list", "--limit", "2", "--queue", "events")
        assert [line["waiting"] for line in lines if "waiting" in line] == [3]
        shown = [line for line in lines if "message_id" in line]
        assert len(shown) == 2
        for line in shown:
            assert (line["queue"], line["execution"], line.get("event")) == ("events", "e1", kind)
            assert 0 <= line["age_seconds"] < 60
            assert "number" not in line
    counts = {line["queue"]: line["waiting"] for line in told(ministack_backend, "list") if "waiting" in line}
    assert counts == {"events": 3, **dict.fromkeys(NAMES[1:], 0)}


@pytest.mark.parametrize(("queue", "name"), [("Events", "events"), ("Timers", "timers")])
def test_dead_letters_go_back_once_and_no_more_than_wanted(ministack_backend: Backend, queue: str, name: str) -> None:
    bury(ministack_backend, queue, 12)
    dry = told(ministack_backend, "redrive", "--queue", name, "--dry-run")
    assert dry == [{"queue": name, "dry_run": True, "redriven": 12}]
    counts = [told(ministack_backend, "redrive", "--queue", name, "--max", "7")[0]["redriven"] for _ in range(3)]
    assert counts == [7, 5, 0]
    back = waiting(ministack_backend, f"{queue}Queue")
    assert sorted(number for _, number in back) == list(range(12))
    if queue == "Events":
        assert all(group == f"g{number % 2}" for group, number in back)
        assert [number for group, number in back if group == "g0"] == list(range(0, 12, 2))


def test_one_that_failed_within_minutes_is_not_taken_for_itself_and_dropped(ministack_backend: Backend) -> None:
    bury(ministack_backend, "Notifications", 1, "Queue")  # for five minutes the queue drops what has this id, too
    assert waiting(ministack_backend, "NotificationsQueue") == [("g0", 0)]
    bury(ministack_backend, "Notifications", 1)
    told(ministack_backend, "redrive", "--queue", "notifications")
    assert waiting(ministack_backend, "NotificationsQueue") == [("g0", 0)]


@pytest.mark.parametrize("arguments", [("redrive",), ("redrive", "--queue", "blobs"), ("list", "--limit", "0")])
def test_a_wrong_wish_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        main(arguments, {}, io.StringIO(), io.StringIO())
