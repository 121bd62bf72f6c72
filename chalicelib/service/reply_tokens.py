"""Reply tokens: whoever got an order may answer it, and nothing else.

A token is an HMAC over the id of one action execution and the end of the token's life, so a worker needs no
credentials of the API and cannot answer for what it was not given. Tokens are made, sent and checked, and never kept.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.errors import Forbidden

LIFE = timedelta(days=15)
"""A day longer than SQS keeps a message at most."""


class ReplyTokens:
    """Makes and checks tokens."""

    def __init__(self, keys: Sequence[str]) -> None:
        """The first of `keys` signs, all of them verify, so that a key can be replaced while orders are out."""
        self._keys = tuple(keys)

    def token(self, action_id: str, now: datetime) -> str:
        """The token that goes out with the order of an action execution."""
        end = int((now + LIFE).timestamp())
        return f"{end}.{_signature(self._keys[0], action_id, end)}"

    def check(self, action_id: str, token: str, now: datetime) -> None:
        """Raise `Forbidden` unless this is a living token of this action execution. Nothing of it is in the text."""
        end, _, signature = token.partition(".")
        if not (end.isascii() and end.isdigit() and len(end) < 12 and (action_id + signature).isascii()):
            raise Forbidden("The reply token cannot be read")
        good = [
            hmac.compare_digest(_signature(key, action_id, int(end)).encode(), signature.encode()) for key in self._keys
        ]
        if not any(good):
            raise Forbidden(f"The reply token is not one of action execution {action_id}")
        if now.timestamp() > int(end):
            raise Forbidden(f"The reply token of action execution {action_id} has expired")


def _signature(key: str, action_id: str, end: int) -> str:
    return hmac.new(key.encode(), f"reply 1\n{action_id}\n{end}".encode(), hashlib.sha256).hexdigest()
