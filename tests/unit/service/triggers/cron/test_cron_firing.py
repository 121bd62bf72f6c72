"""Cron triggers fire: exactly one execution for each fire time, whatever becomes of ticks and messages."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.security import SecurityContext
from chalicelib.core.states import CANCELLED, RUNNING, SUCCESS
from chalicelib.errors import InputError, LostRace, Unavailable
from chalicelib.service.access.caller import Caller
from chalicelib.service.triggers.content import made_by
from chalicelib.service.triggers.cron import expression as cron_expression
from chalicelib.service.triggers.cron.schedule import CronFacts, execution_id, facts_of
from tests.unit.service.cron_world import MINUTE, START, CronWorld


def minutes(count: int) -> list[datetime]:
    """The first full minutes."""
    return [datetime(2026, 1, 2, 3, 5, tzinfo=UTC) + number * MINUTE for number in range(count)]


def test_a_month_of_minutes() -> None:
    """Each minute starts one execution, on the second, and costs one message and one write."""
    world = CronWorld()
    world.add()
    count = 31 * 24 * 60
    world.live(count)
    assert world.starts.at == minutes(count)
    assert world.sent == count
    assert world.store.records["t"].version == count + 1


def test_what_is_started() -> None:
    world = CronWorld()
    record, maker = world.add(), SecurityContext("u", "ada")
    world.store.records["t"] = replace(record, facts={**record.facts, **made_by(Caller("p", security=maker))})
    world.live(1)
    request = world.starts.requests[0]
    assert world.starts.callers[0] == Caller("p", security=maker)
    assert (request.workflow, request.input, request.params) == ("workflow-id", {"ref": "t/1"}, {"env": {"x": 1}})
    assert request.id == execution_id("t", minutes(1)[0])
    assert json.loads(request.description or "") == {
        "description": "Workflow execution created by cron trigger '(t)'.",
        "triggered_by": {"type": "cron_trigger", "id": "t"},
    }
    assert world.facts().last == minutes(1)[0]


@pytest.mark.parametrize("phase", [0, 1, 9, 30, 59])
def test_every_minute_is_on_the_second_whenever_ticks_come(phase: int) -> None:
    world = CronWorld(datetime(2026, 1, 2, 3, 4, phase, tzinfo=UTC))
    world.add()
    world.live(10)
    assert all(at.second == 0 for at in world.starts.at)
    assert len(world.starts.at) >= 9
    assert world.sent <= 12


def test_a_number_of_times() -> None:
    world = CronWorld()
    world.add(remaining=2)
    world.live(1)
    assert world.facts().remaining == 1
    world.live(3)
    assert world.starts.at == minutes(2)
    assert world.store.records == {}


def test_seconds_do_not_wait_for_ticks() -> None:
    world = CronWorld()
    world.add("* * * * * */10")
    world.live(3)
    assert world.starts.at == [START + timedelta(seconds=5 + 10 * number) for number in range(18)]


def test_ten_thousand_at_once_are_spread_over_handlers() -> None:
    """One tick hands them all over, each as a message of its own; the second after, none is left."""
    world = CronWorld()
    for number in range(10_000):
        world.add(name=f"t{number}", next=minutes(1)[0])
    assert world.firing.tick() == world.sent == 10_000
    assert {at for at, _, _ in world.waiting} == {*minutes(1)}
    world.arrive(START + MINUTE)
    assert world.starts.at == minutes(1) * 10_000


DELIVERIES = st.lists(
    st.tuples(
        st.sampled_from(["tick", "deliver", "again", "wait"]),
        st.integers(0, 50),
    ),
    max_size=40,
)


@given(DELIVERIES)
def test_one_execution_for_each_fire_time(happens: list[tuple[str, int]]) -> None:
    """Ticks that are missing, late or overlap; messages that come late, in any order, and again and again."""
    world = CronWorld()
    world.add()
    for what, number in happens:
        if what == "tick":
            world.firing.tick()
        elif what == "wait" and world.clock.moment - START < timedelta(minutes=4):
            world.clock.pass_by(timedelta(seconds=number))
        elif world.waiting:
            world.firing.fire(world.take(number % len(world.waiting), again=what == "again"))
    world.live(3)
    passed = [at for at in minutes(20) if at < world.clock.moment]
    coming = minutes(len(passed) + 1)
    assert world.fired(times=passed) == passed
    assert len(world.starts.runs) == len(world.fired(times=coming))


@pytest.mark.parametrize(
    ("outage", "catch_up", "late"),
    [
        (4, None, 4),  # as if ticks were missing: everything is made up for
        (60, None, 1),  # as Mistral: one of them, then on from now
        (60, 600, 10),  # those of the last ten minutes
        (60, 7200, 60),  # all of them
        (60, 60, 1),
    ],
)
def test_after_an_outage(outage: int, catch_up: int | None, late: int) -> None:
    world = CronWorld(datetime(2026, 1, 2, 3, 4, 0, tzinfo=UTC))
    world.add(catch_up=catch_up)
    world.live(outage, tick=lambda _: False)
    world.live(2)
    back = world.clock.moment - 2 * MINUTE
    assert len([at for at in world.starts.at if at == back]) == late
    assert world.starts.at[late] == back + MINUTE


def test_a_deleted_trigger_does_not_fire() -> None:
    world = CronWorld()
    world.add()
    world.firing.tick()
    del world.store.records["t"]
    world.arrive(START + MINUTE)
    assert world.starts.runs == {}


def test_a_trigger_that_is_deleted_while_it_fires_stays_deleted() -> None:
    world = CronWorld()
    world.add()
    world.store.before_write.append(world.store.records.clear)
    world.live(3)
    assert world.store.records == {}
    assert world.starts.at == minutes(1)


def test_a_handler_that_was_overtaken_starts_nothing_else() -> None:
    world = CronWorld()
    world.add()
    world.firing.tick()
    body = world.take(0)
    world.store.before_write.append(lambda: world.firing.fire(body))
    world.firing.fire(body)
    assert world.starts.at == minutes(1)
    assert world.facts().next == minutes(2)[1]


def test_races_that_are_always_lost_come_again() -> None:
    world = CronWorld()
    world.add()
    world.firing.tick()

    def interfere() -> None:
        raise LostRace()

    world.store.before_write += [interfere] * 3
    with pytest.raises(LostRace):
        world.firing.fire(world.take(0))
    world.live(1)
    assert len(world.starts.runs) == 1


def test_what_cannot_be_started_is_said_and_passes() -> None:
    world = CronWorld()
    world.add(remaining=3)
    world.starts.error = InputError("Invalid input")
    world.live(1)
    assert (world.facts().error, world.facts().remaining, world.facts().last) == ("Invalid input", 2, None)
    world.starts.error = None
    world.live(1)
    assert world.facts().error is None
    assert world.starts.at == minutes(2)[1:]


def test_a_service_that_is_away_loses_nothing() -> None:
    world = CronWorld()
    world.add()
    world.firing.tick()
    world.starts.error = Unavailable("away")
    with pytest.raises(Unavailable):
        world.firing.fire(world.take(0))
    world.starts.error = None
    world.live(2)
    assert world.fired(times=minutes(2)) == minutes(2)


def test_triggers_wait_while_there_is_maintenance() -> None:
    world = CronWorld()
    made = world.add()
    world.firing.tick()
    world.is_open = False
    world.live(3)
    assert world.starts.runs == {}
    assert world.store.records["t"] == made
    world.is_open = True
    world.live(2)
    assert world.fired(times=minutes(5)) == minutes(5)
    assert len(world.starts.runs) == 5


def test_a_message_that_could_not_be_handled_does_not_stop_its_trigger() -> None:
    world = CronWorld()
    world.add()
    world.firing.tick()
    world.firing.bury(world.take(0))
    assert world.facts().error == "The trigger could not be fired."
    world.live(2)
    assert world.fired(times=minutes(2)) == minutes(2)[1:]


def test_a_tick_without_time_leaves_the_rest() -> None:
    world = CronWorld()
    world.add()
    assert world.firing.tick(lambda: False) == 1


@pytest.mark.parametrize(
    ("overlap", "fired", "cancelled"),
    [
        ("allow", [0, 1, 2, 3], []),
        ("skip", [0, 3], []),  # the execution of the first minute ends in the third
        ("buffer_one", [0, 1, 3], []),  # that of the second minute is started then
        ("cancel_previous", [0, 1, 2, 3], [0, 1, 2]),
    ],
)
def test_fire_times_that_overlap(overlap: str, fired: list[int], cancelled: list[int]) -> None:
    world = CronWorld(datetime(2026, 1, 2, 3, 4, 30, tzinfo=UTC))
    world.add(overlap=overlap)
    world.starts.state = RUNNING
    world.live(3)
    world.starts.state = SUCCESS
    if overlap != "cancel_previous":
        world.starts.end(execution_id("t", minutes(1)[0]))
    world.live(1)
    times = minutes(4)
    assert world.fired(times=times) == [times[number] for number in fired]
    assert world.starts.in_state(CANCELLED, "t", times) == [times[number] for number in cancelled]


def test_a_paused_trigger_is_never_due() -> None:
    world = CronWorld()
    world.add(paused=True)
    world.live(3)
    assert (world.sent, world.starts.runs) == (0, {})


def test_jitter_is_the_same_each_time_it_is_computed() -> None:
    world = CronWorld()
    world.add("*/2 * * * *", jitter=40)
    world.live(40)
    delays = [(at - datetime(2026, 1, 2, 3, 6, tzinfo=UTC)) % (2 * MINUTE) for at in world.starts.at]
    assert all(timedelta(0) <= delay <= timedelta(seconds=40) for delay in delays)
    assert len(set(delays)) > 5
    assert len(delays) in (19, 20)


@pytest.mark.parametrize(("pattern", "once"), [(cron_expression.NEVER, True), ("@daily", False)])
def test_records_from_before_the_mark_say_by_their_pattern_that_there_is_none(pattern: str, once: bool) -> None:
    plain = CronFacts(pattern, 1, None, datetime(2026, 11, 23, tzinfo=UTC)).plain()
    del plain["once"]
    assert facts_of(plain).once is once
    assert facts_of({**plain, "once": False}).once is False
