"""Results of actions: every way to end one, late, repeated and impossible reports (engine rules §6, §16)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.events import ActionEnded, ActionPaused, PauseAsked, Proceed, ResumeAsked
from chalicelib.core.jsontext import Json
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, SUCCESS, State
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.errors import IllegalTransition
from tests.unit.core.engine.table import Play

BODY = """
    tasks:
      a: {action: std.async_noop, on-success: b, on-error: c}
      b: {action: std.noop}
      c: {action: std.noop}
"""


@pytest.mark.parametrize(
    ("state", "result", "info", "run", "states"),
    [
        (SUCCESS, {"k": 1}, None, "SUCCESS", {"a": ["SUCCESS"], "b": ["SUCCESS"]}),
        (SUCCESS, None, None, "SUCCESS", {"a": ["SUCCESS"], "b": ["SUCCESS"]}),
        (ERROR, {"k": 1}, "{'k': 1}", "SUCCESS", {"a": ["ERROR"], "c": ["SUCCESS"]}),
        (CANCELLED, None, None, "CANCELLED", {"a": ["CANCELLED"]}),
    ],
)
def test_an_asynchronous_action_ends(
    play: Play, state: State, result: Json, info: str | None, run: str, states: dict[str, list[str]]
) -> None:
    table = play(BODY).go()
    assert table.dispatched == []  # no executor is woken for an action that only waits
    table.end("a", state, result)
    action = table.task("a").action
    assert action is not None
    assert (action.state, action.accepted, table.result("a")) == (state, True, result)
    assert (table.state, table.states, table.task("a").state_info) == (run, states, info)


@pytest.mark.parametrize("state", [SUCCESS, ERROR, CANCELLED])
def test_a_result_counts_once(play: Play, state: State) -> None:
    table = play(BODY).go()
    first = table.ending("a", SUCCESS, {"k": 1})
    table.apply(first)
    assert table.changes(first) is None
    assert table.changes(ActionEnded(first.action, state, {"k": 2})) is None
    assert table.changes(Proceed()) is None


@pytest.mark.parametrize(
    "key",
    [
        ActionKey(TaskKey(0, 0), 7),
        ActionKey(TaskKey(0, 3), 1),
        ActionKey(TaskKey(9, 0), 1),
        ActionKey(TaskKey(1, 0), 1),
    ],
)
@pytest.mark.parametrize("kind", ["ended", "paused"])
def test_what_does_not_exist_changes_nothing(play: Play, key: ActionKey, kind: str) -> None:
    table = play(BODY).go()
    assert table.changes(ActionEnded(key, SUCCESS) if kind == "ended" else ActionPaused(key, PAUSED)) is None


def test_one_step_takes_several_events(play: Play) -> None:
    table = play("tasks: {a: {action: std.async_noop}, b: {action: std.async_noop}}").go()
    changes = table.changes(table.ending("a"), table.ending("b"), table.ending("a"))
    assert changes is not None
    table.commit(changes)
    assert table.apply(Proceed()).state == "SUCCESS"


def test_a_synchronous_action_elsewhere_is_dispatched(play: Play) -> None:
    table = play("tasks: {a: {action: std.echo output=1 delay=2, safe-rerun: true}}").go()
    (order,) = table.dispatched
    assert (order.name, order.input, order.safe_rerun) == ("std.echo", {"output": 1, "delay": 2}, True)
    assert table.end("a", result=1).state == "SUCCESS"


# --- paused actions --------------------------------------------------------------------------------------------------


def test_a_paused_action_pauses_task_and_run(play: Play) -> None:
    table = play(BODY).go()
    table.apply(ActionPaused(table.action("a"), PAUSED))
    assert (table.state, table.states) == ("PAUSED", {"a": ["PAUSED"]})
    assert table.changes(ActionPaused(table.action("a"), PAUSED)) is None
    table.apply(ActionPaused(table.action("a"), RUNNING))
    assert (table.state, table.states) == ("RUNNING", {"a": ["RUNNING"]})
    assert table.changes(ActionPaused(table.action("a"), RUNNING)) is None
    assert table.end("a").state == "SUCCESS"


def test_the_run_goes_on_when_the_last_paused_action_does(play: Play) -> None:
    table = play("tasks: {a: {action: std.async_noop}, b: {action: std.async_noop}}").go()
    table.apply(ActionPaused(table.action("a"), PAUSED), ActionPaused(table.action("b"), PAUSED))
    table.apply(ActionPaused(table.action("a"), RUNNING))
    assert table.state == "PAUSED"
    table.apply(ActionPaused(table.action("b"), RUNNING))
    assert table.state == "RUNNING"


def test_a_paused_action_may_end_and_the_run_stays_paused(play: Play) -> None:
    table = play(BODY).go()
    table.apply(ActionPaused(table.action("a"), PAUSED)).end("a")
    assert (table.state, table.states) == ("PAUSED", {"a": ["SUCCESS"]})
    assert table.apply(ResumeAsked()).state == "SUCCESS"


def test_a_resumed_run_waits_for_its_paused_action(play: Play) -> None:
    table = play(BODY).go()
    table.apply(ActionPaused(table.action("a"), PAUSED), ResumeAsked())
    assert (table.state, table.states) == ("RUNNING", {"a": ["PAUSED"]})
    assert table.end("a").state == "SUCCESS"


def test_an_action_that_goes_on_resumes_a_run_that_was_paused_by_hand(play: Play) -> None:
    table = play(BODY).go()
    table.apply(PauseAsked(), ActionPaused(table.action("a"), PAUSED), ActionPaused(table.action("a"), RUNNING))
    assert table.state == "RUNNING"


def test_a_paused_action_with_too_large_a_result(play: Play) -> None:
    table = play(BODY, field_size=4096).go()
    table.apply(ActionPaused(table.action("a"), PAUSED), ResumeAsked()).end("a", result="x" * 5200)
    assert (table.state, table.run.head.progress.paused) == ("ERROR", 0)


@pytest.mark.parametrize("state", [PAUSED, RUNNING])
@pytest.mark.parametrize("end", [SUCCESS, ERROR, CANCELLED])
def test_an_action_that_ended_cannot_be_paused(play: Play, state: State, end: State) -> None:
    table = play(BODY).go().end("a", end)
    with pytest.raises(IllegalTransition) as refusal:
        table.changes(ActionPaused(table.action("a"), state))
    assert refusal.value.message == f"Invalid state transition from {end} to {state}."


def test_a_synchronous_action_cannot_be_paused(play: Play) -> None:
    table = play("tasks: {a: {action: std.echo output=1 delay=5}}").go()
    with pytest.raises(IllegalTransition) as refusal:
        table.changes(ActionPaused(table.action("a"), PAUSED))
    text = "Transition to the PAUSED state is only supported for asynchronous action execution."
    assert refusal.value.message == text


def test_results_are_seen_by_later_expressions(play: Play) -> None:
    """A late result too: the task is over, but its action is not."""
    table = play(
        """
        tasks:
          a: {action: std.async_noop, on-success: j}
          b: {action: std.async_noop, on-success: j}
          j: {join: one, action: std.async_noop}
          z: {action: std.async_noop, publish: {seen: <% task(j).result %>}}
        """
    ).go()
    table.end("a").end("b")
    table.apply(ActionEnded(table.action("j", number=1), SUCCESS, 1))
    table.apply(ActionEnded(table.action("j", number=2), ERROR, 2)).end("z")
    assert table.published("z") == {"seen": [1, 2]}
    assert table.states["j"] == ["SUCCESS"]
