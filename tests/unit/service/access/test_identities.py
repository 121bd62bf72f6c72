"""Who asks: what the client claims, or what its token says."""

from __future__ import annotations

import base64

import pytest

from chalicelib.core.security import SecurityContext
from chalicelib.errors import Unauthorized
from chalicelib.ports.access import Identity
from chalicelib.service.access.authentication import Identities

SPOOFED = {"x-project-id": "other", "x-tenant": "other", "x-roles": "admin", "x-role": "admin", "x-user-id": "root"}


class Doorman:
    """Knows one token."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity

    def identify(self, token: str) -> Identity:
        if token != "t":
            raise Unauthorized
        return self.identity


KNOWN = Identities(Doorman(Identity("p", frozenset({"member"}))))


@pytest.mark.parametrize(
    ("headers", "roles"),
    [
        ({}, set()),
        ({"x-roles": "a, admin ,"}, {"a", "admin"}),
        ({"x-role": "admin"}, {"admin"}),
        ({"x-roles": "administrator", "x-project-id": "other", "x-auth-token": "t"}, {"administrator"}),
    ],
)
def test_without_authentication_roles_are_what_the_client_claims(headers: dict[str, str], roles: set[str]) -> None:
    caller = Identities(None).caller(headers)
    assert (caller.project_id, caller.roles) == ("<default-project>", frozenset(roles))
    assert caller.security is None
    assert caller.is_admin == ("admin" in roles)


@pytest.mark.parametrize(
    ("headers", "roles"),
    [
        ({}, {"admin"}),
        ({"x-roles": "member"}, {"member"}),
        ({"x-role": "member"}, {"member"}),
        ({"x-roles": "", "x-role": "member"}, {"member"}),
        ({"x-roles": ""}, set()),
    ],
)
def test_who_claims_no_roles_has_those_of_the_anonymous(headers: dict[str, str], roles: set[str]) -> None:
    assert Identities(None, frozenset({"admin"})).caller(headers).roles == roles


def test_where_callers_are_known_nobody_has_the_roles_of_the_anonymous() -> None:
    known = Identities(Doorman(Identity("p", frozenset({"member"}))), frozenset({"admin"}))
    assert known.caller({"x-auth-token": "t"}).roles == {"member"}
    with pytest.raises(Unauthorized):
        known.caller({})


@pytest.mark.parametrize(
    "headers",
    [
        {"x-auth-token": "t"},
        {"authorization": "Bearer t"},
        {"authorization": "bearer  t "},
        {"authorization": "Basic " + base64.b64encode(b"anybody:t").decode()},
        {"x-auth-token": "t", "authorization": "Bearer other"},
        {"x-auth-token": "t", **SPOOFED},
    ],
)
def test_a_token_says_everything(headers: dict[str, str]) -> None:
    caller = KNOWN.caller(headers)
    assert (caller.project_id, caller.roles, caller.is_admin) == ("p", frozenset({"member"}), False)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        SPOOFED,
        {"x-auth-token": " "},
        {"x-auth-token": "u"},
        {"authorization": "Basic t"},
        {"authorization": "Basic " + base64.b64encode(b"t:").decode()},
        {"authorization": "Basic " + base64.b64encode(b"x:\xff").decode()},
        {"x-auth-token": "t" * 20_000},
    ],
)
def test_without_a_token_that_is_known_nobody_gets_in(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized):
        KNOWN.caller(headers)


@pytest.mark.parametrize("project", ["", "p" * 256, "é" * 128, "\ud800"])
def test_a_token_without_a_usable_project_does_not_get_in(project: str) -> None:
    with pytest.raises(Unauthorized, match="project"):
        Identities(Doorman(Identity(project))).caller({"x-auth-token": "t"})


def test_executions_are_told_who_is_known() -> None:
    identity = Identity("p", frozenset({"member", "admin"}), None, "u", "ada", "Blue")
    caller = Identities(Doorman(identity)).caller({"x-auth-token": "t"})
    assert caller.security == SecurityContext("u", "ada", "Blue", ("admin", "member"), True)


def test_only_known_callers_have_somebody_to_share_with() -> None:
    assert (Identities(None).known, KNOWN.known) == (False, True)
