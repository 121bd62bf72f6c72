"""Ad-hoc actions that come with the service: everybody sees them, nobody changes them, a stored one hides them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from chalicelib.core.language import parse_actions
from chalicelib.core.language.spec import ActionSpec

TEXTS = (
    """version: '2.0'

std.wait_ssh:
  description: Simple SSH command.
  base: std.ssh
  base-input:
    host: <% $.host %>
    username: <% $.username %>
    password: <% $.password %>
    cmd: 'ls -l'
  input:
    - host
    - username
    - password
""",
)

PREFIX = "packaged/"


@dataclass(frozen=True, slots=True)
class Packaged:
    """One of them; `ref` stands for its text as that of a stored action does."""

    ref: str
    text: str
    spec: ActionSpec


@cache
def actions() -> Mapping[str, Packaged]:
    """All of them by name."""
    found = {}
    for text in TEXTS:
        for parsed in parse_actions(text):
            assert isinstance(parsed.spec, ActionSpec)
            found[parsed.spec.name] = Packaged(PREFIX + parsed.spec.name, text, parsed.spec)
    return MappingProxyType(found)


def of_ref(ref: str) -> Packaged | None:
    """The one that `ref` stands for; `None` if that is a stored action's."""
    return actions().get(ref.removeprefix(PREFIX)) if ref.startswith(PREFIX) else None
