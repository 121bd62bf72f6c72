"""Resolves ad-hoc and dynamic actions to the action that really runs.

Nothing here knows a run: whoever calls says how names are found and what expressions may see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.core.engine.state.interfaces import Actions, AdHoc, Dynamic
from chalicelib.core.expressions import evaluate
from chalicelib.core.expressions.runtime.evaluation import Asks
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import ActionSpec
from chalicelib.core.resolved_action import PYTHON, Base
from chalicelib.errors import InputError, InvalidRequest


def dynamic_base_of(name: str, dynamic: Dynamic, given: JsonDict) -> Base:
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


CLASS_NAME = "mistral.actions.adhoc.AdHocAction"
"""Shown in messages about wrong input, where clients of Mistral 23.0.0 find a class name."""


DEEPEST = 20
"""How many ad-hoc actions may be based on each other: each is a read."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where an action is called from."""

    actions: Actions
    find: Callable[[str], AdHoc | Dynamic | None]
    """The stored action of exactly this name."""
    layers: Callable[[JsonDict], Mapping[str, Json]]
    """What `base-input` sees, given the input of its action."""
    asks: Asks


def called(spec: ActionSpec, given: JsonDict) -> JsonDict:
    """The input of an ad-hoc action, defaults included, as callers see it. Raises `InputError` if it does not fit."""
    declared = {parameter.name for parameter in spec.parameters}
    missing = [parameter.name for parameter in spec.parameters if parameter.required and parameter.name not in given]
    unexpected = [name for name in given if name not in declared]
    if missing or unexpected:
        shown = (f", missing={missing}" if missing else "") + (f", unexpected={unexpected}" if unexpected else "")
        raise InputError(f"Invalid input [name={spec.name}, class={CLASS_NAME}{shown}]")
    return {**given, **{name: value for name, value in spec.defaults.items() if name not in given}}


def base_of(site: Site, adhoc: AdHoc, given: JsonDict) -> Base:
    """What really runs when `adhoc` is called with `given`, which has its defaults.

    Ad-hoc actions in between take what they are given, as in Mistral. Raises one of `FAULTS`: an expression in
    `base-input` that fails, an unknown base, one that leads back, an input that the last base does not take.
    """
    versions: list[str] = []
    found: AdHoc | Dynamic | None = adhoc
    while isinstance(found, AdHoc):
        if found.ref in versions or len(versions) == DEEPEST:
            raise InvalidRequest(f"Action {adhoc.spec.name} is based on itself, or on more than {DEEPEST} others")
        versions.append(found.ref)
        spec = found.spec
        built = evaluate(dict(spec.base_input), site.layers({**spec.defaults, **given}), site.asks)
        given = built if isinstance(built, dict) else {}
        name, found = _next(site, spec)
    if found is not None:
        return replace(dynamic_base_of(name, found, given), versions=tuple(versions))
    problem = site.actions.flaw(name, site.actions.prepare(name, given))
    if problem is not None:
        raise InvalidRequest(problem)
    return Base(name, given, tuple(versions))


def reshaped(actions: Actions, versions: Sequence[str], result: Json, asks: Asks) -> Json:
    """A result as the caller of an ad-hoc action gets it: every `output`, from the innermost outwards.

    Raises one of `FAULTS`.
    """
    for ref in reversed(versions):
        output = actions.adhoc.version(ref).output
        result = result if output is None else evaluate(output, result, asks)
    return result


def failure(actions: Actions, adhoc: AdHoc) -> str:
    """Why an ad-hoc action could not be turned into an action that runs, as a task shows it."""
    desc = f"AdHoc action [name={adhoc.spec.name}, definition={actions.adhoc.text(adhoc.ref)}]"
    return f"Failed to instantiate an action [action_desc={desc}]"


def _next(site: Site, spec: ActionSpec) -> tuple[str, AdHoc | Dynamic | None]:
    """The base of an action: by its name, as in Mistral, else a member of the same workbook."""
    for name in _names(spec):
        found = site.find(name)
        if found is not None or site.actions.knows(name):
            return name, found
    raise InvalidRequest(f"Failed to find base action [action_name={spec.base}]")


def _names(spec: ActionSpec) -> Iterator[str]:
    yield spec.base
    if workbook := spec.body.get("workbook"):
        yield f"{workbook}.{spec.base}"
