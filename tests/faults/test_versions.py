"""A workflow is updated while its executions run: who stays on which version."""

from __future__ import annotations

from tests.faults.process import Adapters
from tests.faults.rig import CALLER, Rig

TEXT = """
version: '2.0'
WORKFLOW:
  output: {own: old, child: <% task(call).result.own %>}
  tasks:
    ask: {action: std.async_noop, on-success: call}
    call: {workflow: WORKFLOW_child}
WORKFLOW_child:
  output: {own: old}
  tasks:
    t: {action: std.noop}
"""


def test_an_execution_stays_on_its_version_and_a_later_sub_execution_takes_the_current_one(adapters: Adapters) -> None:
    rig = Rig(adapters, TEXT)
    rig.start()
    rig.deliver()
    newer = TEXT.replace("own: old", "own: new").replace("WORKFLOW", rig.name)
    rig.process.definitions.update_workflows(CALLER, newer, "", "private")
    rig.complete("ask", {})
    rig.settle()
    assert rig.outcome()["output"] == {"own": "old", "child": "new"}
