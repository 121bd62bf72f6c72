"""What an action execution of an ad-hoc action remembers, as a plain value and back."""

from __future__ import annotations

from typing import Any

from chalicelib.adapters.dynamo.codec import value_in, value_out
from chalicelib.core.bases import Base


def base_out(base: Base | None) -> list[Any] | None:
    """The action that runs; nothing where there is none."""
    return None if base is None else [base.name, value_out(base.input), list(base.versions)]


def base_in(plain: list[Any] | None) -> Base | None:
    """The action that runs, as it was written."""
    return None if plain is None else Base(plain[0], value_in(plain[1]), tuple(plain[2]))
