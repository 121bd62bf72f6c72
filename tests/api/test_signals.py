"""`/v2/signals` and `/v2/links` over the real store; what signals do to executions is only noted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.bootstrap.container import services
from chalicelib.core import ids
from chalicelib.core.states import ERROR, RUNNING
from chalicelib.core.values import ActionKey
from chalicelib.errors import IllegalTransition
from tests.api import fakes
from tests.api.client import Api
from tests.api.tenants import Tenants

RUN, TASK = fakes.run(), fakes.task(state=RUNNING)
ACTION = ids.action_id(ids.partition(RUN.start.id), ActionKey(TASK.key, 1))
HTML = {"accept": "text/html"}
FORM = {"content_type": "application/x-www-form-urlencoded"}


@pytest.fixture
def waiting(api: Api, request: pytest.FixtureRequest) -> Api:
    """A task waits for the signal of the test's own name."""
    api.runs.add(RUN, TASK)
    services().signals.wait(name(request), RUN.start.id, ACTION)
    return api


@pytest.fixture
def path(request: pytest.FixtureRequest) -> str:
    return f"/v2/signals/{name(request)}"


def key_of(path: str) -> str:
    return path.rpartition("/")[2]


def name(request: pytest.FixtureRequest) -> str:
    return "key of " + re.sub(r"\W", "-", request.node.name)


@pytest.fixture
def link(waiting: Api, path: str) -> str:
    """The path of a link by which the signal is sent."""
    made = waiting.ok("POST", f"{path}/links", {"text": "<Buy> it?", "expires": 60})
    assert made["expires_at"] == "2026-11-23 04:08:16"
    return str(made["url"]).removeprefix("https://api.example")


def completed(api: Api) -> list[Any]:
    return [asked[1:] for asked in api.executions.asked if asked[0] == "complete"]


def test_a_signal_ends_what_waits_for_it_with_the_body_as_result(waiting: Api, path: str) -> None:
    shown = {"execution_id": RUN.start.id, "action_execution_id": ACTION, "since": "2026-11-23 04:07:16"}
    assert waiting.ok("GET", path) == {"waiting": [shown]}
    assert waiting.ok("POST", path, {"by": "Ada"}) == {"completed": [ACTION]}
    assert completed(waiting) == [(ACTION, "SUCCESS", {"by": "Ada"}, True)]
    assert waiting.ok("GET", path) == {"waiting": []}
    assert waiting.refused("POST", path, {"by": "Ada"})[0] == 404
    assert len(completed(waiting)) == 1


@pytest.mark.parametrize(("body", "result"), [(None, {}), ([1], [1]), (0, 0)])
def test_any_json_is_a_result(waiting: Api, path: str, body: object, result: object) -> None:
    waiting.ok("POST", f"{path}?state=ERROR", body)
    assert completed(waiting) == [(ACTION, "ERROR", result, True)]


def test_an_order_that_comes_late_does_not_wait_again(api: Api, path: str) -> None:
    api.runs.add(RUN, fakes.task())
    services().signals.wait(key_of(path), RUN.start.id, ACTION)
    assert api.ok("GET", path) == {"waiting": []}


def test_what_is_over_by_now_counts_for_nothing(waiting: Api, path: str) -> None:
    waiting.executions.error = IllegalTransition("it timed out")
    assert waiting.refused("POST", path)[0] == 404
    waiting.executions.error = None
    assert waiting.ok("GET", path) == {"waiting": []}


def test_a_task_that_goes_on_in_a_run_that_failed_takes_a_signal(waiting: Api, link: str) -> None:
    waiting.runs.kept = [fakes.run(state=ERROR)]
    waiting.ok("POST", link, {"approved": True})
    assert len(completed(waiting)) == 1


@pytest.mark.parametrize("change", [{"state": ERROR}, {"superseded": 1}])
def test_a_task_that_timed_out_or_tries_again_takes_no_signal_and_uses_no_link_up(
    waiting: Api, link: str, path: str, change: dict[str, Any]
) -> None:
    waiting.runs.kept_tasks[ids.partition(RUN.start.id)] = [replace(TASK, **change)]
    assert waiting.refused("POST", link, {"approved": True})[0] == 404
    assert waiting.ok("GET", link)["answer"] is None
    assert waiting.refused("POST", path)[0] == 404
    assert completed(waiting) == []
    assert waiting.ok("GET", path) == {"waiting": []}


