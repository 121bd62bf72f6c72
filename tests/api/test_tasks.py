"""`/v2/tasks` and `/v2/action_executions`: views, results, lists and updates."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.core import ids
from chalicelib.core.jsontext import Json
from chalicelib.core.model import ActionKey, Blob, TaskKey
from chalicelib.core.states import ERROR, RUNNING, SUCCESS
from tests.api.conftest import Api
from tests.api.fakes import action, run, task

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


def shown_task(**changes: Any) -> dict[str, Any]:
    return {
        "id": TASK,
        "name": "t0",
        "type": "ACTION",
        "workflow_name": "w",
        "workflow_namespace": "",
        "workflow_id": "22222222-0000-4000-8000-000000000001",
        "workflow_execution_id": EXECUTION,
        "tags": [],
        "state": "SUCCESS",
        "state_info": None,
        "project_id": "<default-project>",
        "runtime_context": "{}",
        "result": "1",
        "published": "{}",
        "processed": False,
        "created_at": ENDED,
        "updated_at": ENDED,
        "started_at": None,
        "finished_at": None,
        **changes,
    }


def shown_action(**changes: Any) -> dict[str, Any]:
    return {
        "id": ACTION,
        "workflow_name": "w",
        "workflow_namespace": "",
        "task_name": "t0",
        "task_execution_id": TASK,
        "state": "SUCCESS",
        "state_info": None,
        "tags": None,
        "name": "std.echo",
        "description": "",
        "project_id": "<default-project>",
        "accepted": True,
        "input": '{"output": 1}',
        "output": '{"result": 1}',
        "created_at": ENDED,
        "updated_at": ENDED,
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"tags": ("a",), "processed": True}, {"tags": ["a"], "processed": True}),
        ({"published": {"p": [1], "q": Blob("h", 9)}}, {"published": '{"p": [1], "q": {"large": "h"}}'}),
        ({"published_global": {"g": 1}}, {"published_global": '{"g": 1}', "published": None}),
        (
            {"triggered_by": ((SECOND, "on-success"),), "runtime": {"retry_task_policy": {"retry_no": 1}}},
            {
                "runtime_context": json.dumps(
                    {
                        "retry_task_policy": {"retry_no": 1},
                        "triggered_by": [{"task_id": OTHER, "event": "on-success"}],
                    }
                )
            },
        ),
    ],
)
def test_one_task(api: Api, changes: dict[str, Any], expected: dict[str, Any]) -> None:
    start(api, task(action=action(output=1), **changes))
    assert api.ok("GET", f"/v2/tasks/{TASK}") == shown_task(**expected)


def test_a_running_task_shows_no_global_publication(api: Api) -> None:
    start(api, task(state=RUNNING, published_global={"g": 1}))
    assert "published_global" not in api.ok("GET", f"/v2/tasks/{TASK}")


@pytest.mark.parametrize(
    ("place", "actions", "result"),
    [
        (0, [], []),
        (0, [action(state=RUNNING, accepted=False)], []),
        (0, [action(output=None)], None),
        (0, [action(state=ERROR, output="bad")], "bad"),
        (0, [action(output={"a": 1}, accepted=False), action(number=2, output={"a": 2})], {"a": 2}),
        (0, [action(output=1), action(number=2, output=2)], [1, 2]),
        (1, [action(SECOND, output=1)], [1]),
    ],
)
def test_results(api: Api, place: int, actions: list[Any], result: Json) -> None:
    current = actions[-1] if actions else None
    start(api, task(place, action=current, attempts=len(actions)))
    api.runs.kept_actions[TaskKey(place, 0)] = actions
    assert api.ok("GET", f"/v2/tasks/{(TASK, OTHER)[place]}")["result"] == json.dumps(result)


@pytest.mark.parametrize("task_id", ["x", UNKNOWN, OTHER, ACTION, ids.task_id("f" * 15, FIRST)])
def test_unknown_tasks(api: Api, task_id: str) -> None:
    start(api, task())
    message = (404, f"Task execution not found [id={task_id}]")
    assert api.refused("GET", f"/v2/tasks/{task_id}") == message
    assert api.refused("PUT", f"/v2/tasks/{task_id}", {"state": "RUNNING"}) == message


def test_foreign_tasks_are_for_admins(api: Api) -> None:
    start(api, task(), project_id="other")
    assert api.refused("GET", f"/v2/tasks/{TASK}")[0] == 404
    assert api.refused("GET", f"/v2/action_executions/{ACTION}")[0] == 404
    assert api.ok("GET", f"/v2/tasks/{TASK}", x_role="admin")["project_id"] == "other"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["t0", "t1"]),
        (f"workflow_execution_id={EXECUTION}", ["t0", "t1"]),
        (f"workflow_execution_id=eq:{EXECUTION}", ["t0", "t1"]),
        ("state=ERROR", ["t1"]),
        ("processed=true", ["t1"]),
        ("processed=", ["t0"]),
        ("processed=false", ["t0"]),
        ("published={}", ["t0", "t1"]),
        ("sort_keys=state,name", ["t1", "t0"]),
        ("limit=1", ["t0"]),
        (f"marker={TASK}", ["t1"]),
    ],
)
def test_lists_of_tasks(api: Api, query: str, expected: list[str]) -> None:
    start(api, task(0), task(1, ERROR, processed=True))
    found = api.ok("GET", f"/v2/tasks?{query}")["tasks"]
    assert [item["name"] for item in found] == expected
    assert set(found[0]) == set(shown_task()) - {"result"}


def test_an_unknown_execution_is_not_found(api: Api) -> None:
    refused = api.refused("GET", f"/v2/tasks?workflow_execution_id={UNKNOWN}")
    assert refused == (404, f"WorkflowExecution not found [id={UNKNOWN}]")


@pytest.mark.parametrize(
    ("state", "body", "text"),
    [
        (ERROR, {}, "Invalid task state. Only updating task to RUNNING or SKIPPED is supported."),
        (ERROR, {"state": "IDLE"}, "Invalid task state. Only updating task to RUNNING or SKIPPED is supported."),
        (ERROR, {"state": "RUNNING"}, "Reset field is mandatory to rerun task."),
        (ERROR, {"state": "RUNNING", "reset": False}, "Only with-items task has the option to not reset."),
        (ERROR, {"state": "RUNNING", "reset": "no"}, "Only with-items task has the option to not reset."),
        (ERROR, {"state": "RUNNING", "reset": 1, "name": "z"}, "Task name does not match."),
        (ERROR, {"state": "RUNNING", "reset": 1, "workflow_name": "z"}, "Workflow name does not match."),
        (
            SUCCESS,
            {"state": "SKIPPED"},
            "The current task execution must be in ERROR for rerun. Only updating task to rerun is supported.",
        ),
        (ERROR, {"state": "SKIPPED"}, "Running tasks again and skipping them is not supported yet."),
        (
            ERROR,
            {"reset": "zz"},
            "Invalid input for field/attribute reset. Value: 'zz'. Value not an unambiguous boolean: zz",
        ),
        (
            ERROR,
            {"env": "zz"},
            "Invalid input for field/attribute task. Value: '{'env': 'zz'}'. Expecting value: line 1 column 1 (char 0)",
        ),
    ],
)
def test_updates_of_tasks(api: Api, state: Any, body: object, text: str) -> None:
    start(api, task(state=state))
    assert api.refused("PUT", f"/v2/tasks/{TASK}", body) == (400, text)


def test_sub_executions_of_an_action_task(api: Api) -> None:
    start(api, task())
    assert api.ok("GET", f"/v2/tasks/{TASK}/workflow_executions?limit=5&state=ERROR") == {"executions": []}
    assert api.refused("GET", f"/v2/tasks/{TASK}/workflow_executions?project_id=x")[0] == 400


@pytest.mark.parametrize("path", [f"/v2/action_executions/{ACTION}", f"/v2/tasks/{OTHER}/action_executions/{ACTION}"])
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"state": RUNNING, "accepted": False}, {"state": "RUNNING", "accepted": False, "output": None}),
        ({"output": None}, {"output": '{"result": null}'}),
    ],
)
def test_one_action(api: Api, path: str, changes: dict[str, Any], expected: dict[str, Any]) -> None:
    start(api, task(action=action(**{"output": 1, **changes})))
    assert api.ok("GET", path) == shown_action(**expected)


def test_superseded_actions_are_found(api: Api) -> None:
    first, second = action(accepted=False, output=1), action(number=2)
    start(api, task(action=second, attempts=2))
    api.runs.kept_actions[FIRST] = [first, second]
    assert api.ok("GET", f"/v2/action_executions/{ACTION}?fields=accepted") == {"id": ACTION, "accepted": False}


@pytest.mark.parametrize("action_id", ["x", UNKNOWN, TASK, ids.action_id(PART, ActionKey(FIRST, 2))])
def test_unknown_actions(api: Api, action_id: str) -> None:
    start(api, task())
    message = (404, f"ActionExecution not found [id={action_id}]")
    assert api.refused("GET", f"/v2/action_executions/{action_id}") == message
    assert api.refused("DELETE", f"/v2/action_executions/{action_id}") == message


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"/v2/tasks/{TASK}/action_executions?", ["std.echo"]),
        (f"/v2/tasks/{UNKNOWN}/action_executions?", []),
        ("/v2/action_executions?", ["std.echo", "std.fail"]),
        (f"/v2/action_executions?task_execution_id={OTHER}", ["std.fail"]),
        ("/v2/action_executions?accepted=false", ["std.fail"]),
        ("/v2/action_executions?name=std.echo", ["std.echo"]),
        ("/v2/action_executions?task_name=t1", ["std.fail"]),
        ("/v2/action_executions?tags=a", []),
    ],
)
def test_lists_of_actions(api: Api, path: str, expected: list[str]) -> None:
    start(api, task(0), task(1, action=action(SECOND, name="std.fail", accepted=False)), task(2, action=None))
    found = api.ok("GET", path)["action_executions"]
    assert [item["name"] for item in found] == expected
    assert all(set(item) == set(shown_action()) - {"output"} for item in found)
    with_output = api.ok("GET", f"{path}&include_output=true")["action_executions"]
    assert all("output" in item for item in with_output)


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"state": "SUCCESS", "output": {"a": 1}}, ("SUCCESS", {"a": 1}, True)),
        ({"state": "SUCCESS", "output": '{"a": 1}'}, ("SUCCESS", {"a": 1}, True)),
        ({"state": "SUCCESS", "output": None}, ("SUCCESS", None, True)),
        ({"state": "ERROR"}, ("ERROR", None, False)),
        ({"state": "WHAT"}, ("WHAT", None, False)),
        ({"output": {}}, ("Unset", {}, True)),
    ],
)
def test_results_that_are_delivered(api: Api, body: object, asked: tuple[object, ...]) -> None:
    start(api, task(action=action(output=1)))
    assert api.ok("PUT", f"/v2/action_executions/{ACTION}", body) == shown_action()
    assert api.executions.asked == [("complete", ACTION, *asked)]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"state": "SUCCESS", "output": [1]}, "JsonType field value must be a dictionary [actual=[1]]"),
        (
            {"state": "SUCCESS", "output": "notjson"},
            "Invalid input for field/attribute action_ex. Value: '{'state': 'SUCCESS', 'output': 'notjson'}'. "
            "Expecting value: line 1 column 1 (char 0)",
        ),
        ({"state": "SUCCESS", "bogus": 1}, "Unknown attribute for argument action_ex: bogus"),
    ],
)
def test_results_that_are_refused(api: Api, body: object, text: str) -> None:
    start(api, task())
    assert api.refused("PUT", f"/v2/action_executions/{ACTION}", body) == (400, text)


def test_actions_are_not_deleted(api: Api) -> None:
    start(api, task())
    refused = api.refused("DELETE", f"/v2/action_executions/{ACTION}")
    assert refused == (403, "Only ad-hoc action execution can be deleted.")
