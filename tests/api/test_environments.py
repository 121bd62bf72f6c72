"""`/v2/environments` end to end over the real store."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api

ADMIN = {"x_roles": "admin"}


def create(api: Api, name: str = "e", **given: object) -> Any:
    made = api.ok("POST", "/v2/environments", {"name": name, "variables": {"a": 1}, **given})
    api.clock.tick()
    return made


def names(api: Api, query: str = "") -> list[str]:
    return [item["name"] for item in api.ok("GET", f"/v2/environments{query}")["environments"]]


def test_what_is_created_comes_back(api: Api) -> None:
    body = {"name": "an e", "description": "d", "variables": {"a": "ż"}}
    reply = api.call("POST", "/v2/environments", body)
    assert reply.status_code == 201
    made = reply.json_body
    assert made == {
        "id": made["id"],
        "name": "an e",
        "description": "d",
        "variables": '{"a": "ż"}',
        "scope": "private",
        "project_id": "<default-project>",
        "created_at": "2026-11-23 04:07:16",
    }
    shown = {**made, "updated_at": None}
    assert api.ok("GET", "/v2/environments/an%20e") == shown
    assert api.ok("GET", "/v2/environments") == {"environments": [shown]}
    assert api.ok("GET", "/v2/environments/an%20e?fields=scope") == {"id": made["id"], "scope": "private"}


def test_a_reply_is_silent_about_what_was_not_given(api: Api) -> None:
    made = api.ok("POST", "/v2/environments", {"name": "e"})
    assert set(made) == {"id", "name", "scope", "project_id", "created_at"}
    shown = api.ok("GET", "/v2/environments/e")
    assert (shown["description"], shown["variables"]) == (None, None)


def test_an_update_changes_what_is_given(api: Api) -> None:
    create(api, description="d")
    changed = api.ok("PUT", "/v2/environments", {"name": "e", "variables": '{"b": 2}'})
    assert (changed["variables"], changed["description"]) == ('{"b": 2}', "d")
    assert changed["updated_at"] == "2026-11-23 04:07:17"
    changed = api.ok("PUT", "/v2/environments", {"name": "e", "description": "f"})
    assert (changed["variables"], changed["description"]) == ('{"b": 2}', "f")


def test_null_takes_away_what_was_there(api: Api) -> None:
    create(api, description="d")
    changed = api.ok("PUT", "/v2/environments", {"name": "e", "variables": None})
    assert (changed["variables"], changed["description"]) == (None, "d")
    changed = api.ok("PUT", "/v2/environments", {"name": "e", "variables": {"a": 1}, "description": None})
    assert (changed["variables"], changed["description"]) == ('{"a": 1}', None)


def test_an_update_without_news_changes_nothing(api: Api) -> None:
    create(api)
    assert api.ok("PUT", "/v2/environments", {"name": "e", "variables": {"a": 1}})["updated_at"] is None


def test_variables_are_emptied_by_an_empty_object(api: Api) -> None:
    create(api)
    assert api.ok("PUT", "/v2/environments", {"name": "e", "variables": {}})["variables"] == "{}"


@pytest.mark.parametrize("path", ["/e", "?name=e"])
def test_removal(api: Api, path: str) -> None:
    create(api)
    assert api.call("DELETE", f"/v2/environments{path}").status_code == 204
    assert names(api) == []


def test_admins_publish(api: Api) -> None:
    create(api)
    assert api.ok("PUT", "/v2/environments", {"name": "e", "scope": "public"}, **ADMIN)["scope"] == "public"
    assert api.ok("PUT", "/v2/environments", {"name": "e", "description": "d"})["scope"] == "public"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "part"),
    [
        (
            "POST",
            "",
            {"name": "e"},
            409,
            "Duplicate entry for Environment ['name', 'project_id']: e, <default-project>",
        ),
        ("POST", "", {"variables": {}}, 400, "Name of the environment is not provided."),
        ("POST", "", {"name": ""}, 400, "Name of the environment is not provided."),
        ("POST", "", {"name": 1}, 400, "Wrong type"),
        ("POST", "", {"name": "x" * 201}, 400, "must not exceed 200 characters"),
        ("POST", "", {"name": "f", "id": "x"}, 400, "Only: ['name', 'description', 'variables', 'scope'] are allowed"),
        ("POST", "", {"name": "f", "foo": "x"}, 400, "Unknown attribute for argument env: foo"),
        ("POST", "", {"name": "f", "scope": "bad"}, 400, "Value should be one of: private, public"),
        ("POST", "", {"name": "f", "scope": "public"}, 403, "Operation forbidden"),
        ("POST", "", {"name": "f", "variables": [1]}, 400, "the JSON object must be str, bytes or bytearray, not list"),
        ("POST", "", {"name": "f", "variables": "[1]"}, 400, "JsonType field value must be a dictionary [actual=[1]]"),
        ("POST", "?x=1", {"name": "f"}, 400, 'Unknown argument: "x"'),
        ("PUT", "", {"name": "f"}, 404, "Environment not found [name=f]"),
        ("PUT", "", {"variables": {}}, 400, "Name of the environment is not provided."),
        ("PUT", "", {"name": "e", "scope": "public"}, 403, "Operation forbidden"),
        (
            "PUT",
            "",
            {"name": "e", "updated_at": "x"},
            400,
            "Only: ['description', 'variables', 'scope'] are allowed as",
        ),
        ("GET", "/e?fields=nothing", None, 400, "Field 'nothing' does not exist."),
        ("PUT", "/e", {"name": "e"}, 405, "is not allowed"),
        ("GET", "/f", None, 404, "Environment not found [name=f]"),
        ("GET", "/ID", None, 404, "Environment not found"),
        ("DELETE", "/f", None, 404, "Environment not found [name=f]"),
        ("DELETE", "/e?x=1", None, 400, 'Unknown argument: "x"'),
    ],
)
def test_requests_that_are_refused(api: Api, method: str, path: str, body: object, status: int, part: str) -> None:
    made = create(api)
    refused, message = api.refused(method, f"/v2/environments{path.replace('ID', made['id'])}", body)
    assert refused == status
    assert part in message
    assert names(api) == ["e"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?fields=name,description,variables,scope,created_at,updated_at", ["b", "a"]),
        ("?sort_keys=name", ["a", "b"]),
        ("?variables=%7B%22k%22:%202%7D", ["b"]),
        ("?description=has:x", ["a"]),
        ("?limit=1", ["b"]),
    ],
)
def test_lists(api: Api, query: str, expected: list[str]) -> None:
    create(api, "b", variables={"k": 2})
    create(api, "a", variables={"k": 1}, description="xyz")
    assert names(api, query) == expected
