"""The policy table: Mistral's defaults, and rules that a deployment puts in their place."""

from __future__ import annotations

import pytest

from chalicelib.errors import Forbidden
from chalicelib.service.access.authorization import ANYBODY, OPERATIONS, Policy
from chalicelib.service.access.caller import Caller

MEMBER, ADMIN = Caller("p", frozenset({"member"})), Caller("p", frozenset({"admin"}))

CRUD = ("create", "delete", "get", "list", "update")
SCOPED = ("workbooks", "workflows", "actions", "environments", "cron_triggers", "event_triggers")
ADMINS_ONLY = {
    *(f"{resource}:{verb}" for resource in ("code_sources", "dynamic_actions") for verb in (*CRUD, "publicize")),
    *(f"{resource}:list:all_projects" for resource in ("workflows", "executions", "cron_triggers", "event_triggers")),
    *(f"{resource}:publicize" for resource in SCOPED),
}
STRICTER = {"maintenance:update"}
"""What Mistral lets everybody do."""


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_defaults_are_those_of_mistral(operation: str) -> None:
    assert Policy().permits(ADMIN, operation)
    assert Policy().permits(MEMBER, operation) == (operation not in ADMINS_ONLY | STRICTER)


def test_the_table_holds_what_is_meant_for_admins() -> None:
    assert ADMINS_ONLY < OPERATIONS
    assert {"members:create", "tasks:update", "action_executions:delete"} < OPERATIONS
    assert "tasks:create" not in OPERATIONS


def test_an_administrator_is_no_admin() -> None:
    assert not Policy().permits(Caller("p", frozenset({"administrator", "Admin"})), "workflows:publicize")


@pytest.mark.parametrize(
    ("rule", "roles", "allowed"),
    [
        ("@", "", True),
        ("!", "admin", False),
        ("role:editor", "editor", True),
        ("role:editor", "admin", False),
        ("rule:admin_only or role:editor", "editor", True),
        ("role:a and role:b", "a", False),
        ("role:a and role:b", "a b", True),
        ("role:a and role:b or role:c", "c", True),
        ("role:a or role:b and role:c", "b", False),
        ("not role:a", "a", False),
        ("not role:a and role:b", "b", True),
        ("rule:editors", "chief", True),
    ],
)
def test_a_rule_in_place_of_the_default(rule: str, roles: str, allowed: bool) -> None:
    policy = Policy({"workflows:create": rule, "editors": "role:editor or role:chief"})
    caller = Caller("p", frozenset(roles.split()))
    assert policy.permits(caller, "workflows:create") is allowed
    assert policy.permits(caller, "workflows:delete"), "other operations keep theirs"


def test_a_base_rule_changes_everything_that_refers_to_it() -> None:
    policy = Policy({"admin_or_owner": "role:member", "admin_only": "role:boss"})
    assert policy.permits(MEMBER, "executions:create")
    assert not policy.permits(Caller("p"), "executions:create")
    assert not policy.permits(ADMIN, "workflows:publicize")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"workflow:create": "@"}, "workflow:create"),
        ({"workflows:create": ""}, "workflows:create"),
        ({"workflows:create": "role:a role:b"}, "role:b"),
        ({"workflows:create": "role:a and"}, "workflows:create"),
        ({"workflows:create": "role:"}, "role:"),
        ({"workflows:create": "is_admin:True"}, "is_admin:True"),
        ({"workflows:create": "rule:nobody"}, "nobody"),
        ({"a": "rule:b", "b": "rule:a"}, "a"),
    ],
)
def test_what_is_no_rule_is_refused_by_name(changes: dict[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Policy(changes)


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, "the role admin"),
        ({"workflows:publicize": "role:editor or rule:admin_only"}, "the role editor or the role admin"),
        (
            {"workflows:publicize": "role:a and rule:b", "b": "role:c or role:d"},
            "the role a and (the role c or the role d)",
        ),
        ({"workflows:publicize": "not role:member"}, "not the role member"),
        ({"workflows:publicize": "!"}, "what nobody has"),
    ],
)
def test_refusals_begin_as_those_of_mistral_and_name_what_is_needed(changes: dict[str, str], needed: str) -> None:
    with pytest.raises(Forbidden) as refused:
        Policy(changes).check(MEMBER, "workflows:publicize")
    assert refused.value.message.splitlines() == [
        "Operation forbidden (insufficient permissions)",
        f"workflows:publicize needs {needed}",
    ]


def test_what_everybody_may_needs_no_rule() -> None:
    Policy({"admin_or_owner": "!"}).check(MEMBER, ANYBODY)
