"""`$.openstack`: who an execution was asked for by, without anything that is secret (engine rules §2.2)."""

from __future__ import annotations

import pytest

from chalicelib.adapters.dynamo.runs import codec, serializers
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.security import SecurityContext
from chalicelib.service.access.caller import Caller
from chalicelib.service.executions.commands import StartRequest
from tests.unit.service.test_field_sizes import starting
from tests.unit.service.trees import Tree

TEXT = """
version: '2.0'
parent:
  input: [openstack: given]
  vars: {mine: "<% $.get(openstack) %>"}
  output: {mine: <% $.mine %>, jinja: "{{ _.openstack }}", child: <% $.child %>}
  tasks:
    t: {workflow: child, publish: {child: <% task().result %>}}
child:
  output: {whole: <% $.get(openstack) %>, names: <% $.keys() %>, jinja: "{{ _.openstack is defined }}"}
  tasks: {t: {action: std.noop}}
"""
ADA_ROLES = frozenset({"admin", "member"})
ADA = SecurityContext("u-1", "ada", "Blue", ("admin", "member"), True)
SHOWN: JsonDict = {
    "project_id": "p",
    "project_name": "Blue",
    "user_id": "u-1",
    "user_name": "ada",
    "roles": ["admin", "member"],
    "is_admin": True,
    "auth_token": "***",
    "service_catalog": "***",
    "auth_uri": None,
    "expires_at": None,
    "region_name": None,
    "trust_id": None,
    "is_trust_scoped": False,
    "is_target": False,
    "redelivered": False,
}


def output(caller: Caller) -> JsonDict:
    """That of an execution of `parent`."""
    tree = Tree(TEXT)
    run = starting(tree).start(caller, StartRequest("parent"))
    found = tree.deliver().run(run.start.id).head.output
    assert isinstance(found, dict)
    return found


def test_expressions_see_who_asked() -> None:
    """In vars, tasks and outputs, in sub-executions too; a variable of that name gives way."""
    found = output(Caller("p", ADA_ROLES, ADA))
    child = found["child"]
    assert isinstance(child, dict)
    assert (found["mine"], found["jinja"], child["whole"], child["jinja"]) == (SHOWN, SHOWN, SHOWN, True)
    assert isinstance(child["names"], list)
    assert "openstack" in child["names"]


def test_it_is_not_there_if_nobody_is_known() -> None:
    found = output(Caller("p"))
    child = found["child"]
    assert isinstance(child, dict)
    assert (found["mine"], found["jinja"], child["whole"], child["jinja"]) == ("given", "given", None, False)


def test_only_the_root_keeps_it() -> None:
    tree = Tree(TEXT)
    run = starting(tree).start(Caller("p", ADA_ROLES, ADA), StartRequest("parent"))
    tree.deliver()
    kept = [start.security for start in tree.runs.starts.values() if start.root_execution_id == run.start.id]
    assert (run.start.security, kept) == (ADA, [None])


@pytest.mark.parametrize(("context", "size"), [(SecurityContext(), 3), (SecurityContext("u", "n"), 18), (ADA, 66)])
def test_it_is_kept_in_little_room(context: SecurityContext, size: int) -> None:
    run = starting(Tree(TEXT)).start(Caller("p", security=context), StartRequest("parent"))
    assert len(codec.pack(serializers.start_out(run.start)["sc"])) <= size


@pytest.mark.parametrize("plain", [None, 5, {"u": 1, "n": [], "p": {}, "r": "x", "a": None}])
def test_what_cannot_be_read_says_nothing(plain: object) -> None:
    assert SecurityContext.of(plain) in (None, SecurityContext())  # type: ignore[arg-type]
