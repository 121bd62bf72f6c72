"""Typed query parameters and bodies."""

from __future__ import annotations

from typing import Any

import pytest
from chalice.app import Request as ChaliceRequest

from chalicelib.entry.api.http.request import Body, Query, from_chalice
from chalicelib.errors import Forbidden, InvalidRequest


def event(**changes: Any) -> dict[str, Any]:
    """An event as a REST API sends it to the function."""
    context = {"httpMethod": "GET", "resourcePath": "/v2/workflows", "path": "/api/v2/workflows/"}
    return {
        "requestContext": context,
        "path": "/v2/workflows/",
        "headers": {"Host": "h.example", "X-Forwarded-Proto": "https", "Content-Type": "Text/Plain; charset=utf-8"},
        "multiValueQueryStringParameters": {"a": ["1", "2"], "empty": [""]},
        "pathParameters": None,
        "stageVariables": None,
        "body": "YQ==",
        "isBase64Encoded": True,
        **changes,
    }


def test_a_request_from_behind_a_gateway() -> None:
    request = from_chalice(ChaliceRequest(event()))
    assert (request.base, request.path) == ("https://h.example/api", "/v2/workflows/")
    assert request.query.values == {"a": "2", "empty": ""}
    assert (request.media_type, request.text()) == ("text/plain", "a")


def test_a_request_without_anything() -> None:
    request = from_chalice(ChaliceRequest(event(headers={}, multiValueQueryStringParameters=None, body=None)))
    assert (request.query.values, request.media_type, request.data) == ({}, "", b"")
    assert request.base == "http://localhost/api"


def test_text_has_to_be_utf8() -> None:
    with pytest.raises(InvalidRequest):
        from_chalice(ChaliceRequest(event(body="/w=="))).text()


def test_what_nobody_was_asked_for_may_do_nothing() -> None:
    request = from_chalice(ChaliceRequest(event(headers={"X-Roles": "admin", "X-Project-Id": "p"})))
    assert request.caller.project_id == ""
    with pytest.raises(Forbidden):
        request.require("workflows:list")


@pytest.mark.parametrize(("text", "value"), [("", False), ("True", True), ("1", True), ("no", False), ("0", False)])
def test_flags(text: str, value: bool) -> None:
    assert Query({"f": text}).flag("f") is value
    assert Query({}).flag("f") is False


@pytest.mark.parametrize(("text", "value"), [("", []), ("a", ["a"]), (" A,,b ,a", ["a", "b"])])
def test_names(text: str, value: list[str]) -> None:
    assert Query({"n": text}).names("n") == value
    assert Query({}).names("n") is None


@pytest.mark.parametrize(("text", "value"), [("7", 7), ("-1", -1)])
def test_whole_numbers(text: str, value: int) -> None:
    assert Query({"n": text}).whole("n") == value


@pytest.mark.parametrize("text", ["", "x", "1.5"])
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(InvalidRequest):
        Query({"n": text}).whole("n")


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), (0, False), (1.5, True), ("Off", False), ("t", True), (None, None)]
)
def test_flags_in_bodies(value: Any, flag: bool | None) -> None:
    assert Body("a", {"f": value}).flag("f") is flag


@pytest.mark.parametrize("value", ["", "perhaps", [], {}])
def test_what_is_no_flag(value: Any) -> None:
    with pytest.raises(InvalidRequest):
        Body("a", {"f": value}).flag("f")


@pytest.mark.parametrize(
    ("value", "found"), [({"a": 1}, {"a": 1}), ('{"a": 1}', {"a": 1}), (None, None), ("null", None)]
)
def test_objects_in_bodies(value: Any, found: object) -> None:
    assert Body("a", {"o": value}).object("o") == found


@pytest.mark.parametrize("value", ["[1]", [1], 1, True, "", "x", '"x"', "[" * 100_000])
def test_what_is_no_object(value: Any) -> None:
    with pytest.raises(InvalidRequest):
        Body("a", {"o": value}).object("o")
