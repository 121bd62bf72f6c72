"""What every reply has: a request id, headers for browsers, entity tags, a line in the log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.errors import Unavailable
from tests.api import one_run
from tests.api.client import Api

WORKFLOW = "version: '2.0'\nhello:\n  tasks:\n    t:\n      action: std.noop\n"
PAGE = {"origin": "https://app.example"}


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-1:2.3_4", True), ("a b", False), ("x" * 129, False), ("", False), ("é", False)]
)
def test_the_request_id_of_the_client_comes_back_if_it_is_sound(api: Api, given: str, kept: bool) -> None:
    found = api.call("GET", "/v2/workflows", X_Request_Id=given).headers["X-Request-Id"]
    assert (found == given) is kept
    assert found


def test_two_requests_have_two_ids(api: Api) -> None:
    assert len({api.call("GET", "/").headers["X-Request-Id"] for _ in range(2)}) == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/workflows", 200),
        ("GET", "/v2/workflows/none", 404),
        ("PATCH", "/v2/workflows", 405),
        ("DELETE", "/v2/workflows", 400),
    ],
)
def test_every_reply_is_guarded(api: Api, method: str, path: str, status: int) -> None:
    reply = api.call(method, path, X_Forwarded_Proto="https")
    assert reply.status_code == status
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert reply.headers["Strict-Transport-Security"]
    assert reply.headers["X-Request-Id"]


def test_what_is_confidential_is_not_cached(api: Api) -> None:
    assert api.call("GET", "/v2/executions").headers["Cache-Control"] == "no-store"


# --- entity tags -----------------------------------------------------------------------------------------------------


def test_a_definition_is_sent_again_only_when_it_has_changed(api: Api) -> None:
    api.ok("POST", "/v2/workflows", WORKFLOW)
    first = api.call("GET", "/v2/workflows/hello")
    tag = first.headers["ETag"]
    again = api.call("GET", "/v2/workflows/hello", If_None_Match=f'"other", {tag}')
    assert (again.status_code, again.body, again.headers["ETag"]) == (304, b"", tag)
    api.ok("PUT", "/v2/workflows", WORKFLOW.replace("std.noop", "std.fail"))
    changed = api.call("GET", "/v2/workflows/hello", If_None_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_errors_have_no_entity_tag(api: Api) -> None:
    assert "ETag" not in api.call("GET", "/v2/workflows/none").headers


# --- cross-origin requests -------------------------------------------------------------------------------------------


def test_a_page_of_an_allowed_origin_may_read_replies(api: Api) -> None:
    headers = api.call("GET", "/v2/workflows/none", **PAGE).headers
    assert headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "X-Request-Id" in headers["Access-Control-Expose-Headers"]
    assert headers["Vary"] == "Origin"


def test_no_other_page_may(api: Api) -> None:
    headers = api.call("GET", "/v2/workflows", origin="https://other.example").headers
    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Vary"] == "Origin"


@pytest.mark.parametrize("path", ["/v2/workflows", "/v2/executions/e1"])
def test_browsers_are_told_what_they_may_send(api: Api, path: str) -> None:
    reply = api.call("OPTIONS", path, **PAGE, Access_Control_Request_Method="PUT")
    assert reply.status_code == 200
    assert "PUT" in reply.headers["Access-Control-Allow-Methods"]
    assert "X-Auth-Token" in reply.headers["Access-Control-Allow-Headers"]
    assert reply.headers["Access-Control-Max-Age"] == "3600"


def test_options_without_a_page_name_the_methods(api: Api) -> None:
    reply = api.call("OPTIONS", "/v2/environments/e")
    assert reply.headers["Allow"] == "GET, DELETE, OPTIONS"
    assert "Access-Control-Allow-Origin" not in reply.headers


# --- the log ---------------------------------------------------------------------------------------------------------


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().err.splitlines()[-1])
    return found


def test_a_request_leaves_a_line_without_secrets(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    api.call("GET", "/v2/workflows/secret-name?namespace=secret", X_Auth_Token="secret", X_Request_Id="r1")
    line = logged(capsys)
    assert line.pop("ms") >= 0
    assert line == {
        "method": "GET",
        "route": "/v2/workflows/{identifier}",
        "status": 404,
        "request_id": "r1",
        "project": "<default-project>",
    }


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (f"/v2/executions/{one_run.EXECUTION}", {"execution": one_run.EXECUTION}),
        (f"/v2/tasks/{one_run.TASK}", {"task": one_run.TASK}),
        (f"/v2/action_executions/{one_run.ACTION}", {"action": one_run.ACTION}),
        ("/v2/executions/secret-name", {}),
    ],
)
def test_a_line_names_what_the_request_is_about(
    api: Api, capsys: pytest.CaptureFixture[str], path: str, named: dict[str, str]
) -> None:
    api.call("GET", path)
    line = logged(capsys)
    assert {name: line[name] for name in line if name in ("execution", "task", "action")} == named


def test_the_line_of_a_start_names_the_execution(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    one_run.start(api)
    started = api.ok("POST", "/v2/executions", {"workflow_name": "w"})
    assert logged(capsys)["execution"] == started["id"]


def test_a_busy_store_is_told_with_the_time_to_wait(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    api.executions.error = Unavailable("the table tbl-17 throttles")
    reply = api.call("POST", "/v2/executions", {"workflow_name": "w"})
    assert reply.status_code == 503
    assert int(reply.headers["Retry-After"]) > 0
    assert b"tbl-17" not in reply.body
    assert logged(capsys)["status"] == 503
