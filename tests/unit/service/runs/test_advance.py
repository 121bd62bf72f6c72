"""How a run is carried on: commits, lost races, promises, and what a warm process need not read."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from chalicelib.core import ids
from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.events import ActionEnded, Described, PauseAsked, Proceed, ResumeAsked, StopAsked
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import CANCELLED, SUCCESS
from chalicelib.errors import IllegalTransition, LostRace, Unavailable
from chalicelib.messaging.bodies import Continue, RunAction
from chalicelib.service.outgoing.messages import promised_action
from chalicelib.service.runs.advance import RACES, Errand, UnknownExecution
from tests.bodies import body_of
from tests.unit.service.worlds import ID, PART, FakeQueues, World

ASYNC = "tasks: {a: {action: std.http url='x', on-success: b}, b: {action: std.http url='x'}}"
INLINE = (
    "tasks: {"
    + ", ".join(f"t{n}: {{action: std.noop, on-success: t{n + 1}}}" for n in range(20))
    + (", t20: {action: std.noop}}")
)


def ordered(queues: FakeQueues) -> list[str]:
    return [body_of(RunAction, message).action for message in queues.actions]


def test_a_run_is_started_and_what_follows_is_sent() -> None:
    world = World(ASYNC)
    run = world.advance.apply(ID, [Proceed()])
    assert (run.head, run.head.version, world.state) == (world.head, 1, "RUNNING")
    assert [promised_action(entry) for entry in run.head.outbox] == [world.key("a")]
    (order,) = world.queues.actions
    action_id = ids.action_id(PART, world.key("a"))
    assert (body_of(RunAction, order).action, order.group, order.dedup) == (action_id, PART, action_id)


def test_events_of_one_batch_are_one_commit() -> None:
    world = World("tasks: {a: {action: std.http url='x'}, b: {action: std.http url='x'}}")
    world.advance.apply(ID, [Proceed()])
    world.advance.apply(ID, [ActionEnded(world.key(name), SUCCESS) for name in "ab"])
    assert (world.state, world.head.version) == ("SUCCESS", 2)


def test_an_unknown_execution() -> None:
    world = World(ASYNC)
    with pytest.raises(UnknownExecution, match="WorkflowExecution not found"):
        world.advance.apply("nobody", [Proceed()])


def test_a_stale_event_writes_and_sends_nothing() -> None:
    world = World(ASYNC)
    world.advance.apply(ID, [Proceed()])
    before, sent = world.head, len(world.queues.actions)
    world.advance.apply(ID, [Proceed()])
    assert (world.head, len(world.queues.actions)) == (before, sent)


def test_an_illegal_event_leaves_the_run() -> None:
    world = World(ASYNC)
    world.advance.apply(ID, [StopAsked(CANCELLED)])
    before = world.head
    with pytest.raises(IllegalTransition):
        world.advance.apply(ID, [PauseAsked()])
    assert world.head == before


# --- races -----------------------------------------------------------------------------------------------------------


def test_whoever_loses_a_race_decides_again() -> None:
    world = World("tasks: {a: {action: std.http url='x'}, b: {action: std.http url='x'}}")
    world.advance.apply(ID, [Proceed()])
    rival = world.process()
    world.runs.before_commit.append(lambda: nothing(rival.apply(ID, [ActionEnded(world.key("b"), SUCCESS)])))
    world.advance.apply(ID, [ActionEnded(world.key("a"), SUCCESS)])
    assert (world.state, world.head.version) == ("SUCCESS", 3)


def test_the_same_event_in_two_processes_counts_once() -> None:
    world = World(ASYNC)
    world.advance.apply(ID, [Proceed()])
    event, rival = ActionEnded(world.key("a"), SUCCESS), world.process()
    world.runs.before_commit.append(lambda: nothing(rival.apply(ID, [event])))
    world.advance.apply(ID, [event])
    assert world.head.version == 2
    assert sorted(set(ordered(world.queues))) == [ids.action_id(PART, world.key(name)) for name in "ab"]


def test_too_many_races_are_the_callers_business() -> None:
    world, attempts = World(ASYNC), count()

    def lose() -> None:
        next(attempts)
        world.runs.before_commit.append(lose)
        raise LostRace("again")

    world.runs.before_commit.append(lose)
    with pytest.raises(LostRace):
        world.advance.apply(ID, [Proceed()])
    assert next(attempts) == RACES


def test_a_commit_whose_answer_was_lost_has_its_promises_kept() -> None:
    """The client tried again by itself, and took its own commit for that of a rival."""
    world = World(ASYNC)

    def lose_answer() -> None:
        raise LostRace("so it seems")

    world.runs.after_commit.append(lose_answer)
    world.advance.apply(ID, [Proceed()])
    assert (world.head.version, ordered(world.queues)) == (1, [ids.action_id(PART, world.key("a"))])


# --- promises --------------------------------------------------------------------------------------------------------


def test_promises_that_could_not_be_kept_are_kept_when_the_message_comes_again() -> None:
    world = World(ASYNC)
    world.queues.away = True
    with pytest.raises(Unavailable):
        world.advance.apply(ID, [Proceed()])
    assert world.head.outbox
    world.queues.away = False
    world.process().apply(ID, [Proceed()], Errand(again=True))
    assert (world.head.version, len(world.queues.actions)) == (1, 1)


def test_a_request_leaves_a_mark_until_its_promises_are_kept() -> None:
    """Nobody sends it again: whoever comes next keeps its promises."""
    world = World("tasks: {a: {action: std.noop, on-success: [pause, b]}, b: {action: std.http url='x'}}")
    world.advance.apply(ID, [Proceed()])
    world.queues.away = True
    with pytest.raises(Unavailable):
        world.advance.apply(ID, [ResumeAsked()], Errand(bound=True))
    assert (len(world.head.outbox), world.head.unsure) == (1, True)
    world.queues.away = False
    world.process().apply(ID, [Described("new")])
    assert ordered(world.queues) == [ids.action_id(PART, world.key("b"))]
    assert (world.head.outbox, world.head.unsure) == ((), False)


def test_a_request_sends_older_promises_first() -> None:
    """Its commit replaces an outbox whose message may be waiting to come again."""
    world = World(ASYNC)
    world.queues.away = True
    with pytest.raises(Unavailable):
        world.advance.apply(ID, [Proceed()])
    world.queues.away = False
    world.process().apply(ID, [Described("new")], Errand(bound=True))
    assert len(world.queues.actions) == 1
    assert world.head.description == "new"


def test_an_order_for_an_action_that_has_ended_is_not_sent_again() -> None:
    world = World("tasks: {a: {action: std.http url='x'}, b: {action: std.http url='x'}}")
    world.advance.apply(ID, [Proceed()])
    run = world.advance.apply(ID, [ActionEnded(world.key("a"), SUCCESS)])
    world.queues.actions.clear()
    first: tuple[JsonDict, ...] = ({"run": [0, 0, 1]}, {"run": [1, 0, 1]}, {"run": [7, 0, 1]})
    world.runs.heads[PART] = replace(run.head, outbox=first)
    world.process().apply(ID, [Proceed()], Errand(again=True))
    assert ordered(world.queues) == [ids.action_id(PART, world.key("b"))]


# --- room and time ---------------------------------------------------------------------------------------------------


def test_a_step_that_is_full_is_followed_by_the_next() -> None:
    world = World(INLINE, Limits(rows=4))
    world.advance.apply(ID, [Proceed()])
    assert (world.state, world.queues.events) == ("SUCCESS", [])
    assert world.head.version == 6


@pytest.mark.parametrize("budget", [0, 1, 5])
def test_a_run_out_of_time_asks_for_another_message(budget: int) -> None:
    world, used = World(INLINE, Limits(rows=4)), count()
    world.advance.apply(ID, [Proceed()], may_go_on=lambda: next(used) < budget)
    (message,) = world.queues.events
    assert message.body == Continue(execution=ID)
    assert (message.group, message.dedup) == (PART, f"go-{world.head.version}")
    assert world.state == "RUNNING"
    world.process().apply(ID, [Proceed()])
    assert world.state == "SUCCESS"


def test_a_request_does_one_commit() -> None:
    world = World(INLINE, Limits(rows=4))
    world.advance.apply(ID, [PauseAsked()], Errand(bound=True))
    world.queues.events.clear()
    run = world.advance.apply(ID, [ResumeAsked()], Errand(bound=True))
    assert (run.head.version, len(world.queues.events)) == (2, 1)
    assert (world.head.outbox, world.head.unsure) == ((), False)


def test_more_events_than_fit_a_step() -> None:
    names = [f"t{number}" for number in range(9)]
    world = World(
        "tasks: {" + ", ".join(f"{name}: {{action: std.http url='x'}}" for name in names) + "}", Limits(rows=2)
    )
    world.advance.apply(ID, [Proceed()])
    world.advance.apply(ID, [ActionEnded(world.key(name), SUCCESS) for name in names])
    assert world.state == "SUCCESS"


# --- memory ----------------------------------------------------------------------------------------------------------


def test_a_warm_process_reads_the_head_alone() -> None:
    world = World(ASYNC)
    world.advance.apply(ID, [Proceed()])
    world.runs.reads.clear()
    world.advance.apply(ID, [ActionEnded(world.key("a"), SUCCESS)])
    assert world.runs.reads == ["head"]


def test_what_a_process_remembers_is_forgotten_when_the_run_moved_on() -> None:
    world = World(ASYNC)
    world.advance.apply(ID, [Proceed()])
    world.process().apply(ID, [ActionEnded(world.key("a"), SUCCESS)])
    assert world.advance.apply(ID, [ActionEnded(world.key("b"), SUCCESS)]).head.state == "SUCCESS"


def test_a_failed_step_is_not_remembered() -> None:
    world = World(ASYNC)
    world.advance.apply(ID, [Proceed()])
    with pytest.raises(IllegalTransition):
        world.advance.apply(ID, [StopAsked(CANCELLED), PauseAsked()])
    assert world.advance.apply(ID, [ActionEnded(world.key("a"), SUCCESS)]).head.version == 2


def test_a_large_value_is_stored_before_it_is_referred_to() -> None:
    world = World("tasks: {a: {action: std.test_dict size=3000}}")

    def all_there() -> None:
        assert world.blobs.kept

    world.runs.before_commit.append(all_there)
    world.advance.apply(ID, [Proceed()])
    assert world.state == "SUCCESS"


def nothing(_: object) -> None:
    """A rival's answer is nobody's business."""
