"""Environment variables as values: what the modules of settings parse with."""

from __future__ import annotations

from collections.abc import Mapping


def text(env: Mapping[str, str], name: str, default: str) -> str:
    """A text; an empty one is the default."""
    return env.get(name) or default


def number(env: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    """A whole number, not below `least`. Raises `ValueError` naming the variable."""
    found = env.get(name) or str(default)
    if not (found.isascii() and found.isdigit() and int(found) >= least):
        raise ValueError(f"{name} must be a whole number, {least} or more, not {found!r}")
    return int(found)


def listed(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The parts between commas, without those that are empty."""
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())
