"""A small OpenID provider: realms as Keycloak has them, which sign tokens for users with a password."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.providers.serving import Answer, Asked, serving

AUDIENCE = "mistral"


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """A key for each name; making one takes a while."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(name: str) -> dict[str, Any]:
    """The public half of a key, as providers publish it."""
    numbers = private_key(name).public_key().public_numbers()
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": name, "n": _text(numbers.n), "e": _text(numbers.e)}


def signed(key: str, issuer: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token that is good for five minutes unless `claims` say something else; a claim of `None` is left out."""
    now = datetime.now(UTC)
    usual = {"iss": issuer, "aud": AUDIENCE, "iat": now, "exp": now + timedelta(minutes=5), "sub": "ada"}
    content = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return jwt.encode(content, private_key(key), "RS256", {"kid": key, **(header or {})})


class Keycloak:
    """Realms with users: name to password and roles."""

    def __init__(self, users: dict[str, tuple[str, list[str]]]) -> None:
        self.users = users
        self.url = ""

    @contextmanager
    def running(self) -> Iterator[str]:
        """The provider, at the URL that comes before `/realms`."""
        with serving(self.answer) as url:
            self.url = url
            yield url

    def answer(self, asked: Asked) -> Answer:
        """Discovery, keys, and tokens for passwords."""
        _, realms, realm, rest = asked.path.split("/", 3)
        assert realms == "realms"
        issuer = f"{self.url}/realms/{realm}"
        if rest == ".well-known/openid-configuration":
            return Answer(200, {"issuer": issuer, "jwks_uri": f"{issuer}/certs"})
        if rest == "certs":
            return Answer(200, {"keys": [public_jwk(realm)]})
        form = {name: values[-1] for name, values in parse_qs(asked.body.decode()).items()}
        password, roles = self.users.get(form.get("username", ""), (None, []))
        if rest != "protocol/openid-connect/token" or form.get("password") != password:
            return Answer(401, {"error": "invalid_grant"})
        return Answer(200, {"access_token": signed(realm, issuer, realm_access={"roles": roles})})


def _text(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode().rstrip("=")
