"""A rerun or a skip deep in a tree of executions: what a client sees when it is answered (engine rules §15)."""

from __future__ import annotations

from typing import cast

import pytest

from chalicelib.core import ids
from chalicelib.core.model import Run
from chalicelib.core.states import ERROR, SUCCESS
from chalicelib.errors import IllegalTransition, LostRace, Unavailable
from chalicelib.ports.runs import Runs
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.commands import Executions
from chalicelib.service.outgoing.large_values import KeptValues
from tests.unit.service.trees import ROOT, Tree

TEXT = """
version: '2.0'
top:
  tasks:
    call: {workflow: middle, on-success: after}
    after: {action: std.noop}
middle:
  tasks:
    each: {with-items: 'i in [1]', workflow: bottom}
bottom:
  tasks:
    work: {action: std.async_noop, on-success: more, on-skip: more}
    more: {action: std.async_noop}
"""
ALIVE = ["RUNNING"] * 3


def failed() -> Tree:
    tree = Tree(TEXT).deliver()
    tree.end(bottom(tree).start.id, "work", ERROR, "no").deliver()
    assert tree.states() == ["ERROR"] * 3
    return tree


def bottom(tree: Tree) -> Run:
    return list(tree.family())[-1]


def rerun(tree: Tree, skip: bool = False) -> Tree:
    runs, values, definitions = cast(Runs, tree.runs), KeptValues(tree.blobs), cast(Definitions, tree.shelf)
    service = Executions(tree.creation, runs, values, definitions, tree.advance, tree.removal, tree.clock)
    execution_id = bottom(tree).start.id
    task_id = ids.task_id(ids.partition(execution_id), tree.task(execution_id, "work").key)
    service.rerun_task(Caller("p"), task_id, skip)
    return tree


def waiting_tasks(tree: Tree) -> list[tuple[str, str | None]]:
    """The tasks that lead from the root to the one that failed."""
    _, middle, last = tree.family()
    found = [tree.task(ROOT, "call"), tree.task(middle.start.id, "each"), tree.task(last.start.id, "work")]
    return [(task.state, task.state_info) for task in found]


def versions(tree: Tree) -> list[int]:
    return [run.head.version for run in tree.family()]


@pytest.mark.parametrize("skip", [False, True])
def test_all_are_running_when_the_request_is_answered(skip: bool) -> None:
    tree = rerun(failed(), skip)
    assert tree.states() == ALIVE
    task = ("SKIPPED", "Task was skipped.") if skip else ("RUNNING", None)
    assert waiting_tasks(tree) == [("RUNNING", None), ("RUNNING", None), task]


@pytest.mark.parametrize("skip", [False, True])
def test_the_messages_that_say_so_too_change_nothing(skip: bool) -> None:
    tree = rerun(failed(), skip)
    before = versions(tree)
    assert tree.queues.events
    assert versions(tree.deliver()) == before


@pytest.mark.parametrize("error", [LostRace("moved on"), Unavailable("busy")])
@pytest.mark.parametrize("commits", [1, 2])
def test_what_cannot_be_done_within_the_request_is_done_by_messages(error: Exception, commits: int) -> None:
    """The request gets as far as so many commits."""
    tree, done = failed(), list[int]()

    def meddle() -> None:
        if len(done) >= commits:
            tree.runs.before_commit.append(meddle)
            raise error
        done.append(1)
        tree.runs.before_commit.append(meddle)

    tree.runs.before_commit.append(meddle)
    rerun(tree)
    assert tree.states() == ["ERROR"] * (3 - commits) + ["RUNNING"] * commits
    tree.runs.before_commit.clear()
    assert tree.deliver().states() == ALIVE


def test_the_tree_goes_on_to_its_end() -> None:
    tree = rerun(failed())
    last = bottom(tree).start.id
    tree.end(last, "work", SUCCESS).deliver().end(last, "more", SUCCESS).deliver()
    assert (tree.states(), tree.task(ROOT, "after").state) == (["SUCCESS"] * 3, SUCCESS)


def test_a_second_failure_is_heard_of_as_the_first_was() -> None:
    tree = rerun(failed())
    tree.end(bottom(tree).start.id, "work", ERROR, "no").deliver()
    assert tree.states() == ["ERROR"] * 3


def test_a_task_that_fails_again_within_the_request_fails_them_all_again() -> None:
    tree = Tree(TEXT.replace("work: {action: std.async_noop", "work: {action: std.fail")).deliver()
    before = versions(tree)
    rerun(tree)
    after = versions(tree)
    assert (tree.states(), after) == (["ERROR"] * 3, [version + 1 for version in before])
    assert versions(tree.deliver()) == after


def test_an_ancestor_that_succeeded_refuses() -> None:
    text = TEXT.replace("on-success: after}", "on-error: after}")
    tree = Tree(text).deliver()
    tree.end(bottom(tree).start.id, "work", ERROR, "no").deliver()
    assert tree.states() == ["SUCCESS", "ERROR", "ERROR"]
    with pytest.raises(IllegalTransition):
        rerun(tree)
    assert tree.states() == ["SUCCESS", "ERROR", "ERROR"]
