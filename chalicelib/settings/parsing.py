"""Environment variables as values: what the modules of settings parse with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_ORIGIN = re.compile(r"https?://[^/\s]+")


def text(env: Mapping[str, str], name: str, default: str) -> str:
    """A text; an empty one is the default."""
    return env.get(name) or default


def number(env: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    """A whole number, not below `least`. Raises `ValueError` naming the variable, as all of these do."""
    found = env.get(name) or str(default)
    if not (found.isascii() and found.isdigit() and int(found) >= least):
        raise ValueError(f"{name} must be a whole number, {least} or more, not {found!r}")
    return int(found)


def fraction(env: Mapping[str, str], name: str, default: str) -> float:
    """A number from 0 to 1."""
    found = env.get(name) or default
    if not (re.fullmatch(r"\d*\.?\d+", found, re.ASCII) and float(found) <= 1):
        raise ValueError(f"{name} must be a number from 0 to 1, not {found!r}")
    return float(found)


def address(env: Mapping[str, str], name: str, default: str) -> str:
    """A host and a port. AWS may write `tcp:HOST:PORT udp:HOST:PORT`: then that for datagrams."""
    found = env.get(name) or default
    for one in sorted(found.split(), key=lambda one: one.startswith("udp:"), reverse=True):
        if (matched := re.fullmatch(r"(?:udp:|tcp:)?([^\s:]+:[0-9]{1,5})", one)) is not None:
            return matched[1]
    raise ValueError(f"{name} must be a host and a port, such as {default}, not {found!r}")


def origins(env: Mapping[str, str], name: str) -> frozenset[str]:
    """Origins of pages, or `*`."""
    given = frozenset(listed(env, name))
    wrong = sorted(origin for origin in given if origin != "*" and not _ORIGIN.fullmatch(origin))
    if wrong:
        raise ValueError(f"{name} must hold origins such as https://app.example, or *, not {wrong[0]!r}")
    return given


def json_object(env: Mapping[str, str], name: str) -> dict[str, Any] | None:
    """A JSON object; `None` if nothing is said."""
    if not env.get(name):
        return None
    try:
        found = json.loads(env[name])
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"{name} must be a JSON object")
    return found


def objects(env: Mapping[str, str], name: str) -> tuple[dict[str, Any], ...]:
    """A JSON list of objects, each of which has a type."""
    try:
        found = json.loads(env.get(name) or "[]")
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) and one.get("type") for one in found):
        raise ValueError(f"{name} must be a JSON list of objects, each with a type")
    return tuple(found)


def listed(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The parts between commas, without those that are empty."""
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def networks(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Networks such as 10.0.0.0/8."""
    given = listed(env, name)
    try:
        for network in given:
            ip_network(network, strict=False)
    except ValueError:
        raise ValueError(
            f"{name} must be networks like 10.0.0.0/8, with commas between them, not {network!r}"
        ) from None
    return given


def switch(env: Mapping[str, str], name: str, default: bool) -> bool:
    """Yes or no, in the words that people use."""
    found = (env.get(name) or str(default)).lower()
    if found not in _YES | _NO:
        raise ValueError(f"{name} must be true or false, not {found!r}")
    return found in _YES


def safe_url(name: str, url: str) -> str:
    """A URL that tokens and keys may travel to and from."""
    parts = urlsplit(url)
    if url and not (parts.hostname and (parts.scheme == "https" or parts.hostname in LOOPBACK)):
        raise ValueError(f"{name} must begin with https:// (http:// only on this machine), not {url!r}")
    return url
