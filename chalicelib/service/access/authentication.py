"""Authentication: finds the caller of a request, and caches verified tokens."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.core.security import SecurityContext
from chalicelib.errors import Unauthorized
from chalicelib.ports.access import Identity, Verifier
from chalicelib.ports.clock import Clock
from chalicelib.service.access.api_tokens import digest
from chalicelib.service.access.caller import DEFAULT_PROJECT, MAX_PROJECT, Caller, is_project

MAX_TOKEN = 16 * 1024
"""Characters; a gateway takes no more than 10 KB of headers."""


class Identities:
    """Tells callers by the headers of their requests."""

    def __init__(self, verifier: Verifier | None, anonymous_roles: frozenset[str] = frozenset()) -> None:
        """`verifier`: who vouches for tokens; `None`: everybody is one project, with the roles that they claim.

        `anonymous_roles`: those of a caller who claims none and is not checked.
        """
        self._verifier = verifier
        self._anonymous_roles = anonymous_roles

    @property
    def known(self) -> bool:
        """Whether callers are known, so that there are projects to share with."""
        return self._verifier is not None

    def caller(self, headers: Mapping[str, str]) -> Caller:
        """Who asks; names of `headers` are in lower case. Raises `Unauthorized`, `Unavailable`.

        Other headers that name users, projects or roles count for nothing where callers are known.
        """
        if self._verifier is None:
            claims = [headers[name] for name in ("x-roles", "x-role") if name in headers]
            claimed = _listed(next(filter(None, claims), ""))
            return Caller(DEFAULT_PROJECT, claimed if claims else self._anonymous_roles)
        token = _token(headers)
        if not token:
            raise Unauthorized("Authentication required: the header X-Auth-Token holds no token")
        if len(token) > MAX_TOKEN or not (token.isascii() and token.isprintable()):
            raise Unauthorized("The token is not valid")
        return _caller(self._verifier.identify(token))


def _caller(identity: Identity) -> Caller:
    if not is_project(identity.project_id):
        raise Unauthorized(f"The token names no project, or one of more than {MAX_PROJECT} bytes")
    known = Caller(identity.project_id, identity.roles)
    context = SecurityContext(
        identity.user_id, identity.user_name, identity.project_name, tuple(sorted(identity.roles)), known.is_admin
    )
    return replace(known, security=context)


def _token(headers: Mapping[str, str]) -> str:
    """Mistral's header first; the usual ones of HTTP are understood too."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    sent = {"bearer": rest.strip(), "basic": _password(rest)}
    return headers.get("x-auth-token", "").strip() or sent.get(scheme.lower(), "")


def _password(credentials: str) -> str:
    """The token where a client knows only of passwords, as that of Mistral in its URL; the user's name is anything."""
    try:
        return base64.b64decode(credentials, validate=True).decode("ascii").partition(":")[2]
    except ValueError:
        return ""


def _listed(roles: str) -> frozenset[str]:
    return frozenset(role.strip() for role in roles.split(",") if role.strip())


MOST = 1000
"""How many answers a process remembers."""


class Remembered:
    """Remembers for a while whose a token is; a token that was refused is asked about again."""

    def __init__(self, verifier: Verifier, clock: Clock, seconds: int) -> None:
        self._verifier = verifier
        self._clock = clock
        self._time = timedelta(seconds=seconds)
        self._known: dict[str, tuple[Identity, datetime]] = {}
        """By the hash of the token: tokens themselves are not kept."""

    def identify(self, token: str) -> Identity:
        """As `Verifier`, but up to `seconds` old."""
        key, now = digest(token), self._clock.now()
        found = self._known.get(key)
        if found is not None and now < found[1]:
            return found[0]
        identity = self._verifier.identify(token)
        self._known.pop(key, None)
        while len(self._known) >= MOST:
            self._known.pop(next(iter(self._known), key), None)
        self._known[key] = (identity, min(now + self._time, identity.until or now + self._time))
        return identity
