"""One change for many executions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import ids
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, SUCCESS
from chalicelib.errors import IllegalTransition, NotFound
from tests.api import fakes
from tests.api.client import Api
from tests.api.one_run import WORKFLOW

STATES = (RUNNING, PAUSED, SUCCESS, ERROR, CANCELLED)
BULK = "/v2/executions/bulk"


@pytest.fixture
def several(api: Api) -> list[str]:
    """An execution in each state, in this order.

    The one in ERROR has a failed task, a failed one with items, a handled one and a good one.
    """
    made = api.ok("POST", "/v2/workflows", WORKFLOW)["workflows"][0]
    ref = api.definitions.find_workflow("<default-project>", made["id"], "").ref
    tasks = (fakes.task(0, ERROR), fakes.task(1, ERROR), fakes.task(2, ERROR, error_handled=True), fakes.task(3))
    for number, state in enumerate(STATES):
        created = fakes.NOW + timedelta(seconds=number)
        found = fakes.run(f"e{number}", state=state, created_at=created, definition=ref)
        api.runs.add(found, *(tasks if state is ERROR else ()))
    return [run.start.id for run in api.runs.kept]


def bulk(api: Api, action: str, **other: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.ok("POST", BULK, {"action": action, "filter": {"workflow_name": "w"}, **other})
    return found


PLAIN, WITH_ITEMS = (ids.task_id(ids.partition("e3"), fakes.task(place).key) for place in (0, 1))


@pytest.mark.parametrize(
    ("action", "other", "asked"),
    [
        ("pause", {}, [("state", "e0", "PAUSED", None, None)]),
        ("resume", {}, [("state", "e1", "RUNNING", None, None)]),
        (
            "cancel",
            {"state_info": "why"},
            [("state", "e0", "CANCELLED", "why", None), ("state", "e1", "CANCELLED", "why", None)],
        ),
        ("delete", {}, [("delete", f"e{number}", False) for number in (2, 3, 4)]),
        ("delete", {"force": True}, [("delete", f"e{number}", True) for number in range(5)]),
        ("rerun", {}, [("rerun", PLAIN, False, None, True), ("rerun", WITH_ITEMS, False, None, False)]),
        ("rerun", {"reset": False}, [("rerun", PLAIN, False, None, True), ("rerun", WITH_ITEMS, False, None, False)]),
        ("rerun", {"reset": True}, [("rerun", PLAIN, False, None, True), ("rerun", WITH_ITEMS, False, None, True)]),
    ],
)
@pytest.mark.usefixtures("several")
def test_what_is_asked_of_whom(api: Api, action: str, other: dict[str, Any], asked: list[tuple[object, ...]]) -> None:
    found = bulk(api, action, **other)
    assert api.executions.asked == asked
    assert (found["seen"], found["failed"], "cursor" in found) == (5, [], False)
    assert len(found["done"]) + found["passed_over"] == 5


@pytest.mark.usefixtures("several")
def test_a_dry_run_changes_nothing(api: Api) -> None:
    assert bulk(api, "delete", dry_run=True)["done"] == ["e2", "e3", "e4"]
    assert api.executions.asked == []


@pytest.mark.usefixtures("several")
def test_the_cursor_leads_through_all_of_them(api: Api) -> None:
    done, cursor, requests = list[str](), None, 0
    while requests == 0 or cursor:
        found = bulk(api, "delete", limit=1, **({"cursor": cursor} if cursor else {}))
        done, cursor, requests = [*done, *found["done"]], found.get("cursor"), requests + 1
    assert done == ["e2", "e3", "e4"]


@pytest.mark.usefixtures("several")
def test_a_failure_is_told_and_the_others_go_on(api: Api) -> None:
    api.executions.error = IllegalTransition("no")
    found = bulk(api, "cancel")
    assert found["failed"] == [{"id": "e0", "error": "no"}, {"id": "e1", "error": "no"}]
    assert found["done"] == []


@pytest.mark.usefixtures("several")
def test_what_is_gone_meanwhile_is_passed_over(api: Api) -> None:
    api.executions.error = NotFound("gone")
    found = bulk(api, "cancel")
    assert (found["passed_over"], found["done"], found["failed"]) == (5, [], [])


@pytest.mark.usefixtures("several")
def test_filters_are_those_of_lists(api: Api) -> None:
    found = bulk(api, "delete", filter={"state": "in:ERROR,CANCELLED", "created_at": "gte:2026-11-23T04:07:20Z"})
    assert found["done"] == ["e4"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"filter": {"state": "ERROR"}}, "The action must be one of pause, resume, cancel, delete, rerun, not None"),
        ({"action": "stop", "filter": {"state": "ERROR"}}, "not 'stop'"),
        ({"action": "pause"}, "The filter must name at least one member"),
        ({"action": "pause", "filter": {}}, "The filter must name at least one member"),
        ({"action": "pause", "filter": {"color": "red"}}, 'Unknown argument: "color"'),
        ({"action": "pause", "filter": {"state": 1}}, "Invalid input for field/attribute state"),
        (
            {"action": "delete", "filter": {"updated_at": "lt:yesterday"}},
            "field/attribute updated_at. Value: 'yesterday'",
        ),
        ({"action": "delete", "filter": {"state": "RUNING"}}, "Value should be one of: IDLE, WAITING, RUNNING"),
        (
            {"action": "delete", "filter": {"workflow_name": None}},
            "The filter by workflow_name must be a text, not null",
        ),
        ({"action": "delete", "filter": {"tags": "eq: ,"}}, "The filter by tags must name at least one tag"),
        ({"action": "pause", "filter": {"project_id": "p"}}, 'Unknown argument: "project_id"'),
        ({"action": "pause", "filter": {"state": "ERROR"}, "limit": 501}, "from 1 to 500, not 501"),
        ({"action": "pause", "filter": {"state": "ERROR"}, "limit": True}, "not True"),
        ({"action": "pause", "filter": {"state": "ERROR"}, "cursor": "x"}, "The cursor is not one"),
        ({"action": "pause", "filter": {"state": "ERROR"}, "cursor": "WyIyMDI2IiwgIngiXQ=="}, "The cursor is not one"),
        ({"action": "pause", "filter": {"state": "ERROR"}, "colour": 1}, "Unknown attribute for argument bulk: colour"),
    ],
)
def test_what_is_wrong_is_named(api: Api, body: dict[str, Any], text: str) -> None:
    status, found = api.refused("POST", BULK, body)
    assert status == 400
    assert text in found


def test_a_join_that_failed_because_of_a_task_is_left_to_that_task(api: Api) -> None:
    made = api.ok("POST", "/v2/workflows", WORKFLOW)["workflows"][0]
    ref = api.definitions.find_workflow("<default-project>", made["id"], "").ref
    join = fakes.task(2, ERROR, state_info="Failed by tasks: ['t0']", action=None, attempts=0)
    api.runs.add(fakes.run("e3", state=ERROR, definition=ref), fakes.task(0, ERROR), join)
    assert bulk(api, "rerun")["done"] == ["e3"]
    assert [asked[1] for asked in api.executions.asked] == [PLAIN]
