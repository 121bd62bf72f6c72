"""Which tokens of OpenID providers are believed, and how often their keys are fetched."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from chalicelib.adapters.identity.http_get import Reply
from chalicelib.adapters.identity.oidc import Claims, OidcTokens
from chalicelib.errors import Unauthorized, Unavailable
from tests.api.fakes import SetClock
from tests.providers.openid import private_key, public_jwk, signed

ISSUER = "https://id.example/realms/blue"
ROLES = {"realm_access": {"roles": ["member", "admin"]}}
PAST = datetime.now(UTC) - timedelta(minutes=5)


class Provider:
    """What issuers publish; `keys` by issuer."""

    def __init__(self) -> None:
        self.keys: dict[str, list[dict[str, Any]]] = {ISSUER: [public_jwk("one")]}
        self.asked: list[str] = []
        self.gone = False

    def __call__(self, url: str, headers: Mapping[str, str]) -> Reply:
        self.asked.append(url)
        if self.gone:
            raise Unavailable
        issuer, _, rest = url.partition("/.well-known/")
        if rest:
            return Reply(200, {"issuer": issuer, "jwks_uri": f"{issuer}/certs"})
        return Reply(200, {"keys": [*self.keys[url.removesuffix("/certs")]]})


class World:
    def __init__(self, claims: Claims | None = None) -> None:
        self.provider, self.clock = Provider(), SetClock()
        self.tokens = OidcTokens([ISSUER], ["mistral", "other"], claims or Claims(), self.clock, self.provider)


def test_a_token_of_keycloak() -> None:
    identity = World().tokens.identify(signed("one", ISSUER, sub="u", preferred_username="ada", **ROLES))
    assert (identity.user_id, identity.user_name) == ("u", "ada")
    assert (identity.project_id, identity.roles) == ("blue", frozenset({"member", "admin"}))
    assert identity.until is not None


@pytest.mark.parametrize("audience", ["mistral", ["account", "other"]])
def test_any_of_our_audiences_will_do(audience: object) -> None:
    assert World().tokens.identify(signed("one", ISSUER, aud=audience)).roles == frozenset()


def test_a_token_of_cognito_names_a_client_and_groups() -> None:
    claims: dict[str, Any] = {"aud": None, "client_id": "mistral", "cognito:groups": ["admin"], "custom:project": "red"}
    identity = World(Claims("custom:project", "cognito:groups")).tokens.identify(signed("one", ISSUER, None, **claims))
    assert (identity.project_id, identity.roles) == ("red", frozenset({"admin"}))


@pytest.mark.parametrize(
    ("claims", "project", "roles"),
    [
        ({"https://x.example/project": "red"}, "https://x.example/project", "roles"),
        ({"a": {"b": "red"}}, "a.b", "roles"),
    ],
)
def test_a_claim_is_a_name_or_a_way(claims: dict[str, Any], project: str, roles: str) -> None:
    identity = World(Claims(project, roles)).tokens.identify(signed("one", ISSUER, roles="a b", **claims))
    assert (identity.project_id, identity.roles) == ("red", frozenset({"a", "b"}))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exp": PAST}, "over"),
        ({"exp": None}, "not valid"),
        ({"nbf": datetime.now(UTC) + timedelta(hours=1)}, "not valid"),
        ({"aud": "somebody"}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": "somebody", "client_id": "mistral"}, "audience"),
        ({"iss": None}, "issuer"),
        ({"iss": "https://evil.example/realms/blue"}, "issuer"),
        ({"iss": ISSUER + "/"}, "issuer"),
    ],
)
def test_what_is_wrong_with_the_claims(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(Unauthorized, match=why):
        World().tokens.identify(signed("one", ISSUER, **changes))


def test_a_token_that_names_no_project() -> None:
    with pytest.raises(Unauthorized, match="project"):
        World(Claims("project")).tokens.identify(signed("one", ISSUER))


def test_a_token_that_somebody_else_signed() -> None:
    with pytest.raises(Unauthorized, match="not valid"):
        World().tokens.identify(signed("two", ISSUER, {"kid": "one"}))


def unsigned() -> str:
    return jwt.encode(
        jwt.decode(signed("one", ISSUER), options={"verify_signature": False}), "", "none", {"kid": "one"}
    )


def signed_with_the_public_key() -> str:
    """The old trick: the public key as the secret of a symmetric signature."""
    claims = jwt.decode(signed("one", ISSUER), options={"verify_signature": False})
    return jwt.encode(claims, public_jwk("one")["n"], "HS256", {"kid": "one"})


def with_other_claims() -> str:
    head, _, signature = signed("one", ISSUER).split(".")
    claims = {"iss": ISSUER, "aud": "mistral", "exp": 4_000_000_000, **ROLES}
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.{signature}"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(unsigned(), id="unsigned"),  # keys are made anew in each process, and names must not be
        pytest.param(signed_with_the_public_key(), id="public key"),
        pytest.param(with_other_claims(), id="other claims"),
        "a.b.c",
        "a",
        "..",
        "é",
        "W10.W10.W10",
    ],
)
def test_what_is_forged_or_no_token(token: str) -> None:
    with pytest.raises(Unauthorized):
        World().tokens.identify(token)


def test_errors_do_not_quote_the_token() -> None:
    token = signed("two", ISSUER, {"kid": "one"})
    with pytest.raises(Unauthorized) as caught:
        World().tokens.identify(token)
    assert not any(part in str(caught.value) for part in token.split("."))
    assert caught.value.__suppress_context__


def test_keys_are_fetched_once() -> None:
    world = World()
    for _ in range(3):
        world.tokens.identify(signed("one", ISSUER))
    assert len(world.provider.asked) == 2, "the configuration and the keys"


def test_a_new_key_is_found_but_unknown_ones_do_not_cause_a_flood() -> None:
    world = World()
    world.tokens.identify(signed("one", ISSUER))
    world.provider.keys[ISSUER].append(public_jwk("two"))
    for _ in range(5):
        with pytest.raises(Unauthorized):
            world.tokens.identify(signed("two", ISSUER))
    assert len(world.provider.asked) == 2
    world.clock.tick(30)
    assert world.tokens.identify(signed("two", ISSUER))
    assert len(world.provider.asked) == 4


def test_keys_are_renewed_and_old_ones_forgotten() -> None:
    world = World()
    world.tokens.identify(signed("one", ISSUER))
    world.provider.keys[ISSUER] = [public_jwk("two")]
    world.clock.tick(3600)
    with pytest.raises(Unauthorized):
        world.tokens.identify(signed("one", ISSUER))


def test_known_keys_outlive_a_provider_that_is_away() -> None:
    world = World()
    world.tokens.identify(signed("one", ISSUER))
    world.provider.gone = True
    world.clock.tick(3600)
    assert world.tokens.identify(signed("one", ISSUER))


def test_without_any_keys_nobody_can_be_told() -> None:
    world = World()
    world.provider.gone = True
    with pytest.raises(Unavailable):
        world.tokens.identify(signed("one", ISSUER))


def test_a_lone_key_needs_no_id() -> None:
    world = World()
    token = jwt.encode(
        jwt.decode(signed("one", ISSUER), options={"verify_signature": False}), private_key("one"), "RS256"
    )
    assert world.tokens.identify(token)
    world.provider.keys[ISSUER].append(public_jwk("two"))
    world.clock.tick(3600)
    with pytest.raises(Unauthorized, match="key"):
        world.tokens.identify(token)


def test_keys_that_do_not_sign_are_no_keys() -> None:
    world = World()
    world.provider.keys[ISSUER] = [{**public_jwk("one"), "use": "enc"}, {"kty": "odd"}]
    with pytest.raises(Unavailable):
        world.tokens.identify(signed("one", ISSUER))
