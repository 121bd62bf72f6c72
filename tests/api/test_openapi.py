"""The document and the routes say the same; and what the document says holds for requests made up from it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chalicelib.core import ids
from chalicelib.core.values import ActionKey
from chalicelib.entry.api.openapi.document import described, handlers
from local.gateway import Gateway
from tests.api import fakes
from tests.api.client import Api
from tests.api.conftest import app
from tests.api.wsgi import application

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROUTES = [f"{method} {path}" for path, method, _ in handlers(app.routes)]
EXAMPLES = 5
"""Requests made up for each operation; each is sent twice, to a place that is made up and to one that is there."""

RUN, TASK = fakes.run(), fakes.task()
PART = ids.partition(RUN.start.id)
KNOWN = {
    "execution_id": RUN.start.id,
    "task_id": ids.task_id(PART, TASK.key),
    "action_id": ids.action_id(PART, ActionKey(TASK.key, 1)),
    "identifier": "known",
    "name": "known",
    "id": RUN.start.id,
}
WORKFLOW = "version: '2.0'\nknown:\n  tasks:\n    t:\n      action: std.noop\n"
ACTION = "version: '2.0'\nknown:\n  base: std.noop\n"
WORKBOOK = "version: '2.0'\nname: known\n"

serve = application(Gateway(app))


@cache
def schema() -> BaseSchema:
    """The document, as the service gives it out; services have to be there."""
    return schemathesis.openapi.from_wsgi("/v2/openapi.json", serve)


def test_the_document_is_openapi(api: Api) -> None:
    OpenAPIV31SpecValidator(api.ok("GET", "/v2/openapi.json")).validate()


def test_every_route_is_described_and_every_description_has_its_route(api: Api) -> None:
    assert set(described()) == set(ROUTES)


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(api: Api) -> None:
    paths = api.ok("GET", "/v2/openapi.json")["paths"]
    found: list[dict[str, Any]] = [what for methods in paths.values() for what in methods.values()]
    assert len({what["operationId"] for what in found}) == len(found) == len(ROUTES)
    assert all(what["summary"] for what in found)


@pytest.fixture
def known(api: Api) -> None:
    """Something of every kind, under the names of `KNOWN`."""
    api.runs.add(RUN, TASK)
    api.ok("POST", "/v2/workflows", WORKFLOW)
    api.ok("POST", "/v2/actions", ACTION)
    api.ok("POST", "/v2/workbooks", WORKBOOK)
    api.ok("POST", "/v2/environments", {"name": "known", "variables": {"k": 1}})


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("route", ROUTES)
def test_replies_are_as_described(route: str) -> None:
    method, _, path = route.partition(" ")

    @given(schema()[path][method].as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def check(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(checks=CHECKS)
        case.path_parameters = {name: KNOWN.get(name, value) for name, value in case.path_parameters.items()}
        case.query = {name: KNOWN.get(name, value) for name, value in case.query.items()}
        case.call_and_validate(checks=CHECKS)

    check()


def test_the_page_runs_its_own_script_and_no_other(api: Api) -> None:
    reply = api.call("GET", "/docs")
    assert reply.status_code == 200
    assert b"<script>" in reply.body
    assert "script-src 'sha256-" in reply.headers["Content-Security-Policy"]
    assert b"src=" not in reply.body, "nothing is loaded from elsewhere"
