"""Trees of executions: what travels up and down, however deep and wide, and in whatever order messages arrive."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from chalicelib.core.engine.state.events import (
    Described,
    Event,
    PauseAsked,
    ResumeAsked,
    ServicePaused,
    ServiceResumed,
    StopAsked,
)
from chalicelib.core.jsontext import Json, dumps
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, SUCCESS, TERMINAL
from chalicelib.errors import IllegalTransition
from chalicelib.service.outgoing.large_values import KeptValues
from tests.unit.service.trees import ROOT, Tree

LEVELS = 20

DEEP = "version: '2.0'\n" + "".join(
    f"level{n}:\n  output: {{deep: '<% $.deep %>'}}\n"
    f"  tasks: {{call: {{workflow: level{n + 1}, publish: {{deep: '<% task().result.deep + 1 %>'}}}}}}\n"
    for n in range(1, LEVELS)
)
DEEP += f"""level{LEVELS}:
  output: {{deep: '<% $.deep %>'}}
  tasks: {{work: {{action: std.async_noop, publish: {{deep: '<% task().result %>'}}}}}}
"""

WIDE = """
version: '2.0'
wide:
  input: [count]
  output: {sum: <% task(each).result.n.sum() %>}
  tasks:
    each: {with-items: 'n in <% range($.count) %>', workflow: small n=<% $.n %>}
small:
  input: [n]
  output: {n: <% $.n %>, index: <% execution().params.index %>}
  tasks: {work: {action: std.noop}}
"""

BUSHY = """
version: '2.0'
root:
  tasks:
    a: {workflow: middle}
    each: {with-items: 'i in <% [1, 2] %>', workflow: middle}
middle:
  tasks:
    work: {action: std.async_noop, on-success: more}
    more: {action: std.async_noop}
    below: {workflow: leaf}
leaf:
  tasks: {work: {action: std.async_noop}}
