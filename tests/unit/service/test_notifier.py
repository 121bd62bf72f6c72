"""Notifications on their way to those who listen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest
from msgspec import structs

from chalicelib import errors
from chalicelib.actions.contract import HttpAnswer, HttpRequest
from chalicelib.actions.egress import EgressPolicy
from chalicelib.actions.publishing import SECONDS, Webhook, noop
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.entry.execute import handle_notifications
from chalicelib.errors import Unavailable
from chalicelib.messaging import codec
from chalicelib.messaging.bodies import Notification
from chalicelib.ports import Runs
from chalicelib.ports_metrics import UNHEARD
from chalicelib.ports_notices import Notice, Publisher
from chalicelib.service.notices import SERVICE, standing_for
from chalicelib.service.notifier import TRIES, Notifier
from chalicelib.service.notify_targets import NotifyTargets
from chalicelib.service.target_queues import project_part
from tests.api.fakes import FakeRuns, PlainValues, run

PAYLOAD: JsonDict = {"id": "an-id", "event": "TASK_FAILED"}
BODY = Notification(execution=run().start.id, key="k", payload=PAYLOAD)
NOTICE = Notice(run().start.id, "k", PAYLOAD)
ARN = f"arn:aws:sqs:us-east-1:1:team-{project_part(run().start.project_id)}-jobs"


class Listeners:
    """Publishers of three kinds: one hears, one is away, one is away for a while."""

    def __init__(self, *notify: JsonDict, own: Sequence[JsonDict] = (), allowed: Sequence[str] = ()) -> None:
        self.heard: list[tuple[JsonDict, JsonDict]] = []
        runs = FakeRuns()
        runs.add(run(params={"notify": list(notify)}))
        kinds: dict[str, Publisher] = {"ear": self._hear, "away": self._away, "noop": noop, "never": self._refuse}
        self.notifier = Notifier(cast(Runs, runs), PlainValues(), kinds, NotifyTargets(allowed), own)

    def _hear(self, listener: JsonDict, notice: Notice) -> None:
        self.heard.append((listener, notice.payload))

    def _away(self, listener: JsonDict, notice: Notice) -> None:
        raise errors.MeltemiError("nobody is there")

    def _refuse(self, listener: JsonDict, notice: Notice) -> None:
        raise errors.InvalidRequest("no such queue")


EAR: JsonDict = {"type": "ear"}
AWAY: JsonDict = {"type": "away"}


def test_those_who_want_to_know_are_told() -> None:
    one: JsonDict = {**EAR, "event_types": ["TASK_FAILED"]}
    other: JsonDict = {**EAR, "event_types": ["OTHER"]}
    listeners = Listeners(EAR, one, other, {"type": "?"})
    listeners.notifier.publish(BODY, 1)
    assert [payload for _, payload in listeners.heard] == [PAYLOAD, PAYLOAD]


def test_who_does_not_answer_is_tried_again_for_a_while() -> None:
    listeners = Listeners(AWAY, EAR)
    for count in range(1, TRIES):
        with pytest.raises(Unavailable):
            listeners.notifier.publish(BODY, count)
    listeners.notifier.publish(BODY, TRIES)
    assert len(listeners.heard) == TRIES


def test_what_will_never_work_is_not_tried_again() -> None:
    listeners = Listeners({"type": "never"}, EAR)
    listeners.notifier.publish(BODY, 1)
    assert len(listeners.heard) == 1


@pytest.mark.parametrize(
    ("allowed", "heard"),
    [
        ([], 0),
        (["arn:aws:sqs:us-east-1:1:team-other-*"], 0),
        (["arn:aws:sqs:*:1:team"], 0),
        (["arn:*"], 0),
        (["x", "arn:aws:sqs:us-east-1:1:team-{project}-*"], 1),
        (["arn:aws:*:*:*:*"], 1),
        ([ARN], 1),
    ],
)
def test_a_target_has_to_be_allowed_to_the_project(allowed: list[str], heard: int) -> None:
    listeners = Listeners({**EAR, "target": ARN}, allowed=allowed)
    listeners.notifier.publish(BODY, 1)
    assert len(listeners.heard) == heard


@pytest.mark.parametrize("other", ["a-b", "a_b", "a.b", "ab", "A", "a-", "*"])
def test_no_project_reaches_what_belongs_to_another(other: str) -> None:
    targets = NotifyTargets(["arn:aws:sqs:us-east-1:1:team-{project}-*"])
    of_other = f"arn:aws:sqs:us-east-1:1:team-{project_part(other)}-jobs"
    assert targets.allow(other, of_other)
    assert not targets.allow("a", of_other)
    assert not targets.allow(other, "arn:aws:sqs:us-east-1:1:team-a-b-jobs")


def test_a_target_that_is_too_long_is_no_arn() -> None:
    assert not NotifyTargets(["*-*-*-*x"]).allow("p", "-" * 1_000_000)


def test_the_id_of_a_project_is_no_pattern() -> None:
    assert not NotifyTargets(["arn:{project}"]).allow("*", "arn:x")
    assert not NotifyTargets(["arn:{project}"]).allow(".", "arn:x")


def test_those_of_the_service_hear_of_every_execution_and_may_name_any_target() -> None:
    own: list[JsonDict] = [{**EAR, "target": ARN}, {**EAR, "event_types": ["OTHER"]}]
    listeners = Listeners({"type": SERVICE}, own=own)
    listeners.notifier.publish(BODY, 1)
    assert [listener for listener, _ in listeners.heard] == own[:1]


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ([], None),
        ([["B", "A"], ["A"]], {"type": SERVICE, "event_types": ["A", "B"]}),
        ([["A"], None], {"type": SERVICE}),
        ([["A"], []], {"type": SERVICE}),
    ],
)
def test_one_entry_stands_for_them_and_shows_no_secret(types: list[Json], expected: JsonDict | None) -> None:
    own: list[JsonDict] = [{**LISTENER, "event_types": one} for one in types]
    assert standing_for(own) == expected


def test_of_an_execution_that_is_gone_nobody_hears() -> None:
    listeners = Listeners(EAR)
    listeners.notifier.publish(structs.replace(BODY, execution="22222222-0000-4000-8000-000000000009"), 1)
    assert listeners.heard == []


def test_after_a_failure_the_rest_of_its_execution_waits_so_that_the_order_stays() -> None:
    listeners = Listeners(AWAY)
    records = [
        {
            "messageId": name,
            "body": codec.encode(BODY),
            "attributes": {"MessageGroupId": group, "ApproximateReceiveCount": count},
        }
        for name, group, count in (("a", "g", "1"), ("b", "g", "3"), ("c", "h", "3"))
    ]
    failed = handle_notifications({"Records": records}, listeners.notifier, UNHEARD)["batchItemFailures"]
    assert [one["itemIdentifier"] for one in failed] == ["a", "b"]


class Web:
    """Answers every request alike, and remembers them."""

    def __init__(self, status: int = 200, error: Exception | None = None) -> None:
        self.status, self.error = status, error
        self.asked: list[HttpRequest] = []

    def __call__(self, request: HttpRequest, egress: EgressPolicy, seconds: float | None) -> HttpAnswer:
        assert seconds == SECONDS
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        return HttpAnswer(self.status, "reason", request.url)


LISTENER: JsonDict = {"type": "webhook", "url": "http://listener.test/", "headers": {"X-Token": "s3cret"}}


@pytest.mark.parametrize("status", [200, 201])
def test_a_webhook_gets_the_payload(status: int) -> None:
    web = Web(status)
    Webhook(web, EgressPolicy())(LISTENER, NOTICE)
    (request,) = web.asked
    assert (request.method, request.url, request.headers) == ("POST", LISTENER["url"], LISTENER["headers"])
    assert (request.body, request.allow_redirects) == ('{"id": "an-id", "event": "TASK_FAILED"}', False)


@pytest.mark.parametrize(
    ("web", "text"),
    [
        (Web(204), "answered 204"),
        (Web(302), "answered 302"),
        (Web(500), "answered 500"),
        (Web(error=errors.Forbidden("blocked address")), "blocked address"),
        (Web(error=ValueError("the header X-Token: s3cret is wrong")), "cannot be called: ValueError"),
    ],
)
def test_a_webhook_that_fails_says_why_and_no_secret(web: Web, text: str) -> None:
    with pytest.raises(errors.MeltemiError, match=text) as caught:
        Webhook(web, EgressPolicy())(LISTENER, NOTICE)
    assert "s3cret" not in str(caught.value)
