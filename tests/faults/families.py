"""Scenarios of the crash sweep with sub-executions: what is started, asked and heard of by messages."""

from __future__ import annotations

from tests.faults.rig import Rig
from tests.faults.scenarios import Scenario

NESTED = """
    version: '2.0'
    WORKFLOW:
      input: [n: 0]
      output: {n: '<% $.get(n, 0) %>'}
      tasks:
        ask: {action: std.async_noop, on-success: end}
        end: {action: std.noop}
        decide: {action: std.noop, on-success: [{each: <% $.n < 1 %>}]}
        each: {with-items: 'i in [1]', workflow: WORKFLOW n=<% $.n + 1 %>}
    """


def _pause_the_tree(rig: Rig) -> None:
    rig.start()
    rig.deliver()
    rig.change("PAUSED")
    rig.complete_everywhere("ask", {})
    rig.deliver()
    rig.change("RUNNING")
    rig.settle()


def _cancel_the_tree(rig: Rig) -> None:
    rig.start()
    rig.deliver()
    rig.change("CANCELLED")
    rig.settle()


def _cancel_what_is_left(rig: Rig) -> None:
    """Cancel an execution that is over, for the sake of what still runs below it."""
    rig.start()
    rig.deliver()
    rig.change("ERROR")
    rig.change("CANCELLED")
    rig.deliver()
    rig.insist(lambda: _all_below_are_cancelled(rig))
    rig.settle()


def _all_time_out(rig: Rig) -> None:
    rig.start()
    rig.settle()
    rig.insist(lambda: _all_below_are_cancelled(rig))


def _all_below_are_cancelled(rig: Rig) -> None:
    for part in rig.family()[1:]:
        run = rig.adapters.runs.run(part)
        assert run is not None
        assert run.head.state == "CANCELLED"


FAMILIES = {
    "sub-workflows": Scenario(
        """
    version: '2.0'
    WORKFLOW:
      input: [n: 0]
      output: {sum: '<% $.get(a, 0) + $.get(b, 0) + $.n %>'}
      tasks:
        decide:
          action: std.noop
          on-success:
            - a: <% $.n = 0 %>
            - b: <% $.n = 0 %>
            - work: <% $.n > 0 %>
        work: {action: std.noop}
        a: {workflow: WORKFLOW n=1, publish: {a: <% task().result.sum %>}, on-success: meet}
        b: {workflow: WORKFLOW n=2, publish: {b: <% task().result.sum %>}, on-success: meet}
        meet: {join: all, action: std.noop}
    """,
        output={"sum": 3},
    ),
    "items over workflows": Scenario(
        """
    version: '2.0'
    WORKFLOW:
      input: [n: 0]
      output: {r: '<% $.get(r, $.n) %>'}
      tasks:
        decide: {action: std.noop, on-success: [{each: <% $.n = 0 %>}]}
        each: {with-items: 'i in [1, 2]', workflow: WORKFLOW n=<% $.i %>, publish: {r: <% task().result.r %>}}
    """,
        output={"r": [1, 2]},
    ),
    "nested pause and resume": Scenario(NESTED, play=_pause_the_tree, output={"n": 0}),
    "cancel a tree": Scenario(NESTED, play=_cancel_the_tree, state="CANCELLED", output={"result": None}),
    "cancel below what is over": Scenario(NESTED, play=_cancel_what_is_left, state="ERROR", output={"result": None}),
    "a sub-workflow that takes too long": Scenario(
        """
    version: '2.0'
    WORKFLOW:
      input: [n: 0]
      output: {done: true}
      tasks:
        decide: {action: std.noop, on-success: [{each: <% $.n = 0 %>}, {wait: <% $.n > 0 %>}]}
        each: {with-items: 'i in [1, 2, 3]', workflow: WORKFLOW n=1, timeout: 5, on-error: after}
        after: {action: std.sleep seconds=1}
        wait: {action: std.async_noop}
    """,
        play=_all_time_out,
        output={"done": True},
    ),
}
