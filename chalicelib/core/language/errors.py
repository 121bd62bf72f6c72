"""The error of the checks: a message and the path of what is wrong, before the place in the text is known."""

from __future__ import annotations

from chalicelib.core.language import hints
from chalicelib.core.language.rules import Path, Rule, chosen
from chalicelib.errors import DefinitionError


class Refusal(DefinitionError):
    """A rule of the language is broken at `path`."""

    def __init__(self, message: str, path: Path = (), key: str | None = None, hint: str | None = None) -> None:
        """`key`: the one in the mapping at `path` that should not be there; `hint`: what may be meant."""
        super().__init__(message)
        self.path = path
        self.key = key
        self.hint = hint

    def under(self, path: Path) -> Refusal:
        """The same, seen from a mapping that holds the one it was found in at `path`."""
        return Refusal(self.message, path + self.path, self.key, self.hint)


def check_shape(rule: Rule, value: object, path: Path = ()) -> None:
    """Raise `Refusal` with the most telling fault that `rule` finds in `value`, which is at `path`."""
    faults = rule(value)
    if faults:
        inner, fault = chosen(faults)
        key = fault.unknown[0] if fault.unknown else None
        raise Refusal(f"Invalid DSL: {fault.say()}", path + inner, key, hints.of_keys(fault))
