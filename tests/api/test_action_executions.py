"""`/v2/action_executions`: views, lists and results that are delivered."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import ids
from chalicelib.core.states import RUNNING
from chalicelib.core.values import ActionKey
from tests.api.client import Api
from tests.api.fakes import action, task
from tests.api.one_run import ACTION, ENDED, FIRST, OTHER, PART, SECOND, TASK, UNKNOWN, start


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
        (
            {"state": "SUCCESS", "output": [1]},
            "Invalid input for field/attribute action_ex. Value: '{'state': 'SUCCESS', 'output': [1]}'. "
            "the JSON object must be str, bytes or bytearray, not list",
        ),
        ({"state": "SUCCESS", "output": "[1]"}, "JsonType field value must be a dictionary [actual=[1]]"),
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
