"""Options of cron triggers, changes of them, and executions out of turn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.service.executions.commands import StartRequest
from chalicelib.service.triggers.cron.schedule import execution_id
from tests.api.client import Api
from tests.api.fakes import run

ADMIN = {"x_roles": "admin"}
WORKFLOW = "version: '2.0'\nw:\n  input: [a, b: 1]\n  tasks: {t: {action: std.noop}}\n"
YEARLY = "0 0 1 1 *"


@pytest.fixture(autouse=True)
def workflow(api: Api) -> Any:
    """The workflow that the triggers start."""
    return api.ok("POST", "/v2/workflows", WORKFLOW)["workflows"][0]


def body(**given: object) -> dict[str, object]:
    found = {"name": "c", "workflow_name": "w", "pattern": YEARLY, "workflow_input": {"a": 1}, **given}
    return {name: value for name, value in found.items() if value is not None}


def create(api: Api, name: str = "c", **given: Any) -> Any:
    made = api.ok("POST", "/v2/cron_triggers", body(name=name, **given))
    api.clock.tick()
    return made


def names(api: Api, query: str = "") -> list[str]:
    return [item["name"] for item in api.ok("GET", f"/v2/cron_triggers{query}")["cron_triggers"]]


OPTIONS: dict[str, Any] = {
    "timezone": "Europe/Berlin",
    "overlap": "skip",
    "catch_up": 600,
    "jitter": 30,
    "paused": False,
}


def test_options_come_back(api: Api) -> None:
    made = create(api, pattern="0 0 * * *", **OPTIONS)
    assert {name: made[name] for name in OPTIONS} == OPTIONS
    assert made["next_execution_time"] == "2026-11-23 23:00:00"
    assert names(api, "?overlap=skip&paused=false&timezone=Europe/Berlin&jitter=30") == ["c"]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"pattern": "@daily"}, {"pattern": "@daily", "next_execution_time": "2026-11-24 00:00:00"}),
        ({"remaining_executions": 7}, {"remaining_executions": 7, "next_execution_time": "2027-01-01 00:00:00"}),
        ({"timezone": "Asia/Tokyo"}, {"timezone": "Asia/Tokyo", "next_execution_time": "2026-12-31 15:00:00"}),
        ({"workflow_input": {"a": 2}}, {"workflow_input": '{"a": 2}', "workflow_params": "{}"}),
        ({"workflow_params": {"env": {}}}, {"workflow_input": '{"a": 1}', "workflow_params": '{"env": {}}'}),
        ({"paused": True}, {"paused": True}),
        ({**OPTIONS, "overlap": None}, {**OPTIONS, "overlap": "allow"}),
    ],
)
def test_changes(api: Api, change: dict[str, object], shown: dict[str, object]) -> None:
    create(api)
    changed = api.ok("PUT", "/v2/cron_triggers/c", change)
    assert {name: changed[name] for name in shown} == shown
    assert changed["updated_at"] is not None
    assert api.ok("GET", "/v2/cron_triggers/c") == changed


def test_a_trigger_that_goes_on_skips_what_it_missed(api: Api) -> None:
    create(api, pattern="@hourly", paused=True)
    api.clock.tick(5 * 3600)
    changed = api.ok("PUT", "/v2/cron_triggers?identifier=c", {"paused": False})
    assert changed["next_execution_time"] == "2026-11-23 10:00:00"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"overlap": "odd"}, "overlap must be one of allow, skip, buffer_one, cancel_previous, not 'odd'"),
        ({"catch_up": 59}, "Value should be greater or equal to 60"),
        ({"jitter": 3601}, "jitter must be 0 to 3600 seconds, not 3601"),
        ({"jitter": -1}, "Value should be greater or equal to 0"),
        ({"timezone": "Mars"}, "There is no time zone 'Mars'"),
        *[
            ({"timezone": odd}, f"There is no time zone '{odd}'; a name such as Europe/Berlin is wanted")
            for odd in (
                "right/Europe/Berlin",
                "posix/Europe/Berlin",
                "posixrules",
                "localtime",
                "Factory",
                "../UTC",
                "",
            )
        ],
        ({"pattern": "bad"}, "The specified pattern is not valid: bad"),
        ({"workflow_input": {}}, "missing=['a']"),
        ({"name": "d"}, "Unknown attribute for argument cron_trigger: name"),
    ],
)
def test_changes_that_are_refused(api: Api, change: dict[str, object], text: str) -> None:
    made = create(api)
    status, found = api.refused("PUT", "/v2/cron_triggers/c", change)
    assert (status, text in found) == (400, True), found
    assert api.ok("GET", "/v2/cron_triggers/c")["pattern"] == made["pattern"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?count=2", ["2026-11-24 00:00:00", "2026-11-25 00:00:00"]),
        ("", [f"2026-11-{day} 00:00:00" for day in (24, 25, 26)]),  # it fires three times
    ],
)
def test_fire_times(api: Api, query: str, found: list[str]) -> None:
    create(api, pattern="@daily", remaining_executions=3)
    assert api.ok("GET", f"/v2/cron_triggers/c/fire_times{query}") == {"fire_times": found}


def test_fire_times_of_a_trigger_without_a_pattern(api: Api) -> None:
    create(api, pattern=None, first_execution_time="2026-11-24 00:00")
    assert api.ok("GET", "/v2/cron_triggers/c/fire_times") == {"fire_times": ["2026-11-24 00:00:00"]}


SUNDAYS = "0 0 30 2 0"
"""Sundays of February, and what is shown in place of a pattern that was not given."""


def test_sundays_of_february_are_a_pattern_like_any_other(api: Api) -> None:
    create(api, pattern=SUNDAYS)
    times = api.ok("GET", "/v2/cron_triggers/c/fire_times?count=2")["fire_times"]
    assert times == ["2027-02-07 00:00:00", "2027-02-14 00:00:00"]


def test_a_trigger_without_a_pattern_gets_one(api: Api) -> None:
    made = create(api, pattern=None, first_execution_time="2026-11-24 00:00")
    assert made["pattern"] == SUNDAYS
    api.ok("PUT", "/v2/cron_triggers/c", {"pattern": SUNDAYS, "remaining_executions": 9})
    times = api.ok("GET", "/v2/cron_triggers/c/fire_times?count=3")["fire_times"]
    assert times == ["2026-11-24 00:00:00", "2027-02-07 00:00:00", "2027-02-14 00:00:00"]


def test_a_trigger_whose_one_time_has_passed_does_not_go_on_without_a_pattern(api: Api) -> None:
    create(api, pattern=None, first_execution_time="2026-11-24 00:00", paused=True)
    api.clock.tick(2 * 86400)
    expected = "The one time at which this trigger fires has passed; give it a pattern, or run it now"
    assert api.refused("PUT", "/v2/cron_triggers/c", {"paused": False}) == (400, expected)
    changed = api.ok("PUT", "/v2/cron_triggers/c", {"paused": False, "pattern": "@daily"})
    assert changed["next_execution_time"] == "2026-11-26 00:00:00"


def test_fire_times_end_with_the_calendar(api: Api) -> None:
    create(api, pattern="@hourly", first_execution_time="9999-12-31 23:30", timezone="America/New_York")
    assert api.ok("GET", "/v2/cron_triggers/c/fire_times") == {"fire_times": ["9999-12-31 23:30:00"]}


@pytest.mark.parametrize(
    ("path", "status"), [("c/fire_times?count=0", 400), ("c/fire_times?count=101", 400), ("d/fire_times", 404)]
)
def test_fire_times_that_are_refused(api: Api, path: str, status: int) -> None:
    create(api)
    assert api.refused("GET", f"/v2/cron_triggers/{path}")[0] == status


def started(api: Api) -> list[StartRequest]:
    return [asked[1] for asked in api.executions.asked if isinstance(asked[1], StartRequest)]


def test_run_now(api: Api, workflow: Any) -> None:
    made = create(api, workflow_params={"env": {"x": 1}})
    api.runs.kept.append(run())
    assert api.ok("POST", "/v2/cron_triggers/c/run") == {"execution_id": run().start.id}
    request = started(api)[0]
    assert (request.workflow, request.input, request.id) == (workflow["id"], {"a": 1}, None)
    assert made["id"] in str(request.description)
    assert api.ok("GET", "/v2/cron_triggers/c")["next_execution_time"] == made["next_execution_time"]


PERIOD = {"from": "2026-11-20 00:00", "to": "2026-11-22T00:00:00+00:00"}
"""From the first midnight to before the last one."""


@pytest.mark.parametrize("dry_run", [True, False])
def test_backfill(api: Api, dry_run: bool) -> None:
    create(api, pattern="@daily")
    api.runs.kept.append(run())
    made = api.ok("POST", "/v2/cron_triggers/c/backfill", {**PERIOD, "dry_run": dry_run})["executions"]
    assert [found["fire_time"] for found in made] == ["2026-11-20 00:00:00", "2026-11-21 00:00:00"]
    assert [request.id for request in started(api)] == ([] if dry_run else [found["execution_id"] for found in made])


def test_a_backfilled_time_has_the_execution_that_firing_gives_it(api: Api) -> None:
    made = create(api, pattern="@daily")
    found = api.ok("POST", "/v2/cron_triggers/c/backfill", {**PERIOD, "dry_run": True})["executions"][0]
    assert found["execution_id"] == execution_id(made["id"], datetime(2026, 11, 20, tzinfo=UTC))


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ({"from": "2026-11-20", "to": "2026-11-20"}, "'from' must be before 'to', and 'to' must not lie in the future"),
        ({"from": "2026-11-20", "to": "2026-11-24"}, "'to' must not lie in the future"),
        ({"from": "2026-01-01", "to": "2026-11-20"}, "There are more than 100 fire times in this period"),
        ({"from": "soon", "to": "2026-11-20"}, "'from' must be a time such as 2026-11-23 04:07, not 'soon'"),
        ({"from": "0001-01-01", "to": "0001-01-02"}, "'from' must not lie before the year 1970"),
        ({"from": "0001-01-01T00:00:00+09:00", "to": "2026-11-20"}, "'from' must not lie before the year 1970"),
        ({"from": "2026-11-20"}, "'to' must be a time such as 2026-11-23 04:07, not ''"),
    ],
)
def test_periods_that_are_refused(api: Api, period: dict[str, str], text: str) -> None:
    create(api, pattern="@daily")
    status, found = api.refused("POST", "/v2/cron_triggers/c/backfill", period)
    assert (status, text in found) == (400, True), found
    assert started(api) == []
