"""Requests that start an execution: they may be sent again, and the service may want to hear of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from chalicelib.core.engine.state.events import EnvGiven
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import InvalidRequest, KeyReused, NotFound
from chalicelib.ports.runs import Runs
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.commands import Executions, StartRequest
from chalicelib.service.outgoing.large_values import KeptValues
from chalicelib.service.runs.removal import Removal
from tests.unit.service.trees import Tree

TEXT = """
version: '2.0'
w:
  tasks: {t: {action: std.noop}}
"""
GUESTS = """
version: '2.0'
invite:
  input: [guest, table: {row: 1, seat: 2}]
  output: {guest: <% $.guest %>, table: <% $.table %>, env: <% env() %>}
  tasks: {t: {workflow: greet, input: {guest: <% $.guest %>, tone: warm}}}
greet:
  input: [guest]
  output: {env: <% env() %>}
  tasks: {t: {action: std.async_noop}}
"""
CALLER = Caller("p")


def executions(*listeners: JsonDict, tree: Tree | None = None) -> Executions:
    tree = tree or Tree(TEXT)
    runs = cast(Runs, tree.runs)
    definitions, removal = cast(Definitions, tree.shelf), Removal(runs, tree.queues, tree.clock)
    values = KeptValues(tree.blobs)
    return Executions(tree.creation, runs, values, definitions, tree.advance, removal, tree.clock, named, listeners)


def named(project_id: str, name: str) -> JsonDict:
    return {"of": name}


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


ENV: JsonDict = {"db": {"host": "h", "port": 1}, "x": "<% 1 + 1 %>", "y": "<% env().z %>", "z": "<% 3 %>"}
KEPT: JsonDict = {"db": {"host": "h", "port": 1}, "x": 2, "y": "<% 3 %>", "z": 3}
"""`ENV`, each expression in it evaluated once."""
PORT_2: JsonDict = {"host": "h", "port": 2}
FIRST = StartRequest("invite", input={"guest": "Ada"}, params={"env": ENV, "notify": [{"type": "noop"}], "p": 1})


@pytest.mark.parametrize(
    ("again", "given", "params"),
    [
        ({}, {"guest": "Ada", "table": {"row": 1, "seat": 2}}, {"env": KEPT, "p": 1}),
        ({"input": {"guest": "Bob"}}, {"guest": "Bob", "table": {"row": 1, "seat": 2}}, {"env": KEPT, "p": 1}),
        ({"input": {"table": {"row": 9}}}, {"guest": "Ada", "table": {"row": 9, "seat": 2}}, {"env": KEPT, "p": 1}),
        (
            {"params": {"env": {"db": {"port": 2}, "w": "<% env().x %>"}, "p": 2}},
            {"guest": "Ada", "table": {"row": 1, "seat": 2}},
            {"env": {**KEPT, "db": PORT_2, "w": 2}, "p": 2},
        ),
        (
            {"params": {"env": "stored"}},
            {"guest": "Ada", "table": {"row": 1, "seat": 2}},
            {"env": {"of": "stored"}, "p": 1},
        ),
    ],
)
def test_starting_from_an_execution_takes_over_what_the_request_does_not_say(
    again: dict[str, Any], given: JsonDict, params: JsonDict
) -> None:
    service = executions({"type": "webhook", "url": "http://x"}, tree=Tree(GUESTS, {"guest": "nobody"}))
    first = service.start(CALLER, FIRST)
    asked = StartRequest(None, source_execution_id=first.start.id, description="again")
    run = service.start(CALLER, replace(asked, **again))
    heard = [{"type": "noop"}, {"type": "service"}]
    assert (run.start.workflow_name, run.start.input) == ("invite", given)
    assert run.start.params == {"namespace": "", "notify": heard, **params}
    assert run.start.description == f"again Based on the execution '{first.start.id}'"


def test_from_a_sub_execution_comes_the_environment_that_it_saw() -> None:
    """That of the root as it is now; what the engine told it of its parent is not for the new one."""
    tree = Tree(GUESTS, {"guest": "Ada"}, {"env": {"x": 1}}).deliver()
    tree.ask(EnvGiven({"y": 2}))
    child = next(run for run in tree.family() if run.start.workflow_name == "greet")
    run = executions(tree=tree).start(CALLER, StartRequest(None, source_execution_id=child.start.id))
    assert run.start.input == {"guest": "Ada"}
    assert run.start.params == {"namespace": "", "env": {"x": 1, "y": 2}, "tone": "warm"}
    assert (run.start.root_execution_id, run.start.origin) == (None, None)


def test_a_source_of_another_project_is_not_there() -> None:
    service = executions(tree=Tree(GUESTS, {"guest": "nobody"}))
    first = service.start(CALLER, FIRST)
    with pytest.raises(NotFound, match=first.start.id):
        service.start(Caller("another"), StartRequest("invite", source_execution_id=first.start.id))