@pytest.mark.parametrize(
    ("query", "body", "headers", "status"),
    [
        ("?state=RUNNING", {}, {}, 400),
        ("?odd=1", {}, {}, 400),
        ("", "text", {}, 415),
        ("", "{", {"content_type": "application/json"}, 400),
    ],
)
def test_what_is_no_signal(
    waiting: Api, path: str, query: str, body: object, headers: dict[str, str], status: int
) -> None:
    assert waiting.refused("POST", path + query, body, **headers)[0] == status
    assert completed(waiting) == []


def test_a_key_has_a_length(api: Api) -> None:
    assert api.refused("GET", "/v2/signals/" + "k" * 256)[0] == 400


@pytest.mark.parametrize("body", [{"expires": 0}, {"expires": 400 * 86400}, {"text": "x" * 2001}, {"odd": 1}])
def test_what_is_no_link(waiting: Api, path: str, body: object) -> None:
    assert waiting.refused("POST", f"{path}/links", body)[0] == 400


def test_looking_at_a_link_changes_nothing(waiting: Api, link: str) -> None:
    for _ in range(3):
        found = waiting.ok("GET", link)
        assert found == {"text": "<Buy> it?", "expires_at": "2026-11-23 04:08:16", "used_at": None, "answer": None}
        page = waiting.call("GET", link, **HTML)
        assert page.status_code == 200
        assert b"&lt;Buy&gt; it?" in page.body
        assert b'<form method="post">' in page.body
        assert page.headers["Cache-Control"] == "no-store"
        assert "script" not in page.headers["Content-Security-Policy"]
    assert completed(waiting) == []


@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [
        ({"approved": True, "comment": "fine"}, {}, {"approved": True, "comment": "fine"}),
        ({"approved": False}, {}, {"approved": False, "comment": ""}),
        ("decision=approve&comment=it%27s+fine", {**FORM, **HTML}, {"approved": True, "comment": "it's fine"}),
        ("decision=reject", {**FORM, **HTML}, {"approved": False, "comment": ""}),
    ],
)
def test_an_answer_counts_once(
    waiting: Api, link: str, body: object, headers: dict[str, str], said: dict[str, object]
) -> None:
    for _ in range(2):  # a double click, or a browser that sends again
        assert waiting.call("POST", link, body, **headers).status_code == 200
    assert completed(waiting) == [(ACTION, "SUCCESS", said, True)]
    assert waiting.ok("GET", link)["answer"] == said
    other = {"approved": not said["approved"]}
    assert waiting.refused("POST", link, other) == (409, "This link was used before, with the other answer")
    page = waiting.call("GET", link, **HTML).body
    assert (b"Approved" if said["approved"] else b"Rejected") in page
    assert b"<form" not in page


def test_an_old_link_does_not_decide_what_waits_later(waiting: Api, link: str, path: str) -> None:
    waiting.ok("POST", link, {"approved": True})
    waiting.clock.tick()
    services().signals.wait(key_of(path), RUN.start.id, ACTION)
    waiting.ok("POST", link, {"approved": True})
    waiting.ok("GET", link)
    assert len(completed(waiting)) == 1
    assert len(waiting.ok("GET", path)["waiting"]) == 1


def test_who_died_after_the_answer_was_kept_is_made_up_for_by_the_next_look(waiting: Api, link: str) -> None:
    waiting.executions.error = RuntimeError("the process is gone")
    assert waiting.call("POST", link, {"approved": True}).status_code == 500
    waiting.executions.error = None
    assert waiting.ok("GET", link)["answer"] == {"approved": True, "comment": ""}
    assert completed(waiting)[-1] == (ACTION, "SUCCESS", {"approved": True, "comment": ""}, True)


def test_the_clock_of_who_answers_may_be_behind_that_of_who_waits(api: Api, path: str) -> None:
    link = api.ok("POST", f"{path}/links", {})["url"].removeprefix("https://api.example")
    api.runs.add(RUN, TASK)
    api.clock.tick()
    services().signals.wait(key_of(path), RUN.start.id, ACTION)
    api.clock.tick(-1)
    assert api.ok("POST", link, {"approved": True})["answer"]["approved"] is True
    assert len(completed(api)) == 1
    assert api.ok("GET", path) == {"waiting": []}


def test_an_order_that_comes_again_does_not_take_the_answer_from_who_waited(waiting: Api, link: str, path: str) -> None:
    waiting.executions.error = RuntimeError("the process is gone")
    waiting.call("POST", link, {"approved": True})
    waiting.executions.error = None
    waiting.clock.tick()
    services().signals.wait(key_of(path), RUN.start.id, ACTION)
    waiting.ok("GET", link)
    assert completed(waiting)[-1] == (ACTION, "SUCCESS", {"approved": True, "comment": ""}, True)
    assert waiting.ok("GET", path) == {"waiting": []}


