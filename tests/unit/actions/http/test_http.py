from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from chalicelib import errors
from chalicelib.actions.registry import Registry
from chalicelib.actions.run_action import run
from chalicelib.actions.runtime.action_type import ActionContext, HttpAnswer, HttpRequest, Outside
from chalicelib.actions.runtime.egress import EgressPolicy
from chalicelib.core.jsontext import Json, JsonDict

find = Registry().find

URL = "http://h/p"
OK = HttpAnswer(status=200, reason="OK", url=URL)
CONTEXT = ActionContext(
    workflow_name="wf",
    execution_id="ex-1",
    task_id="t-1",
    action_execution_id="a-1",
    callback_url="/v2/action_executions/a-1",
    timeout=9,
)


@dataclass
class FakeSend:
    answer: HttpAnswer = OK
    requests: list[HttpRequest] = field(default_factory=list)
    seconds: list[float | None] = field(default_factory=list)

    def __call__(self, request: HttpRequest, egress: EgressPolicy, seconds: float | None) -> HttpAnswer:
        self.requests.append(request)
        self.seconds.append(seconds)
        return self.answer


def sent(given: JsonDict, name: str = "std.http", context: ActionContext = CONTEXT) -> HttpRequest:
    send = FakeSend()
    run(find(name), {"url": URL, **given}, context, Outside(send=send))
    return send.requests[0]


def result(answer: HttpAnswer, name: str = "std.http") -> Json:
    return run(find(name), {"url": URL}, CONTEXT, Outside(send=FakeSend(answer)))


def failure(given: JsonDict, answer: HttpAnswer = OK, name: str = "std.http") -> object:
    with pytest.raises(errors.ActionFailed) as caught:
        run(find(name), {"url": URL, **given}, CONTEXT, Outside(send=FakeSend(answer)))
    return caught.value.result


@pytest.mark.parametrize(
    ("given", "request_"),
    [
        ({}, HttpRequest(url=URL)),
        ({"url": " http://x/ "}, HttpRequest(url="http://x/")),
        ({"method": "PUT", "body": "plain"}, HttpRequest(url=URL, method="PUT", body="plain")),
        ({"body": {"k": [1, "é"]}}, HttpRequest(url=URL, body='{"k": [1, "\\u00e9"]}')),
        ({"body": {"a": 1}, "json": {}}, HttpRequest(url=URL, body='{"a": 1}', json={})),
        ({"json": [1]}, HttpRequest(url=URL, json=[1])),
        ({"auth": "user:pass"}, HttpRequest(url=URL, auth=("user", "pass"))),
        ({"auth": ""}, HttpRequest(url=URL)),
        (
            {"headers": {"A": 1, "B": True, "C": 1.5, "D": "d", "E": None}},
            HttpRequest(url=URL, headers={"A": "1", "B": "True", "C": "1.5", "D": "d", "E": None}),
        ),
        ({"timeout": 3}, HttpRequest(url=URL, timeout=3)),
        ({"timeout": 0}, HttpRequest(url=URL, timeout=0)),
        ({"allow_redirects": "yes"}, HttpRequest(url=URL, allow_redirects=True)),
        ({"verify": False}, HttpRequest(url=URL, verify=False)),
        ({"verify": "/etc/passwd"}, HttpRequest(url=URL)),  # never a path on the executor
    ],
)
def test_request(given: JsonDict, request_: HttpRequest) -> None:
    assert sent(given) == request_


@pytest.mark.parametrize(("timeout", "seconds"), [(9, 9), (None, None), (0, None)])
def test_time_left_goes_with_the_request(timeout: float | None, seconds: float | None) -> None:
    send = FakeSend()
    run(find("std.http"), {"url": URL}, replace(CONTEXT, timeout=timeout), Outside(send=send))
    assert send.seconds == [seconds]


@pytest.mark.parametrize(
    ("name", "given", "msg"),
    [
        ("std.http", {"auth": "user"}, "Failed to send HTTP request: parameter 'auth' must look like 'user:password'."),
        (
            "std.http",
            {"auth": "a:b:c"},
            "Failed to send HTTP request: parameter 'auth' must look like 'user:password'.",
        ),
        ("std.http", {"url": 5}, "Parameter 'url' must be text."),
        ("std.mistral_http", {"headers": "x"}, "Parameter 'headers' must be a mapping."),
    ],
)
def test_request_refused(name: str, given: JsonDict, msg: str) -> None:
    text = f"The action raised an exception [action={name}, action_ex_id=a-1, msg='{msg}']"
    assert failure(given, name=name) == text


