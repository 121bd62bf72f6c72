"""Many who change one definition at the same moment: all of them do, as in Mistral."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.local.process import LocalRun, local_run

pytestmark = pytest.mark.xdist_group("local")

MANY = 12
WORKFLOW = "version: '2.0'\nw:\n  description: number {}\n  tasks: {{t: {{action: std.noop}}}}\n"
WORKBOOK = (
    "version: '2.0'\nname: b\ndescription: number {0}\n"
    "workflows: {{m: {{description: number {0}, tasks: {{t: {{action: std.noop}}}}}}}}\n"
)
ACTION = "version: '2.0'\na:\n  base: std.noop\n  description: number {}\n"
ENVIRONMENT = '{{"name": "e", "description": "number {}"}}'
TEXT, JSON = "text/plain", "application/json"


@pytest.fixture(scope="module")
def service() -> Iterator[LocalRun]:
    with local_run() as running:
        yield running


def send(service: LocalRun, method: str, path: str, body: str, media_type: str) -> int:
    headers = {"Content-Type": media_type}
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, service.url + path, data=body, headers=headers).status_code


@pytest.mark.parametrize(
    ("path", "body", "media_type"),
    [
        ("/workflows", WORKFLOW, TEXT),
        ("/workbooks", WORKBOOK, TEXT),
        ("/actions", ACTION, TEXT),
        ("/environments", ENVIRONMENT, JSON),
        ("/code_sources?name=s", "number = {}", TEXT),
    ],
)
def test_all_of_them_change_it(service: LocalRun, path: str, body: str, media_type: str) -> None:
    assert send(service, "POST", path, body.format(0), media_type) == 201
    place = path.replace("?name=", "/")
    with ThreadPoolExecutor(MANY) as pool:
        found = pool.map(lambda n: send(service, "PUT", place, body.format(n), media_type), range(1, MANY + 1))
        assert [*found] == [200] * MANY
