"""Verifies tokens of OpenStack: asks Keystone v3 about each.

A token may be shown to Keystone with itself as the proof, so this service needs no account of its own.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.adapters.identity.http_get import Ask, ask
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import Unauthorized, Unavailable
from chalicelib.ports.access import Identity


class KeystoneTokens:
    """The `Verifier` of tokens that a Keystone gave out."""

    def __init__(self, url: str, ask: Ask = ask) -> None:
        """`url`: of Keystone, with or without `/v3`."""
        self._url = url.removesuffix("/").removesuffix("/v3") + "/v3/auth/tokens?nocatalog"
        self._ask = ask

    def identify(self, token: str) -> Identity:
        """What Keystone says of `token`. Raises `Unauthorized`, `Unavailable`."""
        reply = self._ask(self._url, {"X-Auth-Token": token, "X-Subject-Token": token})
        if reply.status in (401, 403, 404):
            raise Unauthorized("The token is not valid")
        found = reply.body.get("token")
        if reply.status != 200 or not isinstance(found, dict):
            raise Unavailable(f"Keystone answered with status {reply.status}")
        return _identity(found)


def _identity(token: JsonDict) -> Identity:
    project, user = _object(token.get("project")).get("id"), _object(token.get("user"))
    if not isinstance(project, str):
        raise Unauthorized("The token is not scoped to a project")
    roles = token.get("roles")
    names = [_object(role).get("name") for role in roles] if isinstance(roles, list) else []
    return Identity(
        project,
        frozenset(str(name) for name in names if name),
        _moment(token.get("expires_at")),
        _text(user.get("id")),
        _text(user.get("name")),
        _text(_object(token.get("project")).get("name")),
    )


def _object(value: Json) -> JsonDict:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _moment(text: Json) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        raise Unavailable("Keystone does not say when the token ends") from None
