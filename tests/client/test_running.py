"""Commands about what runs: executions, tasks, action executions. And that no command was forgotten."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.client.shell import Shell

pytestmark = [pytest.mark.xdist_group("client"), pytest.mark.timeout(300)]

NO_SERVICE = frozenset({"bash-completion"})
"""Commands that ask no service."""


def ended(shown: Any) -> bool:
    return shown["State"] in ("SUCCESS", "ERROR", "CANCELLED")


@pytest.fixture(scope="module")
def greeting(shell: Shell, workflows: dict[str, str]) -> str:
    """An execution that succeeded, with a sub-execution."""
    made = shell.json("execution-create", "greet", '{"name": "Ada"}', '{"env": {"k": 1}}', "-d", "a greeting")
    assert (made["Workflow name"], made["Description"]) == ("greet", "a greeting")
    assert shell.until(ended, "execution-get", made["ID"])["State"] == "SUCCESS"
    return str(made["ID"])


def test_executions(shell: Shell, greeting: str) -> None:
    assert shell.json("execution-get-input", greeting) == {"name": "Ada", "mood": "good"}
    assert shell.json("execution-get-output", greeting) == {"text": "hello Ada"}
    assert shell.json("execution-get-published", greeting) == {}
    assert greeting in [one["ID"] for one in shell.json("execution-list", "--rootsonly")]
    assert shell.json("execution-update", greeting, "-d", "again")["Description"] == "again"
    copy = shell.json("execution-create", "-s", greeting, "greet", '{"name": "Bob"}')["ID"]
    assert f"Based on the execution '{greeting}'" in shell.json("execution-get", copy)["Description"]
    shell.ok("execution-delete", copy, "--force")
    assert copy not in [one["ID"] for one in shell.json("execution-list")]


def test_reports_and_sub_executions(shell: Shell, greeting: str) -> None:
    everything = shell.ok("execution-get-report", greeting, "--no-errors-only")
    assert "Number of tasks in SUCCESS state: 3" in everything
    assert re.search(r"workflow 'inner'.*SUCCESS|inner.*SUCCESS", everything)
    assert "ERROR state: 0" in shell.ok("execution-get-report", greeting, "--statistics-only")
    below = shell.json("execution-get-sub-executions", greeting)
    assert [one["Workflow name"] for one in below] == ["greet", "inner"]
    sub = next(one["ID"] for one in shell.json("task-list", greeting) if one["Name"] == "sub")
    assert [one["Workflow name"] for one in shell.json("task-get-sub-executions", sub)] == ["inner"]
    assert [one["Workflow name"] for one in shell.json("execution-list", "--task", sub)] == ["inner"]


def test_tasks(shell: Shell, greeting: str) -> None:
    tasks = {one["Name"]: one["ID"] for one in shell.json("task-list", greeting)}
    assert set(tasks) == {"say", "sub"}
    assert shell.json("task-get", tasks["say"])["State"] == "SUCCESS"
    assert shell.json("task-get-result", tasks["say"]) == "hello Ada"
    assert shell.json("task-get-published", tasks["say"]) == {"text": "hello Ada"}


def test_action_executions_of_a_task(shell: Shell, workflows: dict[str, str]) -> None:
    """Somebody completes the action in ERROR; the task is run again, and they complete it better."""
    execution = shell.json("execution-create", "wait")["ID"]
    task = shell.until(bool, "task-list", execution)[0]["ID"]
    action = shell.until(bool, "action-execution-list", task)[0]["ID"]
    assert shell.json("execution-update", execution, "-s", "PAUSED")["State"] == "PAUSED"
    assert shell.json("execution-update", execution, "-s", "RUNNING")["State"] == "RUNNING"
    shell.ok("action-execution-update", action, "--state", "ERROR", "--output", '{"no": 1}')
    assert shell.until(ended, "execution-get", execution)["State"] == "ERROR"
    shell.ok("task-rerun", task, "-e", '{"k": 2}')
    again = shell.until(lambda found: len(found) == 2, "action-execution-list", task)
    action = next(one["ID"] for one in again if one["State"] == "RUNNING")
    shell.ok("action-execution-update", action, "--state", "SUCCESS", "--output", '{"yes": 1}')
    assert shell.until(ended, "execution-get", execution)["State"] == "SUCCESS"
    assert shell.json("action-execution-get", action)["Task name"] == "ask"
    assert shell.json("action-execution-get-input", action) == {}
    assert shell.json("action-execution-get-output", action) == {"result": {"yes": 1}}


def test_actions_run_by_themselves(shell: Shell) -> None:
    assert shell.json("run-action", "std.echo", '{"output": "hi"}') == {"result": "hi"}
    made = shell.ok("run-action", "std.echo", '{"output": "hi"}', "-s", "-f", "json")
    action = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made)
    assert action
    assert shell.until(ended, "action-execution-get", action[0])["State"] == "SUCCESS"
    shell.ok("action-execution-delete", action[0])
    assert shell.run("action-execution-get", action[0])[0] == 1


def test_every_command_is_driven(shell: Shell) -> None:
    """Here or, those about members, in `tests/access`: they need authentication."""
    rooms = [Path(__file__).parent, Path(__file__).parents[1] / "access"]
    text = "".join(path.read_text() for room in rooms for path in room.glob("test_*.py"))
    commands = shell.commands - NO_SERVICE
    assert {command for command in commands if f'"{command}"' not in text} == set()
