"""Dynamic actions: from the call of one to what really runs (engine rules §17). Their code is not looked into here."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.bases import PYTHON, Base
from chalicelib.core.engine.world import Dynamic
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import InputError


def base_of(name: str, dynamic: Dynamic, given: JsonDict) -> Base:
    """What really runs when the action is called with `given`. Raises `InputError` if its class does not take that."""
    _check(name, dynamic, given)
    wanted: JsonDict = {
        "source": dynamic.ref,
        "module": dynamic.module,
        "class": dynamic.class_name,
        "input": dict(given),
    }
    return Base(PYTHON, wanted, ())


def _check(name: str, dynamic: Dynamic, given: Mapping[str, Json]) -> None:
    if dynamic.parameters is None:
        return
    declared = {parameter.name for parameter in dynamic.parameters}
    missing = [one.name for one in dynamic.parameters if one.required and one.name not in given]
    unexpected = [one for one in given if one not in declared]
    if missing or unexpected:
        shown = (f", missing={missing}" if missing else "") + (f", unexpected={unexpected}" if unexpected else "")
        raise InputError(f"Invalid input [name={name}, class={dynamic.module}.{dynamic.class_name}{shown}]")
