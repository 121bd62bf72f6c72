"""Reports and sub-executions: an execution with all that it started."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import ids
from chalicelib.core.states import ERROR, PAUSED, RUNNING, SUCCESS, WAITING
from tests.api.client import Api
from tests.api.fakes import NOW, run, task
from tests.api.one_run import EXECUTION, PART, TASK, UNKNOWN, start

CHILD = ids.child_execution_id(TASK, 1)
GRANDCHILD_TASK = ids.task_id(ids.partition(CHILD), task().key)
GRANDCHILD = ids.child_execution_id(GRANDCHILD_TASK, 1)


@pytest.fixture(autouse=True)
def family(api: Api) -> None:
    """An execution whose first task (ERROR) started another one, whose first task (SUCCESS) started a third."""
    calling = replace(task(state=ERROR), kind="WORKFLOW", action=None)
    retried = task(1, runtime={"retry_task_policy": {"retry_no": 2}})
    start(api, calling, retried, task(2, RUNNING), task(3, WAITING))
    child = run(CHILD, task_execution_id=TASK, root_execution_id=EXECUTION, state=ERROR, state_info="so")
    api.runs.add(child, replace(task(), kind="WORKFLOW", action=None), task(1, PAUSED))
    place = {"task_execution_id": GRANDCHILD_TASK, "root_execution_id": EXECUTION, "workflow_id": UNKNOWN}
    third = run(GRANDCHILD, state=SUCCESS, output={"o": 1}, **place)
    api.runs.add(third, task())


def report(api: Api, query: str = "") -> Any:
    return api.ok("GET", f"/v2/executions/{EXECUTION}/report{query}")


def ids_of(api: Api, path: str) -> list[str]:
    return [item["id"] for item in api.ok("GET", path)["executions"]]


def test_a_report_shows_everything(api: Api) -> None:
    found = report(api)
    root = found["root_workflow_execution"]
    assert (root["id"], root["name"], root["state"]) == (EXECUTION, "w", "RUNNING")
    calling, retried, *_ = root["task_executions"]
    assert (calling["action_executions"], "retry_count" in calling) == ([], False)
    assert (retried["retry_count"], retried["workflow_executions"]) == (2, [])
    assert retried["action_executions"] == [
        {
            "id": ids.action_id(ids.partition(EXECUTION), task(1).action.key),  # type: ignore[union-attr]
            "name": "std.echo",
            "created_at": "2026-11-23 04:07:16",
            "updated_at": "2026-11-23 04:07:16",
            "state": "SUCCESS",
            "state_info": None,
            "accepted": True,
            "last_heartbeat": "2026-11-23 04:07:16",
        }
    ]
    child = calling["workflow_executions"][0]
    assert (child["id"], child["state_info"], len(child["task_executions"])) == (CHILD, "so", 2)
    assert child["task_executions"][0]["workflow_executions"][0]["id"] == GRANDCHILD


@pytest.mark.parametrize(
    ("query", "counts"),
    [
        ("", {"total": 6, "running": 1, "success": 3, "error": 1, "idle": 0, "paused": 1}),
        ("?max_depth=-1&errors_only=", {"total": 6, "running": 1, "success": 3, "error": 1, "idle": 0, "paused": 1}),
        ("?max_depth=0", {"total": 3, "running": 1, "success": 1, "error": 1, "idle": 0, "paused": 0}),
        ("?max_depth=1", {"total": 5, "running": 1, "success": 2, "error": 1, "idle": 0, "paused": 1}),
        ("?errors_only=True", {"total": 1, "running": 0, "success": 0, "error": 1, "idle": 0, "paused": 0}),
    ],
)
def test_what_a_report_counts(api: Api, query: str, counts: dict[str, int]) -> None:
    found = report(api, query)["statistics"]
    assert found == {**{f"{state}_tasks_count": number for state, number in counts.items()}, "estimated_time": -1}


def test_a_report_goes_so_far_down(api: Api) -> None:
    calling = report(api, "?max_depth=0")["root_workflow_execution"]["task_executions"][0]
    assert "task_executions" not in calling["workflow_executions"][0]


def test_only_what_failed(api: Api) -> None:
    tasks = report(api, "?errors_only=True")["root_workflow_execution"]["task_executions"]
    assert [one["name"] for one in tasks] == ["t0"]
    assert tasks[0]["workflow_executions"][0]["task_executions"] == []


def test_only_the_numbers(api: Api) -> None:
    assert set(report(api, "?statistics_only=True")) == {"statistics"}


@pytest.mark.parametrize(("age", "left"), [(10, 20), (100, 1)])
def test_how_long_it_will_take(api: Api, age: int, left: int) -> None:
    """Two earlier executions of the workflow took 20 and 40 seconds; one of another workflow does not count."""
    workflow_id = api.runs.kept[0].start.workflow_id
    for number, seconds, of in ((1, 20, workflow_id), (2, 40, workflow_id), (3, 900, UNKNOWN)):
        ended = NOW + timedelta(seconds=seconds)
        api.runs.add(run(f"88888888-0000-4000-8000-{number:012}", workflow_id=of, state=SUCCESS, updated_at=ended))
    api.clock.tick(age)
    assert report(api, "?statistics_only=1")["statistics"]["estimated_time"] == left


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [EXECUTION, CHILD, GRANDCHILD]),
        ("?max_depth=-1&errors_only=", [EXECUTION, CHILD, GRANDCHILD]),
        ("?max_depth=0", [EXECUTION]),
        ("?max_depth=1", [EXECUTION, CHILD]),
        ("?errors_only=True", [EXECUTION, CHILD]),
    ],
)
def test_sub_executions_of_an_execution(api: Api, query: str, found: list[str]) -> None:
    assert ids_of(api, f"/v2/executions/{EXECUTION}/executions{query}") == found


@pytest.mark.parametrize(
    ("task_id", "query", "found"),
    [
        (TASK, "", [CHILD, GRANDCHILD]),
        (TASK, "?max_depth=0", [CHILD]),
        (TASK, "?errors_only=True", [CHILD]),
        (GRANDCHILD_TASK, "?errors_only=True", []),
        (GRANDCHILD_TASK, "", [GRANDCHILD]),
    ],
)
def test_sub_executions_below_a_task(api: Api, task_id: str, query: str, found: list[str]) -> None:
    assert ids_of(api, f"/v2/tasks/{task_id}/executions{query}") == found


def test_sub_executions_show_what_lists_show(api: Api) -> None:
    shown = api.ok("GET", f"/v2/executions/{GRANDCHILD}/executions")["executions"][0]
    assert ("input" in shown, "output" in shown, "published_global" in shown) == (True, False, False)
    shown = api.ok("GET", f"/v2/executions/{GRANDCHILD}/executions?include_output=1")["executions"][0]
    assert shown["output"] == '{"o": 1}'


@pytest.mark.parametrize("path", ["executions/{}/report", "executions/{}/executions", "tasks/{}/executions"])
def test_refusals(api: Api, path: str) -> None:
    assert api.refused("GET", f"/v2/{path.format('nope')}")[0] == 400
    assert api.refused("GET", f"/v2/{path.format(UNKNOWN)}")[0] == 404
    assert api.refused("GET", f"/v2/{path.format(EXECUTION)}?odd=1")[0] == 400
    assert api.refused("GET", f"/v2/{path.format(EXECUTION)}?max_depth=x")[0] == 400


def test_a_tree_that_is_too_large(api: Api) -> None:
    api.runs.kept_tasks[PART] = [task(place) for place in range(5_001)]
    status, text = api.refused("GET", f"/v2/executions/{EXECUTION}/report")
    assert (status, text) == (400, "There are more than 5000 tasks here; ask for less with 'max_depth'")
