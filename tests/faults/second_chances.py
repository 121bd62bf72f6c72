"""Scenarios of the crash sweep in which a client runs failed tasks again, or skips them."""

from __future__ import annotations

from tests.faults.rig import Rig
from tests.faults.scenarios import Scenario


def _rerun(rig: Rig) -> None:
    rig.start()
    rig.deliver()
    rig.rerun("flaky")
    rig.settle()


def _rerun_of_items(rig: Rig) -> None:
    rig.start()
    rig.deliver()
    for number, state in ((2, "SUCCESS"), (1, "ERROR"), (3, "ERROR")):
        rig.complete("each", {"n": number}, number, state)
    rig.deliver()
    rig.rerun("each", reset=False)
    rig.deliver()
    for number in (5, 4):
        rig.complete("each", {"n": number}, number)
    rig.settle()


def _rerun_below(rig: Rig) -> None:
    rig.start()
    rig.deliver()
    rig.rerun("call", "deeper", "flaky")
    rig.settle()


def _skip_below(rig: Rig) -> None:
    rig.start()
    rig.deliver()
    rig.rerun("call", "deeper", "flaky", skip=True)
    rig.settle()


NESTED = """
    version: '2.0'
    WORKFLOW:
      output: {v: <% $.v %>, env: <% env().get(v) %>}
      tasks:
        call: {workflow: WORKFLOW_middle, publish: {v: <% task().result.v %>}, on-success: meet}
        other: {action: std.sleep seconds=1, on-success: meet}
        meet: {join: all, action: std.noop}
    WORKFLOW_middle:
      output: {v: <% $.v %>}
      tasks:
        deeper: {workflow: WORKFLOW_inner, publish: {v: <% task().result.v %>}}
    WORKFLOW_inner:
      output: {v: <% $.v %>}
      tasks:
        flaky:
          action: std.echo
          input: {output: <% env().v %>}
          publish: {v: <% task().result %>}
          publish-on-skip: {v: skipped}
    """

SECOND_CHANCES = {
    "run again": Scenario(
        """
        version: '2.0'
        WORKFLOW:
          output: {v: <% $.v %>}
          tasks:
            flaky:
              action: std.echo
              input: {output: <% env().v %>}
              publish: {v: <% task().result %>}
              on-success: meet
            other: {action: std.sleep seconds=1, on-success: meet}
            meet: {join: all, action: std.noop}
        """,
        play=_rerun,
        output={"v": 5},
    ),
    "failed items run again": Scenario(
        """
        version: '2.0'
        WORKFLOW:
          output: {r: <% task(each).result.n %>}
          tasks:
            each: {with-items: "i in <% [1, 2, 3] %>", action: std.async_noop}
        """,
        play=_rerun_of_items,
        output={"r": [4, 2, 5]},
    ),
    "run again two levels below": Scenario(NESTED, play=_rerun_below, output={"v": 5, "env": 5}),
    "skipped two levels below": Scenario(NESTED, play=_skip_below, output={"v": "skipped", "env": None}),
}
