"""Words of the environment as values, where that takes more than a line. All raise `ValueError` naming the variable."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

_ORIGIN = re.compile(r"https?://[^/\s]+")


def fraction(env: Mapping[str, str], name: str, default: str) -> float:
    """A number from 0 to 1."""
    text = env.get(name) or default
    if not (re.fullmatch(r"\d*\.?\d+", text, re.ASCII) and float(text) <= 1):
        raise ValueError(f"{name} must be a number from 0 to 1, not {text!r}")
    return float(text)


def address(env: Mapping[str, str], name: str, default: str) -> str:
    """A host and a port."""
    text = env.get(name) or default
    if not re.fullmatch(r"[^\s:]+:[0-9]{1,5}", text):
        raise ValueError(f"{name} must be a host and a port, such as {default}, not {text!r}")
    return text


def origins(env: Mapping[str, str], name: str) -> frozenset[str]:
    """Origins of web pages, or `*`."""
    found = frozenset(listed(env, name))
    wrong = sorted(origin for origin in found if origin != "*" and not _ORIGIN.fullmatch(origin))
    if wrong:
        raise ValueError(f"{name} must hold origins such as https://app.example, or *, not {wrong[0]!r}")
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
    """What stands between commas."""
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def networks(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Networks in CIDR notation."""
    found = listed(env, name)
    try:
        for network in found:
            ip_network(network, strict=False)
    except ValueError:
        raise ValueError(
            f"{name} must be networks like 10.0.0.0/8, with commas between them, not {network!r}"
        ) from None
    return found