"""


@pytest.fixture
def deep() -> Tree:
    tree = Tree(DEEP).deliver()
    assert tree.states() == ["RUNNING"] * LEVELS
    return tree


def deepest(tree: Tree) -> str:
    return [run.start.id for run in tree.family()][-1]


def output(tree: Tree) -> Json:
    return KeptValues(tree.blobs).load(tree.run().head.output)


def test_a_result_travels_up_twenty_levels(deep: Tree) -> None:
    deep.end(deepest(deep), "work", SUCCESS, 0).deliver()
    assert (deep.states(), output(deep)) == (["SUCCESS"] * LEVELS, {"deep": LEVELS - 1})


def test_an_error_travels_up_twenty_levels_with_its_reason(deep: Tree) -> None:
    deep.end(deepest(deep), "work", ERROR, "the reason").deliver()
    assert deep.states() == ["ERROR"] * LEVELS
    assert "the reason" in (deep.run().head.state_info or "")


def test_a_cancellation_travels_down_twenty_levels_with_its_message(deep: Tree) -> None:
    deep.ask(StopAsked(CANCELLED, "enough")).deliver()
    assert {(run.head.state, run.head.state_info) for run in deep.family()} == {(CANCELLED, "enough")}
    assert all(task.state is CANCELLED for task in deep.runs.rows.values() if task.name == "call")


def test_a_pause_far_below_travels_up_and_is_ended_from_above(deep: Tree) -> None:
    deep.ask(PauseAsked(), deepest(deep)).deliver()
    assert deep.states() == ["PAUSED"] * LEVELS
    deep.ask(ResumeAsked()).deliver()
    assert deep.states() == ["RUNNING"] * LEVELS
    assert all(task.state == "RUNNING" for task in deep.runs.rows.values())


def test_a_pause_from_above_is_ended_from_far_below(deep: Tree) -> None:
    deep.ask(PauseAsked()).deliver()
    assert deep.states() == ["PAUSED"] * LEVELS
    deep.ask(ResumeAsked(), deepest(deep)).deliver()
    assert deep.states() == ["RUNNING"] * LEVELS


def test_being_stopped_in_error_does_not_travel_down(deep: Tree) -> None:
    second = [run.start.id for run in deep.family()][1]
    deep.ask(StopAsked(ERROR, "no"), second).deliver()
    assert deep.states() == ["ERROR", "ERROR"] + ["RUNNING"] * (LEVELS - 2)


def test_a_new_environment_of_the_root_is_seen_far_below() -> None:
    text = DEEP.replace("'<% task().result %>'", "'<% env().x %>'")
    tree = Tree(text, params={"env": {"x": 1}}).deliver()
    tree.ask(PauseAsked()).ask(Described(env={"x": 100})).deliver().ask(ResumeAsked()).deliver()
    tree.end(deepest(tree), "work", SUCCESS, 0).deliver()
    assert output(tree) == {"deep": 100 + LEVELS - 1}


def test_items_over_a_thousand_workflows_stay_within_bounds() -> None:
    tree = Tree(WIDE, {"count": 1000}).deliver()
    assert (str(tree.run().head.state), output(tree)) == ("SUCCESS", {"sum": 499_500})
    assert tree.runs.most_promises <= 31
    row = tree.task(ROOT, "each")
    assert row.items is not None
    assert (row.attempts, row.items.ended, row.action) == (1000, 1000, None)
    indices = [KeptValues(tree.blobs).load(run.head.output) for run in tree.family() if run.start.id != ROOT]
    assert all(isinstance(found, dict) and found["index"] == found["n"] for found in indices)


def test_a_thousand_running_workflows_are_paused_resumed_and_cancelled_in_bounded_steps() -> None:
    tree = Tree(WIDE.replace("std.noop", "std.async_noop"), {"count": 1000}).deliver()
    asks: list[tuple[Event, str]] = [
        (PauseAsked(), "PAUSED"),
        (ResumeAsked(), "RUNNING"),
        (StopAsked(CANCELLED, "x"), "CANCELLED"),
    ]
    for event, state in asks:
        tree.ask(event).deliver()
        assert tree.states() == [state] * 1001
    assert tree.runs.most_promises <= 31
    assert max(len(dumps(list(head.outbox))) for head in tree.runs.heads.values()) < 4096


def test_an_unknown_workflow_of_items_is_an_error_of_the_task() -> None:
    tree = Tree(WIDE.replace("workflow: small", "workflow: none"), {"count": 100}).deliver()
    task = tree.task(ROOT, "each")
    assert (task.state, task.state_info) == (ERROR, "Failed to find workflow [name=none] [namespace=]")
    assert tree.states() == ["ERROR"]


# --- in any order -------------------------------------------------------------------------------------------------

ASKS: list[Event] = [PauseAsked(), ResumeAsked(), PauseAsked(), ResumeAsked(), StopAsked(CANCELLED, "enough")]


@pytest.mark.parametrize("seed", range(60))
def test_however_messages_arrive_a_tree_agrees_in_the_end(seed: int) -> None:
    dice = random.Random(seed)
    tree = Tree(BUSHY).deliver()
    family = [run.start.id for run in tree.family()]
    for _ in range(dice.randrange(1, 9)):
        with suppress(IllegalTransition):
            tree.ask(dice.choice(ASKS), dice.choice(family))
        for _ in range(dice.randrange(12)):
            if tree.queues.events:
                tree.deliver_one(dice.randrange(len(tree.queues.events)), again=dice.random() < 0.2)
    tree.deliver(dice.randrange)
    _agrees(tree)
    tree.ask(ResumeAsked()).deliver(dice.randrange)
    _agrees(tree)
    assert tree.run().head.state is not PAUSED


@pytest.mark.parametrize("seed", range(20))
def test_maintenance_asks_each_of_a_tree_by_itself_in_any_order(seed: int) -> None:
    dice = random.Random(seed)
    tree = Tree(BUSHY).deliver()
    for event, state in ((ServicePaused(), PAUSED), (ServiceResumed(), RUNNING)) * 2:
        family = [run.start.id for run in tree.family()]
        for execution_id in dice.sample(family, len(family)):
            tree.ask(event, execution_id)
            for _ in range(dice.randrange(3)):
                if tree.queues.events:
                    tree.deliver_one(dice.randrange(len(tree.queues.events)), again=dice.random() < 0.2)
        tree.deliver(dice.randrange)
        assert tree.states() == [state] * len(family)
    _agrees(tree)


def test_what_maintenance_pauses_below_is_no_wish_that_its_parents_follow(deep: Tree) -> None:
    deep.ask(ServicePaused(), deepest(deep)).deliver()
    assert deep.states() == ["RUNNING"] * (LEVELS - 1) + ["PAUSED"]
    deep.ask(ServiceResumed(), deepest(deep)).deliver()
    assert deep.states() == ["RUNNING"] * LEVELS


def _agrees(tree: Tree) -> None:
    """Nobody below a run that goes on is left behind, but for those whose task is over."""
    for run in tree.family():
        assert run.head.progress.asking is None
        if run.head.state is RUNNING:
            below = tree.family(run.start.id, lambda task: task.state not in TERMINAL)
            assert PAUSED not in [each.head.state for each in below]
