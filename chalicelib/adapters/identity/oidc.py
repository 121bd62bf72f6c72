"""Verifies access tokens of OpenID providers: Keycloak, Cognito and whoever else publishes its keys.

A token is believed if one of the issuers that are trusted signed it, for an audience that is ours, and it is not over.
The keys of an issuer are fetched when they are first needed and kept; an unknown key id has them fetched again, but
not more often than callers may cause.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import jwt

from chalicelib.adapters.identity.http_get import Ask, ask
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import Unauthorized, Unavailable
from chalicelib.ports.access import Identity
from chalicelib.ports.clock import Clock

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those with a public key: nobody who can verify a token may be able to make one."""

LEEWAY = timedelta(seconds=30)
"""How far the clocks of others may be off."""
KEYS_HOLD = timedelta(hours=1)
KEYS_REST = timedelta(seconds=30)
"""Keys are not fetched again before that, whatever key id a token names."""

DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Claims:
    """Where a token says what; a claim is a name, or the way to it with dots."""

    project: str | None = None
    """`None`: the realm, which is what follows `/realms/` in the issuer, as in Mistral."""
    roles: str = "realm_access.roles"

    def identity(self, token: JsonDict) -> Identity:
        """What the claims of `token` say. Raises `Unauthorized` if they name no project."""
        project = _realm(str(token["iss"])) if self.project is None else _claim(token, self.project)
        if not isinstance(project, str) or not project:
            raise Unauthorized("The token names no project")
        roles = _claim(token, self.roles)
        names = roles.split() if isinstance(roles, str) else roles if isinstance(roles, list) else []
        until = datetime.fromtimestamp(float(str(token["exp"])), UTC)
        user_id, user_name = token.get("sub"), token.get("preferred_username") or token.get("username")
        return Identity(
            project,
            frozenset(str(name) for name in names),
            until,
            user_id if isinstance(user_id, str) else None,
            user_name if isinstance(user_name, str) else None,
        )


@dataclass(slots=True)
class _Keys:
    """The keys of one issuer, by id."""

    known: Mapping[str, jwt.PyJWK] = field(default_factory=dict)
    asked_at: datetime | None = None

    def rest(self, now: datetime, time: timedelta) -> bool:
        """Whether they were asked for within `time`."""
        return self.asked_at is not None and now - self.asked_at < time


class OidcTokens:
    """The `Verifier` of tokens that OpenID providers sign."""

    def __init__(
        self, issuers: Collection[str], audiences: Collection[str], claims: Claims, clock: Clock, ask: Ask = ask
    ) -> None:
        self._keys = {issuer: _Keys() for issuer in issuers}
        self._audiences = frozenset(audiences)
        self._claims = claims
        self._clock = clock
        self._ask = ask

    def identify(self, token: str) -> Identity:
        """What `token` says. Raises `Unauthorized`, `Unavailable`."""
        try:
            issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss"))
            if issuer not in self._keys:
                raise Unauthorized("The token is not from an issuer that is trusted here")
            key = self._key(issuer, str(jwt.get_unverified_header(token).get("kid") or ""))
            found = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthorized("The token is over") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Unauthorized("The token is not valid") from None
        if not _audiences(found) & self._audiences:
            raise Unauthorized("The token is meant for somebody else: its audience is not this service")
        return self._claims.identity(found)

    def _key(self, issuer: str, key_id: str) -> jwt.PyJWK:
        keys, now = self._keys[issuer], self._clock.now()
        fresh = key_id in keys.known and keys.rest(now, KEYS_HOLD)
        if not fresh and not keys.rest(now, KEYS_REST):
            self._renew(issuer, keys, now)
        if not keys.known:
            raise Unavailable(f"The keys of {issuer} cannot be had")
        only = next(iter(keys.known.values())) if not key_id and len(keys.known) == 1 else None
        found = keys.known.get(key_id, only)
        if found is None:
            raise Unauthorized("The token is signed with a key that its issuer does not have")
        return found

    def _renew(self, issuer: str, keys: _Keys, now: datetime) -> None:
        """Fetch the keys of an issuer; those that are known stay if it does not answer."""
        keys.asked_at = now
        try:
            where = self._ask(issuer.rstrip("/") + DISCOVERY, {}).body
            found = self._ask(str(where["jwks_uri"]), {}).body["keys"] if where.get("issuer") == issuer else []
        except (Unavailable, KeyError):
            return
        keys.known = _usable(found) or keys.known


def _usable(found: Json) -> dict[str, jwt.PyJWK]:
    """Keys that sign, by id; those of kinds that are not known here are left out."""
    usable = {}
    for key in found if isinstance(found, list) else []:
        if not isinstance(key, dict) or key.get("use", "sig") != "sig":
            continue
        try:
            usable[str(key.get("kid") or "")] = jwt.PyJWK(key)
        except jwt.PyJWTError:
            continue
    return usable


def _audiences(token: JsonDict) -> set[str]:
    """Whom a token is for; access tokens of Cognito name the client in place of an audience."""
    found = token.get("aud") or token.get("client_id") or []
    return {str(name) for name in found} if isinstance(found, list) else {str(found)}


def _realm(issuer: str) -> str:
    return unquote(issuer.partition("/realms/")[2])


def _claim(token: JsonDict, name: str) -> Json:
    """A claim by its whole name, else by the way to it."""
    if name in token:
        return token[name]
    found: Json = token
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found
