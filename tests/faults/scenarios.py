"""Workflows of the crash sweep, each with what a client does while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.core.jsontext import JsonDict
from tests.faults import workbooks
from tests.faults.deliveries import Deliveries, once
from tests.faults.disturbance import Disturbance
from tests.faults.process import Adapters
from tests.faults.rig import DISTURBANCES, Rig


def _just_start(rig: Rig) -> None:
    rig.start()
    rig.settle()


def _approve(rig: Rig) -> None:
    rig.start()
    rig.deliver()
    rig.complete("ask", {"by": "someone"})
    rig.settle()


def _pause(rig: Rig) -> None:
    rig.start()
    rig.deliver()
    rig.change("PAUSED")
    rig.complete("ask", {"by": "someone"})
    rig.deliver()
    rig.change("RUNNING")
    rig.settle()


def _describe_meanwhile(rig: Rig) -> None:
    """A client changes something while messages of a dead process have not come again yet."""
    rig.start()
    rig.turn()
    rig.describe("still there")
    rig.settle()


@dataclass(frozen=True)
class Scenario:
    """A workflow (its name is WORKFLOW) and the part its client plays."""

    text: str
    play: Callable[[Rig], None] = _just_start
    state: str = "SUCCESS"
    output: JsonDict | None = None
    member: str | None = None
    """Of a workbook: the workflow that is started."""


SCENARIOS = {
    "chain": Scenario(
        """
        version: '2.0'
        WORKFLOW:
          output: {n: <% $.n %>}
          vars: {n: 0}
          tasks:
            a: {action: std.echo output=<% $.n + 1 %>, publish: {n: <% task().result %>}, on-success: b}
            b: {action: std.echo output=<% $.n + 1 %>, publish: {n: <% task().result %>}, on-success: c}
            c: {action: std.noop, on-success: d}
            d: {action: std.sleep seconds=1, on-success: e}
            e: {action: std.echo output=<% $.n + 1 %>, publish: {n: <% task().result %>}}
        """,
        output={"n": 3},
    ),
    "fork and join": Scenario(
        """
        version: '2.0'
        WORKFLOW:
          output: {sum: <% $.sum %>}
          tasks:
            start: {action: std.noop, on-success: [p, q, r]}
            p: {action: std.echo output=1, publish: {p: <% task().result %>}, on-success: meet}
            q: {action: std.sleep seconds=1, publish: {q: 2}, on-success: meet}
            r: {action: std.echo output=3, publish: {r: <% task().result %>}, on-success: meet}
            meet:
              join: all
              action: std.echo output=<% $.p + $.q + $.r %>
              publish: {sum: <% task().result %>}
        """,
        output={"sum": 6},
    ),
    "error handler": Scenario(
        """
        version: '2.0'
        WORKFLOW:
          output: {why: <% $.why %>}
          tasks:
            work:
              action: std.fail
              input: {error_data: {code: 7}}
              publish-on-error: {why: <% task().result.code %>}
              on-error: [repair, tell]
            repair: {action: std.sleep seconds=1, on-success: finish}
            tell: {action: std.noop, on-success: finish}
            finish: {join: all, action: std.noop}
        """,
        output={"why": 7},
    ),
    "async completion": Scenario(
        """
        version: '2.0'
        WORKFLOW:
          output: {by: <% $.by %>, seen: <% $.seen %>}
          tasks:
            ask: {action: std.async_noop, publish: {by: <% task().result.by %>}, on-success: [use, meet]}
            use: {action: std.echo output=<% $.by %>, publish: {seen: <% task().result %>}, on-success: meet}
            meet: {join: all, action: std.noop}
        """,
        play=_approve,
        output={"by": "someone", "seen": "someone"},
    ),
    "pause and resume": Scenario(
        """
        version: '2.0'
        WORKFLOW:
          output: {by: <% $.by %>}
          tasks:
            ask: {action: std.async_noop, publish: {by: <% task().result.by %>}, on-success: after}
            after: {action: std.sleep seconds=1, on-success: end}
            end: {action: std.noop}
        """,
        play=_pause,
        output={"by": "someone"},
    ),
    "large value": Scenario(
        """
        version: '2.0'
        WORKFLOW:
          output: {size: <% $.big.len() %>}
          tasks:
            make: {action: std.echo output=<% 'x' * 40000 %>, publish: {big: <% task().result %>}, on-success: wait}
            wait: {action: std.sleep seconds=1, on-success: use}
            use: {action: std.echo output=<% $.big %>, publish: {copy: <% task().result %>}}
        """,
        output={"size": 40000},
    ),
}

SCENARIOS |= {
    "retry": Scenario(
        """
        version: '2.0'
        WORKFLOW:
          tasks:
            shaky:
              action: std.fail
              wait-before: 5
              retry: {count: 2, delay: 30}
              on-error: end
            end: {action: std.noop, wait-after: 3}
        """,
        output={},
    ),
    "timeout": Scenario(
        """
        version: '2.0'
        WORKFLOW:
          output: {late: <% $.late %>}
          tasks:
            ask: {action: std.async_noop, timeout: 1200, publish-on-error: {late: true}, on-error: tell}
            tell: {action: std.noop}
        """,
        output={"late": True},
    ),
}
SCENARIOS |= {
    "items": Scenario(
        """
        version: '2.0'
        WORKFLOW:
          output: {r: <% $.r %>}
          tasks:
            each:
              with-items: i in <% range(5) %>
              concurrency: 2
              action: std.sleep seconds=1
              publish: {r: <% task().result %>}
              on-success: end
            end: {action: std.noop}
        """,
        output={"r": [{"performed": None}] * 5},
    ),
}
SCENARIOS["a client in between"] = Scenario(
    SCENARIOS["fork and join"].text, play=_describe_meanwhile, output={"sum": 6}
)

SCENARIOS["ad-hoc actions of a workbook"] = Scenario(
    workbooks.ADHOC,
    play=_approve,
    output={"woken": {"woken": "performed"}, "said": "someone"},
    member="main",
)

DISPATCHED = Scenario(
    """
    version: '2.0'
    WORKFLOW:
      output: {done: <% $.done %>}
      tasks:
        call:
          action: std.http url="http://example.test/"
          publish: {done: called}
          publish-on-error: {done: unknown}
          on-error: noop
    """
)
"""An action with an effect outside: it may not run twice, so a crash while it runs is an error of the task."""


def played(
    adapters: Adapters,
    scenario: Scenario,
    disturbance: Disturbance | None = None,
    deliveries: Deliveries = once,
    rivals: int = 1,
) -> Rig:
    """Play a scenario to its end."""
    rig = Rig(adapters, scenario.text, deliveries, rivals, scenario.member)
    disturbance = disturbance or Disturbance()
    DISTURBANCES[:] = [disturbance]
    with disturbance.on(*adapters.clients):
        scenario.play(rig)
    return rig


def comparable(rig: Rig) -> str:
    """What came of it, the same for every repetition of a scenario."""
    return str(rig.outcome()).replace(rig.name, "WORKFLOW")