def test_whole_result() -> None:
    answer = HttpAnswer(
        status=200,
        reason="OK",
        url="http://h/q",
        body=b'{"a": 1}',
        encoding="utf-8",
        headers={"Content-Type": "application/json"},
        cookies={"c": "v"},
        history=(b"x" * 128 + b"y", b""),
        elapsed=0.25,
    )
    assert result(answer) == {
        "content": {"a": 1},
        "status": 200,
        "headers": {"Content-Type": "application/json"},
        "url": "http://h/q",
        "history": [["x" * 128, "y"], []],
        "encoding": "utf-8",
        "reason": "OK",
        "cookies": {"c": "v"},
        "elapsed": 0.25,
    }


@pytest.mark.parametrize(
    ("body", "encoding", "content"),
    [
        (b"12", "ISO-8859-1", 12),  # JSON whatever the type says
        (b"null", None, None),
        (b'{"a":', "utf-8", '{"a":'),
        (b"", None, ""),
        ("café".encode("latin-1"), "iso-8859-1", "café"),
        ("café".encode(), "ISO-8859-1", "cafÃ©"),  # what the type says, right or wrong
        ("café €".encode(), None, "café €"),
        ('"é"'.encode("utf-16"), None, "é"),
        (b'\xef\xbb\xbf{"a":1}', "utf-8", '\ufeff{"a":1}'),
        (b'["\xff"]', "utf-8", ["\ufffd"]),
        (b"[1]", "nope", [1]),
        (b"NaN", "utf-8", "NaN"),
        (b"-Infinity", None, "-Infinity"),
        (b'{"n": 1e400}', "utf-8", '{"n": 1e400}'),  # which Mistral keeps as Infinity
        (b"[1, -1E999]", None, "[1, -1E999]"),
        (b"1e-400", None, 0.0),
        (b'{"a\\udc00": "x\\ud83d"}', None, {"a\udc00": "x\ud83d"}),  # halves of characters are JSON
        (b"+2D0-", "utf-7", "\ud83d"),
        (b"[" * 100_000, "utf-8", "[" * 100_000),
    ],
)
def test_content(body: bytes, encoding: str | None, content: Json) -> None:
    shown = result(replace(OK, body=body, encoding=encoding))
    assert isinstance(shown, dict)
    assert shown["content"] == content


@pytest.mark.parametrize(
    ("body", "encoding", "text"),
    [
        (
            b"\xff\xfe\x80",
            None,
            "Failed to complete action due to a Mistral exception [action=std.http, action_ex_id=a-1]\n"
            " UnicodeDecodeError: utf-8",
        ),
        (
            b"abc",
            "nope",
            "The action raised an exception [action=std.http, action_ex_id=a-1, msg='unknown encoding: nope']",
        ),
    ],
)
def test_content_that_is_no_text(body: bytes, encoding: str | None, text: str) -> None:
    assert failure({}, replace(OK, body=body, encoding=encoding)) == text


@pytest.mark.parametrize("name", ["std.http", "std.mistral_http"])
@pytest.mark.parametrize(
    ("status", "good"),
    [
        (200, True),
        (204, True),
        (299, True),
        (302, True),
        (306, True),
        (199, False),
        (307, False),
        (308, False),
        (404, False),
    ],
)
def test_status(name: str, status: int, good: bool) -> None:
    answer = replace(OK, status=status, body=b"1")
    shown = result(answer, name) if good else failure({}, answer, name)
    assert isinstance(shown, dict)
    assert (shown["status"], shown["content"]) == (status, 1)


def test_mistral_http_says_where_to_answer() -> None:
    request = sent({"headers": {"A": 1, "Mistral-Task-Id": "mine"}}, "std.mistral_http")
    assert request.headers == {
        "A": "1",
        "Mistral-Workflow-Name": "wf",
        "Mistral-Workflow-Execution-Id": "ex-1",
        "Mistral-Task-Id": "t-1",
        "Mistral-Action-Execution-Id": "a-1",
        "Mistral-Callback-URL": "/v2/action_executions/a-1",
    }
