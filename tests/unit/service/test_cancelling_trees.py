"""What is cancelled below an execution that is over, and below a task that ends without its sub-executions."""

from __future__ import annotations

from itertools import islice

import pytest

from chalicelib.core.engine.state.events import PauseAsked, StopAsked, TimedOut
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, SUCCESS, TERMINAL, State
from chalicelib.core.values import TaskKey
from tests.unit.service.trees import ROOT, Tree

THREE = """
version: '2.0'
top:
  tasks:
    call: {workflow: middle}
middle:
  tasks:
    each: {with-items: 'i in <% range(40) %>', workflow: leaf}
leaf:
  tasks:
    waits: {action: std.async_noop}
"""
TIMEOUT = """
version: '2.0'
top:
  tasks:
    call: {POLICY, on-error: after}
    after: {action: std.noop}
leaf:
  tasks:
    waits: {action: std.async_noop}
"""
KEY = TaskKey(0, 0)


def below(tree: Tree) -> list[tuple[str, str | None]]:
    return [(str(run.head.state), run.head.state_info) for run in tree.family()][1:]


def stopped(state: State) -> Tree:
    """An execution that is over while leaves of it run; what is between the two is over, too."""
    tree = Tree(THREE).deliver()
    _, middle, leaf, *_ = [run.start.id for run in tree.family()]
    if state is CANCELLED:  # with one of its items
        return tree.ask(StopAsked(CANCELLED, "enough"), leaf).deliver()
    return tree.ask(StopAsked(state, "over")).ask(StopAsked(ERROR, "no"), middle).deliver()


@pytest.mark.parametrize("state", [ERROR, SUCCESS, CANCELLED])
def test_cancelling_an_execution_that_is_over_reaches_what_still_runs_below_it(state: State) -> None:
    tree = stopped(state)
    before = [tree.run().head, next(islice(tree.family(), 1, None)).head]
    assert [head.state in TERMINAL for head in before] == [True, True]
    assert ("RUNNING", None) in below(tree)
    tree.ask(StopAsked(CANCELLED, "enough")).deliver()
    after = [tree.run().head, next(islice(tree.family(), 1, None)).head]
    assert [(head.state, head.state_info, head.output) for head in after] == [
        (head.state, head.state_info, head.output) for head in before
    ]
    assert below(tree)[1:] == [("CANCELLED", "enough")] * 40
    assert tree.task(next(islice(tree.family(), 1, None)).start.id, "each").state is CANCELLED


def test_there_is_nothing_to_cancel_below_an_execution_without_sub_executions() -> None:
    tree = Tree(TIMEOUT.replace("POLICY", "action: std.noop")).deliver()
    version = tree.run().head.version
    tree.ask(StopAsked(CANCELLED, "enough")).deliver()
    assert tree.run().head.version == version


@pytest.mark.parametrize("count", [1, 60])
@pytest.mark.parametrize("wait", ["", ", wait-after: 5"])
def test_a_task_that_times_out_cancels_its_sub_executions(count: int, wait: str) -> None:
    called = "workflow: leaf" if count == 1 else f"with-items: 'i in <% range({count}) %>', workflow: leaf"
    tree = Tree(TIMEOUT.replace("POLICY", f"{called}, timeout: 3{wait}")).deliver()
    tree.ask(TimedOut(KEY, 0, 3)).deliver()
    assert below(tree) == [("CANCELLED", "The task that started this execution timed out.")] * count
    task = tree.task(ROOT, "call")
    if wait:
        assert (task.state, str(tree.run().head.state)) == ("DELAYED", "RUNNING")
    else:
        assert (task.state, task.state_info) == (ERROR, "Task timed out [timeout(s)=3].")
        assert tree.run().head.state is SUCCESS


def test_a_retry_after_a_timeout_has_sub_executions_of_its_own() -> None:
    called = "with-items: 'i in <% range(40) %>', workflow: leaf, timeout: 3, retry: {count: 1, delay: 0}"
    tree = Tree(TIMEOUT.replace("POLICY", called)).deliver()
    tree.ask(TimedOut(KEY, 0, 3)).deliver()
    states = [state for state, _ in below(tree)]
    assert (states.count("CANCELLED"), states.count("RUNNING")) == (40, 40)


def test_in_a_paused_execution_too() -> None:
    tree = Tree(TIMEOUT.replace("POLICY", "workflow: leaf, timeout: 3")).deliver()
    tree.ask(PauseAsked()).deliver()
    tree.ask(TimedOut(KEY, 0, 3)).deliver()
    assert [state for state, _ in below(tree)] == ["CANCELLED"]
    assert tree.run().head.state is PAUSED