def test_an_answer_that_nobody_waits_for_does_not_use_the_link_up(api: Api, path: str) -> None:
    link = api.ok("POST", f"{path}/links", {})["url"].removeprefix("https://api.example")
    assert api.refused("POST", link, {"approved": True})[0] == 404
    api.runs.add(RUN, TASK)
    services().signals.wait(key_of(path), RUN.start.id, ACTION)
    assert api.ok("POST", link, {"approved": True})["answer"]["approved"] is True


@pytest.mark.parametrize("body", [{}, {"approved": "maybe"}, {"approved": True, "odd": 1}, {"comment": "x" * 10_001}])
def test_what_is_no_answer(waiting: Api, link: str, body: dict[str, object]) -> None:
    assert waiting.refused("POST", link, {"approved": True, **body} if "comment" in body else body)[0] == 400
    page = waiting.call("POST", link, "decision=both", **FORM, **HTML)
    assert (page.status_code, b"decision must be approve or reject" in page.body) == (400, True)
    assert completed(waiting) == []


def test_links_that_are_over_or_made_up(waiting: Api, link: str) -> None:
    waiting.clock.tick(61)
    for one in (link, "/v2/links/meltemi_made-up"):
        assert waiting.refused("GET", one)[0] == 404
        assert waiting.refused("POST", one, {"approved": True})[0] == 404
        page = waiting.call("GET", one, **HTML)
        assert (page.status_code, b"not valid" in page.body) == (404, True)
    assert completed(waiting) == []


def test_signals_let_executions_come_to_rest_before_maintenance(waiting: Api, link: str, path: str) -> None:
    assert waiting.ok("PUT", "/maintenance", {"status": "PAUSED"}, x_roles="admin")["status"] == "PAUSING"
    waiting.ok("POST", link, {"approved": True})
    assert waiting.refused("POST", path)[0] == 404
    assert waiting.call("POST", f"{path}/links", {}).status_code == 201


def test_maintenance_locks_signals_and_links(api: Api, path: str) -> None:
    link = api.ok("POST", f"{path}/links", {})["url"].removeprefix("https://api.example")
    api.ok("PUT", "/maintenance", {"status": "PAUSED"}, x_roles="admin")
    services().maintenance.tick(lambda: True)
    assert api.ok("GET", "/maintenance") == {"status": "PAUSED"}
    assert api.call("POST", path).status_code == 423
    assert api.call("POST", link, {"approved": True}).status_code == 423


def test_a_key_means_something_in_one_project_only(tenants: Tenants, path: str) -> None:
    tenants.api.runs.add(fakes.run(project_id="blue"), TASK)
    services().signals.wait(key_of(path), RUN.start.id, ACTION)
    assert tenants.refused("red", "POST", path)[0] == 404
    assert tenants.ok("red:admin", "GET", path) == {"waiting": []}
    assert tenants.ok("blue", "POST", path) == {"completed": [ACTION]}


def test_a_link_needs_no_credentials_and_acts_for_the_project_that_made_it(tenants: Tenants, path: str) -> None:
    tenants.api.runs.add(fakes.run(project_id="blue"), TASK)
    services().signals.wait(key_of(path), RUN.start.id, ACTION)
    links = {
        project: tenants.ok(project, "POST", f"{path}/links", {})["url"].removeprefix("https://api.example")
        for project in ("red", "blue")
    }
    assert tenants.api.refused("POST", links["red"], {"approved": True})[0] == 404
    tenants.api.ok("POST", links["blue"], {"approved": True})
    assert len(completed(tenants.api)) == 1
    assert tenants.api.call("POST", path).status_code == 401


def test_an_answer_that_comes_too_late_is_refused_and_its_link_is_spent(waiting: Api, link: str) -> None:
    """Somebody sent the signal, or answered by another link, at the same moment."""
    waiting.executions.error = IllegalTransition("it has a result")
    assert waiting.refused("POST", link, {"approved": True})[0] == 409
    assert waiting.refused("GET", link)[0] == 404


def test_an_answer_that_somebody_else_carried_out_counts(waiting: Api, link: str) -> None:
    """Whoever looks at a link that was answered brings the answer; it may be quicker than the one who answered."""
    waiting.executions.error = IllegalTransition("it has a result")
    waiting.executions.results.append((ACTION, "SUCCESS", {"approved": True, "comment": ""}))
    assert waiting.ok("POST", link, {"approved": True})["answer"] == {"approved": True, "comment": ""}
