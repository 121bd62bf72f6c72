"""`/v2/tasks`: views, results, lists and updates."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core import ids
from chalicelib.core.jsontext import Json
from chalicelib.core.states import ERROR, RUNNING, SUCCESS
from chalicelib.core.values import Blob, TaskKey
from tests.api.client import Api
from tests.api.fakes import action, run, task
from tests.api.one_run import ACTION, ENDED, EXECUTION, FIRST, OTHER, SECOND, TASK, UNKNOWN, start


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


def test_an_unknown_execution_has_no_tasks_and_no_place_of_its_own(api: Api) -> None:
    assert api.ok("GET", f"/v2/tasks?workflow_execution_id={UNKNOWN}") == {"tasks": []}
    refused = api.refused("GET", f"/v2/executions/{UNKNOWN}/tasks")
    assert refused == (404, f"WorkflowExecution not found [id={UNKNOWN}]")


def test_a_body_is_read_before_the_task_is_looked_for(api: Api) -> None:
    assert api.refused("PUT", f"/v2/tasks/{UNKNOWN}", {"state": "RUNNING", "reset": "perhaps"})[0] == 400


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


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"state": "RUNNING", "reset": True}, (False, None, True)),
        ({"state": "RUNNING", "reset": True, "env": '{"k": 1}', "id": "ignored"}, (False, {"k": 1}, True)),
        ({"state": "SKIPPED"}, (True, None, True)),
        ({"state": "SKIPPED", "reset": True}, (True, None, True)),
    ],
)
def test_failed_tasks_are_run_again_or_skipped(api: Api, body: object, asked: tuple[object, ...]) -> None:
    start(api, task(state=ERROR))
    assert api.ok("PUT", f"/v2/tasks/{TASK}", body)["id"] == TASK
    assert api.executions.asked == [("rerun", TASK, *asked)]


@pytest.mark.parametrize("reset", [True, False])
def test_a_task_with_items_may_be_run_again_in_part(api: Api, reset: bool) -> None:
    start(api, task(1, ERROR))
    api.ok("PUT", f"/v2/tasks/{OTHER}", {"state": "RUNNING", "reset": reset})
    assert api.executions.asked == [("rerun", OTHER, False, None, reset)]


def test_sub_executions_of_an_action_task(api: Api) -> None:
    start(api, task())
    assert api.ok("GET", f"/v2/tasks/{TASK}/workflow_executions?limit=5&state=ERROR") == {"executions": []}
    assert api.refused("GET", f"/v2/tasks/{TASK}/workflow_executions?project_id=x")[0] == 400


def test_sub_executions_of_a_task(api: Api) -> None:
    """The two that exist of three attempts; who asks for an action execution gets none."""
    calling = replace(task(), kind="WORKFLOW", attempts=3)
    start(api, calling)
    api.runs.kept_actions[calling.key] = [] if calling.action is None else [calling.action]
    for number in (1, 3):
        child_id = ids.child_execution_id(TASK, number)
        api.runs.add(run(child_id, task_execution_id=TASK, root_execution_id=EXECUTION, state=RUNNING))
    found = api.ok("GET", f"/v2/tasks/{TASK}/workflow_executions")["executions"]
    assert {item["id"] for item in found} == {ids.child_execution_id(TASK, number) for number in (1, 3)}
    assert [(item["task_execution_id"], item["root_execution_id"]) for item in found] == [(TASK, EXECUTION)] * 2
    assert not {"input", "params", "output"} & set(found[0])
    assert api.ok("GET", f"/v2/tasks/{TASK}/action_executions") == {"action_executions": []}
    assert api.ok("GET", f"/v2/tasks/{TASK}")["type"] == "WORKFLOW"


@pytest.mark.parametrize(("way", "names"), [("asc", ["t1", "t0"]), ("desc", ["t0", "t1"])])
def test_tasks_of_one_moment_are_listed_in_the_order_of_their_creation(api: Api, way: str, names: list[str]) -> None:
    start(api, task(0, order=1), task(1, order=0))
    found = api.ok("GET", f"/v2/executions/{EXECUTION}/tasks?sort_dirs={way}")["tasks"]
    assert [shown["name"] for shown in found] == names
