"""Removing trees of executions: few at once, many by messages, whoever dies in between."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from chalicelib.core import ids
from chalicelib.core.engine.state.events import Proceed, StopAsked
from chalicelib.core.states import CANCELLED, ERROR, RUNNING, SUCCESS
from chalicelib.errors import Unavailable
from chalicelib.messaging.bodies import RemoveExecution
from chalicelib.service.runs.advance import Errand, Orphan, UnknownExecution
from chalicelib.service.runs.removal import FEW, Removal
from tests.bodies import body_of, sent
from tests.unit.service.trees import ROOT, Tree
from tests.unit.service.worlds import NOW

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

WIDE = """
version: '2.0'
parent:
  input: [n]
  tasks:
    each:
      with-items: i in <% range($.n).toList() %>
      workflow: middle
middle:
  tasks:
    below:
      workflow: leaf
leaf:
  tasks:
    waits:
      action: std.async_noop
"""
PART = ids.partition(ROOT)


def grown(items: int) -> tuple[Tree, Removal]:
    tree = Tree(WIDE, {"n": items}).deliver()
    assert len(tree.runs.starts) == 1 + 2 * items
    return tree, tree.removal


def finish(tree: Tree, removal: Removal) -> None:
    while tree.queues.events:
        removal.go_on(sent(RemoveExecution, tree.queues.events.pop(0)))


def test_a_small_tree_is_gone_at_once() -> None:
    tree, removal = grown((FEW - 1) // 2)
    removal.remove(PART)
    assert not tree.runs.starts
    assert len(tree.queues.events) == 1, "it finishes what is cut short"
    finish(tree, removal)


def test_of_a_large_tree_the_root_goes_at_once_and_messages_remove_the_rest() -> None:
    tree, removal = grown(FEW)
    removal.remove(PART)
    assert tree.runs.run(PART) is None
    assert len(tree.queues.events) == 1 + FEW
    assert all(isinstance(message.body, RemoveExecution) for message in tree.queues.events)
    tree.queues.events.append(tree.queues.events[0])  # delivered twice
    finish(tree, removal)
    assert not tree.runs.starts


def test_while_nothing_can_be_sent_the_root_stays_so_that_the_removal_can_be_repeated() -> None:
    tree, removal = grown(FEW)
    tree.queues.away = True
    with pytest.raises(Unavailable):
        removal.remove(PART)
    assert tree.runs.run(PART) is not None
    tree.queues.away = False
    removal.remove(PART)
    finish(tree, removal)
    assert not tree.runs.starts


def test_what_a_child_says_after_its_parent_went_is_for_nobody() -> None:
    tree, removal = grown(1)
    leaf = list(tree.family())[-1].start.id
    tree.end(leaf, "waits", SUCCESS)
    removal.remove(PART)
    with pytest.raises(UnknownExecution):
        tree.deliver()
    assert not tree.runs.starts


@pytest.mark.parametrize(
    "other",
    [
        {"parent_created_at": LONG_AGO},
        {"parent_created_at": None, "created_at": LONG_AGO},
        pytest.param({"parent_created_at": None, "requested_at": LONG_AGO}, id="of an earlier version"),
    ],
)
def test_a_late_message_leaves_an_execution_alone_that_is_another_one_by_now(other: dict[str, Any]) -> None:
    tree, removal = grown(FEW)
    removal.remove(PART)
    late = body_of(RemoveExecution, tree.queues.events[1])
    removal.go_on(structs.replace(late, **other))
    assert len(tree.runs.starts) == 2 * FEW


@pytest.mark.parametrize("steps", range(1, 12))
def test_whenever_a_tree_is_deleted_while_it_grows_nothing_of_it_is_left(steps: int) -> None:
    """A step that has committed goes on creating the sub-executions it promised, after its own execution is gone."""
    tree = Tree(WIDE, {"n": 4})
    for _ in range(steps):
        if tree.queues.events:
            tree.runs.after_commit.append(lambda: tree.removal.remove(PART))
            tree.deliver_one()
    with suppress(UnknownExecution):
        tree.deliver()
    while tree.queues.events:
        with suppress(UnknownExecution):
            tree.deliver()
    assert not tree.runs.starts


def test_a_deleted_execution_takes_no_commit_and_is_not_found() -> None:
    tree, removal = grown(1)
    tree.runs.before_commit.append(lambda: removal.remove(PART))
    with pytest.raises(UnknownExecution):
        tree.ask(StopAsked(CANCELLED))
    assert not tree.runs.starts


ONE = """
version: '2.0'
parent:
  tasks:
    call: {workflow: child}
child:
  tasks:
    waits: {action: std.async_noop}
"""
ITEMS = ONE.replace("{workflow: child}", "{with-items: 'i in <% [1, 2] %>', workflow: child}")


def below(tree: Tree) -> list[str]:
    return [run.start.id for run in tree.family()][1:]


def test_a_parent_does_not_wait_for_a_sub_execution_that_was_deleted() -> None:
    tree = Tree(ONE).deliver()
    [child] = below(tree)
    tree.removal.remove(ids.partition(child))
    tree.deliver()
    task = tree.task(ROOT, "call")
    assert (task.state, tree.run().head.state) == (ERROR, ERROR)
    assert task.state_info == f"Sub-execution {child} of workflow 'child' was deleted."


def test_an_item_whose_sub_execution_was_deleted_has_failed() -> None:
    tree = Tree(ITEMS).deliver()
    first, second = below(tree)
    tree.removal.remove(ids.partition(first))
    tree.deliver()
    note = f"Sub-execution {first} of workflow 'child' was deleted."
    assert (tree.task(ROOT, "call").state, tree.task(ROOT, "call").state_info) == (RUNNING, note)
    tree.end(second, "waits", SUCCESS).deliver()
    task = tree.task(ROOT, "call")
    assert (task.state, task.state_info) == (ERROR, f"One or more actions had failed. {note}")


def test_a_parent_hears_how_a_deleted_sub_execution_had_ended() -> None:
    """Its last news may be lost with it."""
    tree = Tree(ONE).deliver()
    [child] = below(tree)
    tree.end(child, "waits", SUCCESS)
    tree.queues.events.clear()
    tree.removal.remove(ids.partition(child))
    tree.deliver()
    assert (tree.task(ROOT, "call").state, tree.run().head.state) == (SUCCESS, SUCCESS)


def test_a_sub_execution_that_was_deleted_is_not_created_once_more() -> None:
    tree = Tree(ONE).deliver()
    [child] = below(tree)
    tree.removal.remove(ids.partition(child))
    head = replace(tree.run().head, outbox=({"start": [0, 0, 1]},))
    tree.advance.send(tree.run().start, head)
    assert list(tree.runs.starts) == [PART]


def test_an_execution_of_the_same_id_begins_with_sub_executions_of_its_own() -> None:
    tree = Tree(ONE).deliver()
    [child] = below(tree)
    left = tree.runs.starts[ids.partition(child)]
    tree.removal.remove(PART)
    tree.queues.events.clear()
    tree.runs.create(left, NOW)  # by a step from before the deletion
    tree.clock.pass_by(timedelta(seconds=1))
    tree.start().deliver()
    assert tree.runs.starts[ids.partition(child)] != left
    assert tree.states() == ["RUNNING", "RUNNING"]


def test_the_sweeper_finds_a_sub_execution_whose_parent_is_gone() -> None:
    tree = Tree(ONE).deliver()
    tree.runs.delete(PART)
    [child] = tree.runs.starts.values()
    with pytest.raises(Orphan):
        tree.advance.apply(child.id, [Proceed()], Errand(looking=True))
