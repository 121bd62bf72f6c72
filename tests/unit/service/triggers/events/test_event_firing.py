"""Event triggers fire: exactly one execution for each event and trigger, whatever is wrong with other triggers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from msgspec import structs

from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Run
from chalicelib.core.security import SecurityContext
from chalicelib.errors import InputError, MeltemiError, NotFound, Unavailable
from chalicelib.messaging.bodies import BusEvent
from chalicelib.messaging.codec import BadMessage
from chalicelib.ports.definitions import DefinitionRecord, DefinitionStore
from chalicelib.ports.messaging import Message
from chalicelib.service.access.caller import Caller
from chalicelib.service.executions.commands import StartRequest
from chalicelib.service.triggers.content import made_by
from chalicelib.service.triggers.events.firing import AT_ONCE, EventFiring, Heard
from chalicelib.service.triggers.events.triggers import waited_for
from tests.bodies import sent
from tests.unit.service.cron_world import FakeStarts, FakeStore
from tests.unit.service.worlds import FakeClock

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def event(**changes: object) -> JsonDict:
    detail: JsonDict = {"cpu": 100, "context": {"project_id": "p", "user_id": "u"}}
    made = {"id": "e1", "source": "nova", "detail-type": "alarm", "time": "2026-01-02T03:04:05Z", "detail": detail}
    return cast(JsonDict, {**made, **changes})


def body(**changes: object) -> BusEvent:
    return BusEvent(exchange="bus", event=event(**changes))


class Store(FakeStore):
    """The same, and records by what they wait for."""

    def by_ids(self, kind: str, identifiers: Collection[str]) -> list[DefinitionRecord]:
        return [self.records[one] for one in identifiers if one in self.records]

    def waiting(self, kind: str, namespace: str, project_id: str | None) -> list[DefinitionRecord]:
        found = [one for one in self.records.values() if one.namespace == namespace]
        return [one for one in found if project_id in (None, one.project_id) or one.scope == "public"]


@dataclass
class Starts(FakeStarts):
    """The same; for some projects something is wrong."""

    wrong: dict[str, Exception] = field(default_factory=dict)

    def start(self, caller: Caller, request: StartRequest) -> Run:
        if caller.project_id in self.wrong:
            raise self.wrong[caller.project_id]
        return super().start(caller, request)


class World:
    """Triggers, and a queue whose messages come when they are asked for."""

    def __init__(self, owner: str | None = "") -> None:
        self.store, self.starts, self.is_open = Store(), Starts(FakeClock()), True
        self.sent: list[Message] = []
        store = cast(DefinitionStore, self.store)
        self.firing = EventFiring(store, self.store, self.starts, self, owner, lambda: self.is_open)

    def send_incoming(self, messages: Sequence[Message]) -> None:
        self.sent += messages

    def add(self, name: str, project_id: str = "p", scope: str = "private", **facts: object) -> None:
        waits = {"exchange": "bus", "topic": "nova", "event": "alarm"}
        said = cast(JsonDict, {**waits, "name": f"name of {name}", **facts})
        self.store.records[name] = DefinitionRecord(
            kind="event_trigger",
            id=name,
            project_id=project_id,
            namespace=waited_for(str(said["exchange"]), str(said["topic"]), str(said["event"])),
            name="workflow-id",
            scope=scope,
            version=1,
            ref=f"{name}/1",
            created_at=NOW,
            facts=said,
            uses="workflow-id",
        )

    def started(self) -> list[str]:
        """The triggers that have started executions."""
        found = [json.loads(request.description or "")["triggered_by"]["id"] for request in self.starts.requests]
        return sorted(found)

    def deliver(self) -> None:
        while self.sent:
            self.firing.hear(sent(BusEvent, self.sent.pop()))


def test_what_is_started() -> None:
    world = World()
    maker = Caller("p", frozenset({"admin"}), SecurityContext("u", "ada", roles=("admin",), is_admin=True))
    world.add("t", "p", "private", **made_by(maker))
    world.firing.hear(body())
    (request,) = world.starts.requests
    assert world.starts.callers == [Caller("p", security=maker.security)], "who made it, without the rights of that one"
    assert (request.workflow, request.input) == ("workflow-id", {"ref": "t/1"})
    assert request.params == {
        "env": {"x": 1},
        "event_params": {
            "service": "nova",
            "project_id": "p",
            "user_id": "u",
            "timestamp": "2026-01-02T03:04:05Z",
            "event_type": "alarm",
            "event_id": "e1",
            "payload": event()["detail"],
        },
    }
    assert json.loads(request.description or "") == {
        "description": "Workflow execution created by event trigger '(t)'.",
        "triggered_by": {"type": "event_trigger", "id": "t", "name": "name of t"},
    }
    assert request.id == Heard("bus", event()).execution_id("t")


def test_one_execution_for_each_event_and_trigger() -> None:
    world = World()
    world.add("t")
    world.add("u")
    for heard in (body(), body(), body(id="e2"), body()):
        world.firing.hear(heard)
    assert world.started() == ["t", "t", "u", "u"]


@pytest.mark.parametrize(
    ("facts", "count"),
    [
        ({"exchange": "other"}, 0),
        ({"topic": "glance"}, 0),
        ({"event": "Alarm"}, 0),
        ({"pattern": {"detail": {"cpu": [{"numeric": [">", 90]}]}}}, 1),
        ({"pattern": {"detail": {"cpu": [{"numeric": ["<", 90]}]}}}, 0),
    ],
)
def test_what_is_not_meant_starts_nothing(facts: dict[str, Any], count: int) -> None:
    world = World()
    world.add("t", **facts)
    world.firing.hear(body())
    assert len(world.started()) == count


@pytest.mark.parametrize(
    ("owner", "context", "expected"),
    [
        ("", {"project_id": "p"}, ["mine", "public"]),
        ("q", {"project_id": "p"}, ["mine", "public"]),
        ("", {"project_id": "*"}, ["public"]),
        ("", {"project_id": ""}, ["public"]),
        ("", {"project_id": 5}, ["public"]),
        ("", None, ["public"]),
        ("q", None, ["public", "theirs"]),
        (None, None, ["mine", "public", "theirs"]),
    ],
)
def test_whose_triggers_hear_of_it(owner: str | None, context: object, expected: list[str]) -> None:
    """Also if a message names triggers: it makes nothing visible."""
    named: list[tuple[str, ...]] = [(), ("mine", "theirs", "public", "gone")]
    for triggers in named:
        world = World(owner)
        world.add("mine", "p")
        world.add("theirs", "q")
        world.add("public", "r", scope="public")
        world.firing.hear(structs.replace(body(detail={"context": context}), triggers=triggers))
        assert world.started() == expected


@pytest.mark.parametrize(
    ("error", "note"),
    [(NotFound("no workflow"), "no workflow"), (InputError("wrong input"), "wrong input")],
)
def test_one_that_is_wrong_says_so_and_keeps_no_other(error: MeltemiError, note: str) -> None:
    world = World(None)
    world.add("bad", "q")
    world.add("good", "p")
    world.starts.wrong["q"] = error
    world.firing.hear(body(detail={}))
    assert world.started() == ["good"]
    assert world.store.records["bad"].facts["error"] == note
    version = world.store.records["bad"].version
    world.firing.hear(body(detail={}))
    assert world.store.records["bad"].version == version, "the same is not written again"
    world.starts.wrong.clear()
    world.firing.hear(body(detail={}, id="e2"))
    assert world.store.records["bad"].facts["error"] is None


@pytest.mark.parametrize("error", [Unavailable("busy"), KeyError("a mistake of ours")])
def test_one_that_has_to_be_tried_again_keeps_no_other(error: Exception) -> None:
    world = World(None)
    world.add("bad", "q")
    world.add("good", "p")
    world.starts.wrong["q"] = error
    with pytest.raises(Unavailable, match="1 of 2 event triggers could not be fired: bad"):
        world.firing.hear(body(detail={}))
    assert world.started() == ["good"]
    world.starts.wrong.clear()
    world.firing.hear(body(detail={}))
    assert world.started() == ["bad", "good"]


def test_a_trigger_that_is_changed_meanwhile_has_started_all_the_same() -> None:
    world = World()
    world.add("t")
    world.starts.wrong["p"] = InputError("wrong input")
    changed = replace(world.store.records["t"], version=2)
    world.store.before_write.append(lambda: world.store.records.update(t=changed))
    world.firing.hear(body())
    assert world.store.records["t"] == changed


def test_thousands_are_spread_over_messages() -> None:
    world = World()
    for number in range(2_000):
        world.add(f"t{number}")
    for _ in range(2):  # the event comes twice
        world.firing.hear(body())
        assert len(world.sent) == 2_000 / AT_ONCE
        world.deliver()
    assert set(Counter(world.started()).values()) == {1}
    assert len(world.started()) == 2_000


def test_events_wait_while_the_service_takes_no_writes() -> None:
    world = World()
    world.add("t")
    world.is_open = False
    world.firing.hear(body())
    assert [(message.body, message.delay) for message in world.sent] == [(body(), 300)]
    assert world.started() == []
    world.is_open = True
    world.deliver()
    assert world.started() == ["t"]


@pytest.mark.parametrize(
    "message",
    [BusEvent(exchange="bus", event={}), body(source=None), body(id=5), body(**{"detail-type": []})],
)
def test_what_no_bus_sends(message: BusEvent) -> None:
    with pytest.raises(BadMessage):
        World().firing.hear(message)


def test_keys_are_different_and_not_too_long() -> None:
    found = [waited_for(*one) for one in (("a", "b", "c"), ("a, b", "c", "d"), ("a", "b, c", "d"), ("€" * 80,) * 3)]
    assert len(set(found)) == 4
    assert all(len(key) <= 400 for key in found)


def large_event(values: int) -> BusEvent:
    return body(detail={"addresses": [f"10.0.{number}.1" for number in range(values)], "context": {"project_id": "p"}})


def test_a_pattern_that_asks_for_too_much_of_a_large_event_starts_nothing_and_says_so() -> None:
    world = World()
    world.add("t", pattern={"detail": {"addresses": [{"cidr": f"10.{number}.0.0/16"} for number in range(100)]}})
    world.add("u", pattern={"detail": {"addresses": ["10.0.7.1"]}})
    world.firing.hear(large_event(2_000))
    assert world.started() == ["u"]
    assert "asks for too much" in str(world.store.records["t"].facts["error"])


def test_many_patterns_over_a_large_event_are_looked_at_by_several_messages() -> None:
    world = World()
    for number in range(AT_ONCE * 3):
        world.add(f"t{number}", pattern={"detail": {"addresses": [f"10.0.{number}.1"]}})
    world.firing.hear(large_event(2_000))
    assert (len(world.sent), world.started()) == (3, [])
    world.deliver()
    assert len(world.started()) == AT_ONCE * 3
