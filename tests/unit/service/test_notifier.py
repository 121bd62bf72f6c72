"""Notifications on their way to those who listen."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import cast

import pytest
from msgspec import structs

from chalicelib import errors
from chalicelib.actions.http.action import SECONDS, Webhook, noop
from chalicelib.actions.runtime.action_type import HttpAnswer, HttpRequest
from chalicelib.actions.runtime.egress import EgressPolicy
from chalicelib.core import jsontext
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.entry.functions.notify import handle_notifications
from chalicelib.messaging import codec
from chalicelib.messaging.bodies import Notification
from chalicelib.ports.messaging import Notice, Publisher
from chalicelib.ports.runs import Runs
from chalicelib.service.notifications import PAUSES, REMEMBERED, TRY_SECONDS, Notifier, NotifyTargets
from chalicelib.service.outgoing.notifications import SERVICE, standing_for
from chalicelib.service.outgoing.worker_orders import project_part
from tests.api.fakes import FakeRuns, PlainValues, run

PAYLOAD: JsonDict = {"id": "an-id", "event": "TASK_FAILED"}
BODY = Notification(execution=run().start.id, key="k", payload=PAYLOAD)
NOTICE = Notice(run().start.id, "k", PAYLOAD)
ARN = f"arn:aws:sqs:us-east-1:1:team-{project_part(run().start.project_id)}-jobs"


class Listeners:
    """Publishers of several kinds: one hears, one is away, one is away for a while, one always refuses."""

    def __init__(self, *notify: JsonDict, own: Sequence[JsonDict] = (), allowed: Sequence[str] = ()) -> None:
        self.heard: list[tuple[JsonDict, JsonDict]] = []
        self.tried: list[tuple[str, str]] = []
        """The type of a listener and the key of the notification, of every try that failed."""
        self.paused: list[float] = []
        self.awaited: str | None = None
        """The notification that `ear` has to hear before `away` may fail."""
        self.has_heard = Event()
        self.seconds = 1000.0
        """What is left; a pause takes its time, and a try that fails takes ten seconds."""
        runs = FakeRuns()
        runs.add(run(params={"notify": list(notify)}))
        kinds: dict[str, Publisher] = {
            "ear": self._hear,
            "away": self._away,
            "late": self._late,
            "noop": noop,
            "never": self._refuse,
        }
        targets = NotifyTargets(allowed)
        self.notifier = Notifier(cast(Runs, runs), PlainValues(), kinds, targets, own, self._pause)

    def publish(self, *notices: Notice) -> int:
        """How many of them are over."""
        return self.notifier.publish(notices or [NOTICE], lambda: self.seconds)

    def deliver(self, *records: JsonDict) -> list[str]:
        """The ids of those that have to come again."""
        answer = handle_notifications({"Records": records}, self.notifier, lambda: self.seconds)
        return [str(one["itemIdentifier"]) for one in answer["batchItemFailures"]]

    def _pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.seconds -= seconds

    def _hear(self, listener: JsonDict, notice: Notice) -> None:
        self.heard.append((listener, notice.payload))
        if notice.key == self.awaited:
            self.has_heard.set()

    def _away(self, listener: JsonDict, notice: Notice) -> None:
        assert self.awaited is None or self.has_heard.wait(30)
        self.tried.append(("away", notice.key))
        self.seconds -= 10.0
        raise errors.MeltemiError("nobody is there")

    def _late(self, listener: JsonDict, notice: Notice) -> None:
        if ("late", notice.key) in self.tried:
            return self._hear(listener, notice)
        self.tried.append(("late", notice.key))
        raise errors.Unavailable("not yet")

    def _refuse(self, listener: JsonDict, notice: Notice) -> None:
        raise errors.InvalidRequest("no such queue")


def notices(*keys: str) -> list[Notice]:
    """One for each key, whose event is the key."""
    return [Notice(run().start.id, key, {"id": "an-id", "event": key}) for key in keys]


def record(name: str, group: str = "g", count: int = 1, body: JsonDict | None = None) -> JsonDict:
    """A message as Lambda delivers it."""
    attributes: JsonDict = {"MessageGroupId": group, "ApproximateReceiveCount": str(count)}
    plain = {**codec.to_plain(structs.replace(BODY, key=name)), **(body or {})}
    return {"messageId": name, "body": jsontext.dumps(plain), "attributes": attributes}


EAR: JsonDict = {"type": "ear"}
AWAY: JsonDict = {"type": "away"}


def test_those_who_want_to_know_are_told() -> None:
    one: JsonDict = {**EAR, "event_types": ["TASK_FAILED"]}
    other: JsonDict = {**EAR, "event_types": ["OTHER"]}
    listeners = Listeners(EAR, one, other, {"type": "?"})
    listeners.publish()
    assert [payload for _, payload in listeners.heard] == [PAYLOAD, PAYLOAD]


def test_who_does_not_answer_is_tried_three_times_a_notification_with_pauses() -> None:
    listeners = Listeners(AWAY)
    assert listeners.publish(*notices("a", "b")) == 2
    assert listeners.tried == [("away", "a")] * 3 + [("away", "b")] * 3
    assert listeners.paused == [*PAUSES, *PAUSES]


def test_who_answers_late_hears_each_once() -> None:
    listeners = Listeners({"type": "late"})
    assert listeners.publish(*notices("a", "b")) == 2
    assert listeners.paused == [PAUSES[0]] * 2
    assert [payload["event"] for _, payload in listeners.heard] == ["a", "b"]


def test_what_there_is_no_time_for_is_left_to_the_next_delivery() -> None:
    listeners = Listeners(AWAY)
    listeners.seconds = 60.0
    assert listeners.publish(*notices("a", "b", "c")) == 1
    listeners.seconds = TRY_SECONDS - 1
    assert listeners.publish(*notices("b", "c")) == 0


def test_nobody_waits_for_one_that_is_away_or_hears_twice_because_of_it() -> None:
    """The one that is away ends its first try when the other has heard everything."""
    listeners = Listeners(AWAY, EAR)
    for last, *others in (("c", "a", "b"), ("d", "b", "c")):
        listeners.seconds, listeners.awaited = 60.0, last
        listeners.has_heard.clear()
        assert listeners.publish(*notices(*others, last)) == 1
    assert [payload["event"] for _, payload in listeners.heard] == ["a", "b", "c", "d"]


def test_what_was_heard_is_remembered_for_a_while() -> None:
    listeners = Listeners(EAR)
    many = notices(*map(str, range(REMEMBERED + 1)))
    listeners.publish(*many)
    listeners.publish(many[-1], many[0])
    assert len(listeners.heard) == len(many) + 1
    assert listeners.heard[-1][1] == many[0].payload


def test_what_will_never_work_is_not_tried_again() -> None:
    listeners = Listeners({"type": "never"}, EAR)
    listeners.publish()
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
    listeners.publish()
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
    listeners.publish()
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
    assert listeners.publish(Notice("22222222-0000-4000-8000-000000000009", "k", PAYLOAD)) == 1
    assert listeners.heard == []


@pytest.mark.parametrize("name", ["execution", "key", "payload"])
def test_behind_what_cannot_be_read_nobody_is_told(name: str) -> None:
    listeners = Listeners(EAR)
    assert listeners.deliver(record("a", body={name: 5}), record("b"), record("c", "h")) == ["a", "b"]
    assert len(listeners.heard) == 1


def test_every_message_of_an_execution_gets_its_tries_however_often_it_came() -> None:
    listeners = Listeners(AWAY)
    assert listeners.deliver(record("a"), record("b", count=3), record("c", "h", count=9)) == []
    assert sorted(listeners.tried) == [("away", key) for key in ("a", "b", "c") for _ in range(3)]


def test_what_there_was_no_time_for_comes_again_in_order() -> None:
    listeners = Listeners(AWAY)
    listeners.seconds = 60.0
    assert listeners.deliver(record("a"), record("b"), record("c")) == ["b", "c"]


def test_behind_a_message_of_a_newer_version_nobody_is_told() -> None:
    listeners = Listeners(EAR)
    assert listeners.deliver(record("a"), record("b", body={"format": codec.FORMAT + 1}), record("c")) == ["b", "c"]
    assert len(listeners.heard) == 1


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
