"""Removing trees of executions: few at once, many by messages, whoever dies in between."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest
from msgspec import structs

from chalicelib.core import ids
from chalicelib.core.states import SUCCESS
from chalicelib.errors import Unavailable
from chalicelib.messaging.bodies import RemoveExecution
from chalicelib.ports import Runs
from chalicelib.service.advance import UnknownExecution
from chalicelib.service.removal import FEW, Removal
from tests.bodies import body_of, sent
from tests.unit.service.trees import ROOT, Tree

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
    return tree, Removal(cast(Runs, tree.runs), tree.queues, tree.clock)


def finish(tree: Tree, removal: Removal) -> None:
    while tree.queues.events:
        removal.go_on(sent(RemoveExecution, tree.queues.events.pop(0)))


def test_a_small_tree_is_gone_at_once() -> None:
    tree, removal = grown((FEW - 1) // 2)
    removal.remove(PART)
    assert not tree.runs.starts
    assert not tree.queues.events


def test_of_a_large_tree_the_root_goes_at_once_and_messages_remove_the_rest() -> None:
    tree, removal = grown(FEW)
    removal.remove(PART)
    assert tree.runs.run(PART) is None
    assert len(tree.queues.events) == FEW
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


def test_a_late_message_leaves_an_execution_alone_that_began_after_it() -> None:
    tree, removal = grown(FEW)
    removal.remove(PART)
    late = body_of(RemoveExecution, tree.queues.events[0])
    removal.go_on(structs.replace(late, requested_at=datetime(2000, 1, 1, tzinfo=UTC)))
    assert len(tree.runs.starts) == 2 * FEW
