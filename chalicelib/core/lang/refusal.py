"""The error of the checks: a message and the path of what is wrong, before the place in the text is known."""

from __future__ import annotations

from chalicelib.core.lang.rules import Path, Rule, most_relevant
from chalicelib.errors import DefinitionError


class Refusal(DefinitionError):
    """A rule of the language is broken at `path`."""

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.path = path

    def under(self, path: Path) -> Refusal:
        """The same, seen from a mapping that holds the one it was found in at `path`."""
        return Refusal(self.message, path + self.path)


def check_shape(rule: Rule, value: object, path: Path = ()) -> None:
    """Raise `Refusal` with the most telling fault that `rule` finds in `value`, which is at `path`."""
    faults = rule(value)
    if faults:
        inner, text = most_relevant(faults)
        raise Refusal(f"Invalid DSL: {text}", path + inner)
