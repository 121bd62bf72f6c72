"""A verifier that asks another one only once in a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.ports import Clock
from chalicelib.ports_access import Identity, Verifier
from chalicelib.service.tokens import digest

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
