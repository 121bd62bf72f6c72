"""One execution with two tasks, for the tests of tasks and of action executions."""

from __future__ import annotations

from typing import Any

from chalicelib.core import ids
from chalicelib.core.values import ActionKey, TaskKey
from tests.api.client import Api
from tests.api.fakes import run

EXECUTION = "11111111-0000-4000-8000-000000000001"
PART = ids.partition(EXECUTION)
FIRST, SECOND = TaskKey(0, 0), TaskKey(1, 0)
TASK, OTHER = ids.task_id(PART, FIRST), ids.task_id(PART, SECOND)
ACTION = ids.action_id(PART, ActionKey(FIRST, 1))
UNKNOWN = "99999999-0000-4000-8000-000000000000"
ENDED = "2026-11-23 04:07:16"

WORKFLOW = """
version: '2.0'
w:
  tasks:
    t0: {action: std.noop}
    t1: {with-items: "i in <% [1] %>", action: std.noop}
"""


def start(api: Api, *tasks: Any, **changes: Any) -> None:
    """A run of a stored workflow with these task executions."""
    made = api.ok("POST", "/v2/workflows", WORKFLOW)["workflows"][0]
    ref = api.definitions.find_workflow("<default-project>", made["id"], "").ref
    api.runs.add(run(EXECUTION, definition=ref, **changes), *tasks)
