"""The bound of a field holds for whatever starts an execution, and as it is set, not as it is by default."""

from __future__ import annotations

from typing import cast

import pytest

from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.events import Described, PauseAsked
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.sizes import MAX_DESCRIPTION
from chalicelib.errors import SizeLimitExceeded
from chalicelib.ports.runs import Runs
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.commands import Executions, StartRequest
from chalicelib.service.outgoing.large_values import KeptValues
from chalicelib.service.runs.removal import Removal
from tests.unit.service.trees import Tree

TEXT = """
version: '2.0'
parent:
  input: [x: '']
  tasks: {t: {with-items: "i in <% [1, 2] %>", workflow: child x=<% $.x %>}}
child:
  input: [x]
  output: {length: <% len($.x) %>}
  tasks: {t: {action: std.noop}}
"""
PAUSED = "version: '2.0'\nw: {input: [x: ''], tasks: {t: {action: std.async_noop}}}"
MB = 1024 * 1024
LARGE = "x" * (2 * MB)
TEXT_OF_LIMIT = r"Field size limit exceeded \[class=TaskExecution, field={}, size=2048KB, limit=1024KB\]"


def starting(tree: Tree) -> Executions:
    runs = cast(Runs, tree.runs)
    removal, definitions = Removal(runs, tree.queues, tree.clock), cast(Definitions, tree.shelf)
    return Executions(
        tree.creation,
        runs,
        KeptValues(tree.blobs),
        definitions,
        tree.advance,
        removal,
        tree.clock,
        lambda *_: {"e": LARGE},
    )


GIVEN = [
    ("input", StartRequest("parent", input={"x": LARGE})),
    ("params", StartRequest("parent", params={"env": {"e": LARGE}})),
    ("params", StartRequest("parent", params={"env": "stored"})),
]


@pytest.mark.parametrize(("field", "request_"), GIVEN)
def test_it_refuses_the_start(field: str, request_: StartRequest) -> None:
    with pytest.raises(SizeLimitExceeded, match=TEXT_OF_LIMIT.format(field)):
        starting(Tree(TEXT)).start(Caller("p"), request_)


@pytest.mark.parametrize(("field", "request_"), GIVEN)
def test_raised_it_lets_it_start(field: str, request_: StartRequest) -> None:
    del field
    starting(Tree(TEXT, limits=Limits(field_size=4 * MB))).start(Caller("p"), request_)


def test_raised_it_lets_sub_executions_start() -> None:
    tree = Tree(TEXT, {"x": LARGE}, limits=Limits(field_size=4 * MB))
    assert tree.deliver().states() == ["SUCCESS"] * 3


def test_it_holds_for_an_environment_that_is_changed() -> None:
    tree = Tree(PAUSED).ask(PauseAsked())
    env: JsonDict = {"e": LARGE}
    with pytest.raises(SizeLimitExceeded, match=TEXT_OF_LIMIT.format("params")):
        tree.ask(Described(None, env))
    assert tree.run().head.env is None


def test_a_description_has_to_fit_into_a_row() -> None:
    tree = Tree(PAUSED)
    service, long = starting(tree), "d" * (MAX_DESCRIPTION + 1)
    run = service.start(Caller("p"), StartRequest("w", description=long[1:]))
    refusal = "'description' must not exceed 65535 characters; it has 65536"
    with pytest.raises(SizeLimitExceeded, match=refusal):
        service.start(Caller("p"), StartRequest("w", description=long))
    with pytest.raises(SizeLimitExceeded, match=refusal):
        service.describe(Caller("p"), run.start.id, long, None)
