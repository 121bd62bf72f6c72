"""Asks identity providers over HTTP. Where to is a setting, never what a caller sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import requests

from chalicelib.core import jsontext
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import Unavailable

SECONDS = 5.0
MAX_BYTES = 1024 * 1024
_PIECE = 64 * 1024


class Reply(NamedTuple):
    """Status and body of a reply; anything but a JSON object counts as an empty one."""

    status: int
    body: JsonDict


Ask: TypeAlias = Callable[[str, Mapping[str, str]], Reply]
"""URL and headers to the reply. Raises `Unavailable`."""


def ask(url: str, headers: Mapping[str, str]) -> Reply:
    """GET `url`; redirects are not followed, as the headers may hold a token."""
    data = b""
    try:
        with requests.get(url, headers=dict(headers), timeout=SECONDS, allow_redirects=False, stream=True) as reply:
            for piece in reply.iter_content(_PIECE):
                data += piece
                if len(data) > MAX_BYTES:
                    raise Unavailable("The identity provider answered with too much")
    except (requests.RequestException, ValueError):
        # The text of the exception may quote what was sent.
        raise Unavailable("The identity provider did not answer") from None
    return Reply(reply.status_code, _object(data))


def _object(data: bytes) -> JsonDict:
    try:
        found = jsontext.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
