"""Routing, roots and the manners that all routes share."""

from __future__ import annotations

import pytest

from chalicelib.entry.api.http.request import MAX_BODY
from chalicelib.errors import Duplicate, LostRace, MeltemiError
from tests.api.client import Api
from tests.api.fakes import run


def test_versions(api: Api) -> None:
    link = {"href": "https://api.example/v2", "target": "v2", "rel": "self"}
    shown = api.ok("GET", "/", x_forwarded_proto="https")
    assert shown == {"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]}


FORM = "\nSend the body with Content-Type: application/json"
"""What those are told who let curl choose the type."""


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_root_document(api: Api, method: str) -> None:
    assert api.ok(method, "/v2/") == {"uri": "http://api.example/v2"}


def test_the_root_without_its_slash_leads_there(api: Api) -> None:
    reply = api.call("GET", "/v2")
    assert (reply.status_code, reply.headers["Location"]) == (302, "http://api.example/v2/")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/v2/workflows"),
        ("HEAD", "/v2/executions"),
        ("PUT", "/v2/workbooks/validate"),
        ("POST", "/v2/tasks"),
        ("POST", "/v2/executions/x"),
        ("DELETE", "/v2/tasks/x"),
    ],
)
def test_a_wrong_method_is_405(api: Api, method: str, path: str) -> None:
    assert api.refused(method, path) == (405, f"The method {method} is not allowed for this resource.")


@pytest.mark.parametrize("media_type", ["text/xml", "application/xml; charset=utf-8", "application/atom+xml"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_xml_is_refused_everywhere(api: Api, method: str, media_type: str) -> None:
    assert api.refused(method, "/v2/workflows", "<a/>", content_type=media_type)[0] == 415


def test_a_huge_body_is_413(api: Api) -> None:
    assert api.refused("POST", "/v2/workflows", "x" * (MAX_BODY + 1))[0] == 413


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (Duplicate("taken"), 409, "taken"),
        (LostRace("secret"), 503, "Another writer changed the object first."),
        (MeltemiError("secret"), 500, "Internal server error"),
        (ZeroDivisionError("secret"), 500, "Internal server error"),
    ],
)
def test_errors_become_faults(api: Api, error: Exception, status: int, text: str) -> None:
    api.runs.add(run())
    api.executions.error = error
    assert api.refused("DELETE", "/v2/executions/x") == (status, text)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "text"),
    [
        ("", "application/json", 400, 'Missing argument: "wf_ex"'),
        ("", "text/plain", 400, 'Missing argument: "wf_ex"'),
        ("{}", "text/plain", 415, "Unknown mimetype: text/plain\nThe body must be application/json"),
        ("{bad", "application/json", 400, "Request is not in valid JSON format"),
        ("[" * 100_000, "application/json", 400, "Request is not in valid JSON format"),
        ("[1]", "application/json", 400, "A JSON object is expected, not list"),
        ('{"a":1}', "", 400, 'Unknown argument: "{"a":1}"' + FORM),
        ('{"a":1}', "application/x-www-form-urlencoded", 400, 'Unknown argument: "{"a":1}"' + FORM),
        ('{"bogus":1}', "application/json; charset=utf-8", 400, "Unknown attribute for argument wf_ex: bogus"),
        (
            '{"project_id":"x"}',
            "text/javascript",
            400,
            "Invalid input for field/attribute project_id. Value: 'x'. Cannot set read only field.",
        ),
        (
            '{"workflow_name":5}',
            "application/json",
            400,
            "Invalid input for field/attribute workflow_name. Value: '5'. "
            "Wrong type. Expected '<class 'str'>', got '<class 'int'>'",
        ),
        (
            '{"workflow_name":"w","input":"[1]"}',
            "application/json",
            400,
            "JsonType field value must be a dictionary [actual=[1]]",
        ),
    ],
)
def test_bodies_that_are_refused(api: Api, body: str, content_type: str, status: int, text: str) -> None:
    assert api.refused("POST", "/v2/executions", body, content_type=content_type) == (status, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/v2/workflows?bogus=1", 'Unknown argument: "bogus"'),
        ("/v2/workflows?limit=0", "Limit must be positive."),
        (
            "/v2/workflows?limit=x",
            "Invalid input for field/attribute limit. Value: 'x'. unable to convert to int. "
            "Error: invalid literal for int() with base 10: 'x'",
        ),
        (
            "/v2/workflows?marker=x",
            "Invalid input for field/attribute marker. Value: 'x'. unable to convert to uuid. "
            "Error: Expected a uuid but received x.",
        ),
        ("/v2/workflows?sort_keys=created_at&sort_dirs=up", "Unknown sort direction, must be 'desc' or 'asc'."),
        ("/v2/workflows?sort_dirs=asc,asc", "Length of sort_keys must be equal or greater than sort_dirs."),
        ("/v2/workflows?sort_keys=", "Length of sort_keys must be equal or greater than sort_dirs."),
        ("/v2/workflows?sort_keys=nope", "Sort key supplied is invalid: nope"),
        (
            "/v2/workflows?fields=nope",
            "Some fields do not exist  [nope], please choose from [id, name, namespace, input, interface, definition, "
            "checksum, version, tags, scope, project_id, created_at, updated_at]",
        ),
        ("/?x=1", 'Unknown argument: "x"'),
        ("/v2/?x=1", 'Unknown argument: "x"'),
        ("/v2/executions?nulls=bogus", "'bogus' is not a valid field name."),
        ("/v2/executions?workflow_namespace=", 'Unknown argument: "workflow_namespace"'),
        (
            "/v2/executions?input=eq:{}",
            "Invalid input for field/attribute input. Value: 'eq:{}'. unable to convert to json. "
            "Error: Expecting value: line 1 column 1 (char 0)",
        ),
        ("/v2/tasks?type=ACTION", 'Unknown argument: "type"'),
        (
            "/v2/tasks?processed=perhaps",
            "Invalid input for field/attribute processed. Value: 'perhaps'. Value not an unambiguous boolean: perhaps",
        ),
        (
            "/v2/executions/nope/tasks",
            "Invalid input for field/attribute workflow_execution_id. Value: 'nope'. unable to convert to uuid. "
            "Error: Expected a uuid but received nope.",
        ),
        (
            "/v2/tasks/x/action_executions",
            "Invalid input for field/attribute task_execution_id. Value: 'x'. unable to convert to uuid. "
            "Error: Expected a uuid but received x.",
        ),
    ],
)
def test_queries_that_are_refused(api: Api, path: str, text: str) -> None:
    assert api.refused("GET", path) == (400, text)
