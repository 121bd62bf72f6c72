"""Requests that start an execution: they may be sent again, and the service may want to hear of it."""

from __future__ import annotations

from typing import cast

import pytest

from chalicelib.actions.library import Library
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import InvalidRequest, KeyReused
from chalicelib.ports import Runs
from chalicelib.service.caller import Caller
from chalicelib.service.definitions import Definitions
from chalicelib.service.executions import Executions, StartRequest
from chalicelib.service.removal import Removal
from chalicelib.service.values import KeptValues
from tests.unit.service.trees import Tree

TEXT = """
version: '2.0'
w:
  tasks: {t: {action: std.noop}}
"""
CALLER = Caller("p")


def executions(*listeners: JsonDict) -> Executions:
    tree = Tree(TEXT)
    runs, blobs = cast(Runs, tree.runs), tree.blobs
    definitions, removal = cast(Definitions, tree.shelf), Removal(runs, tree.queues, tree.clock)
    values, library = KeptValues(blobs), Library()
    return Executions(runs, values, blobs, definitions, library, tree.advance, removal, tree.clock, listeners=listeners)


def request(fingerprint: str | None) -> StartRequest:
    return StartRequest("w", id="an-id", fingerprint=fingerprint)


@pytest.mark.parametrize(("first", "second"), [("x", "x"), (None, None), ("x", None)])
def test_the_same_request_starts_one_execution(first: str | None, second: str | None) -> None:
    service = executions()
    run = service.start(CALLER, request(first))
    assert service.start(CALLER, request(second)).start == run.start


@pytest.mark.parametrize("first", ["x", None])
def test_another_request_with_its_key_is_refused(first: str | None) -> None:
    service = executions()
    service.start(CALLER, request(first))
    with pytest.raises(KeyReused, match="started execution an-id: send the same body again, or another key"):
        service.start(CALLER, request("y"))


@pytest.mark.parametrize(
    ("identifier", "text"),
    [
        ("bulk", "'bulk' cannot be the id of an execution: it is an address of the API"),
        (".", "'.' cannot be a name: no address can end in it"),
        ("i" * 201, "The id of an execution must not exceed 200 characters"),
        ("..", "'..' cannot be a name: no address can end in it"),
    ],
)
def test_an_id_under_which_nobody_finds_the_execution_is_refused(identifier: str, text: str) -> None:
    with pytest.raises(InvalidRequest, match=text):
        executions().start(CALLER, StartRequest("w", id=identifier))


def test_an_environment_without_a_name_is_none() -> None:
    run = executions().start(CALLER, StartRequest("w", params={"env": ""}))
    assert isinstance(run.start.params, dict)
    assert run.start.params["env"] == {}


@pytest.mark.parametrize(("named", "others"), [(None, []), ([{"type": "noop"}], [{"type": "noop"}]), ("wrong", [])])
def test_the_service_hears_of_every_execution(named: Json, others: list[Json]) -> None:
    """Its own listeners are not shown: their headers are nobody else's business."""
    service = executions({"type": "webhook", "url": "http://x", "headers": {"X-Token": "s3cret"}})
    params: JsonDict = {} if named is None else {"notify": named}
    run = service.start(CALLER, StartRequest("w", params=params))
    assert isinstance(run.start.params, dict)
    assert run.start.params["notify"] == [*others, {"type": "service"}]
