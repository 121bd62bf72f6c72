"""Requests that start an execution: they may be sent again, and the service may want to hear of it."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from chalicelib.core.engine.events import EnvGiven
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import KeyReused, NotFound
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
FIRST = StartRequest("invite", input={"guest": "Ada"}, params={"env": ENV, "notify": [{"type": "noop"}], "p": 1})


AGAIN = StartRequest(None, description="again")
TABLE: JsonDict = {"row": 1, "seat": 2}
OTHER_ROW: JsonDict = {"row": 9, "seat": 2}
OTHER_PORT: JsonDict = {"host": "h", "port": 2}


@pytest.mark.parametrize(
    ("again", "given", "params"),
    [
        (AGAIN, {"guest": "Ada", "table": TABLE}, {"env": KEPT, "p": 1}),
        (replace(AGAIN, input={"guest": "Bob"}), {"guest": "Bob", "table": TABLE}, {"env": KEPT, "p": 1}),
        (
            replace(AGAIN, input={"table": {"row": 9}}),
            {"guest": "Ada", "table": OTHER_ROW},
            {"env": KEPT, "p": 1},
        ),
        (
            replace(AGAIN, params={"env": {"db": {"port": 2}, "w": "<% env().x %>"}, "p": 2}),
            {"guest": "Ada", "table": TABLE},
            {"env": {**KEPT, "db": OTHER_PORT, "w": 2}, "p": 2},
        ),
        (
            replace(AGAIN, params={"env": "stored"}),
            {"guest": "Ada", "table": TABLE},
            {"env": {"of": "stored"}, "p": 1},
        ),
    ],
)
def test_starting_from_an_execution_takes_over_what_the_request_does_not_say(
    again: StartRequest, given: JsonDict, params: JsonDict
) -> None:
    service = executions({"type": "webhook", "url": "http://x"}, tree=Tree(GUESTS, {"guest": "nobody"}))
    first = service.start(CALLER, FIRST)
    run = service.start(CALLER, replace(again, source_execution_id=first.start.id))
    heard: list[Json] = [{"type": "noop"}, {"type": "service"}]
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
