"""Finds the route template of a path, the way API Gateway does.

A fixed segment wins over a `{parameter}`, which wins over a greedy `{parameter+}`. One trailing slash is ignored.
Values stay percent-encoded, as a REST API hands them over; the application decodes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Match:
    """A route template with the values its parameters have in one path."""

    template: str
    parameters: dict[str, str]


class Routes:
    """The route templates of an application, ready to be matched against paths."""

    def __init__(self, templates: Iterable[str]) -> None:
        ordered = sorted(templates, key=_preference)
        self._fixed = {template for template in ordered if "{" not in template}
        self._open = [(template, template.split("/")) for template in ordered if "{" in template]

    def match(self, path: str) -> Match | None:
        """The best route for `path` (without its query), or None."""
        if path != "/":
            path = path.removesuffix("/")
        if path in self._fixed:
            return Match(path, {})
        parts = path.split("/")
        for template, wanted in self._open:
            parameters = _capture(wanted, parts)
            if parameters is not None:
                return Match(template, parameters)
        return None


def _preference(template: str) -> list[tuple[int, str]]:
    return [(_openness(part), part) for part in template.split("/")]


def _openness(part: str) -> int:
    if part.endswith("+}"):
        return 2
    return 1 if part.startswith("{") else 0


def _capture(wanted: list[str], parts: list[str]) -> dict[str, str] | None:
    captured: dict[str, str] = {}
    for position, want in enumerate(wanted):
        if want.endswith("+}"):
            rest = "/".join(parts[position:])
            return {**captured, want[1:-2]: rest} if rest else None
        if position >= len(parts):
            return None
        if want.startswith("{") and parts[position]:
            captured[want[1:-1]] = parts[position]
        elif want != parts[position]:
            return None
    return captured if len(wanted) == len(parts) else None
