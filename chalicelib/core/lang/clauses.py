"""The `on-*` clauses: what they name and what they publish (§4), from the raw value of a clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.lang.shorthand import split_call
from chalicelib.core.lang.spec import Publication, Target

CLAUSES = ("on-success", "on-error", "on-complete", "on-skip")


def is_advanced(clause: Json) -> bool:
    """Whether the clause is a mapping of `publish` and `next`."""
    return isinstance(clause, dict) and ("publish" in clause or "next" in clause)


def targets(clause: Json) -> tuple[Target, ...]:
    """What a clause names, in order; a bare mapping `{task: guard}` names nothing (a quirk that is kept)."""
    if isinstance(clause, dict):
        return _next(clause["next"]) if "next" in clause else ()
    return _next(clause)


def guards(clause: Json) -> Iterator[tuple[int, Json]]:
    """Guards of the list form with the number of their entry."""
    following = clause.get("next") if isinstance(clause, dict) else clause
    for at, entry in enumerate(following if isinstance(following, list) else ()):
        if isinstance(entry, dict):
            yield from ((at, guard) for guard in entry.values())


def publication(clause: Json) -> JsonDict | None:
    """The scopes of `publish` in a clause, or `None`."""
    published = clause.get("publish") if isinstance(clause, dict) else None
    return published if isinstance(published, dict) else None


def effective(flat: JsonDict, outcome: Json, always: Json) -> Publication:
    """Everything that is published for one outcome (§4.6).

    The first of the outcome's clause, the flat key and the `on-complete` clause gives the scopes; the others only add
    to `branch`, and only where the first has it: so a scope can be lost (a quirk that is kept).
    """
    sources = [publication(outcome), {"branch": flat} if flat else None, publication(always)]
    first, *more = [source for source in sources if source is not None] or [{}]
    branch = _dict(first.get("branch"))
    for source in more:
        branch = merged(branch, _dict(source.get("branch"))) if branch else branch
    return Publication(branch, _dict(first.get("global")))


def merged(under: Mapping[str, Json], over: Mapping[str, Json]) -> JsonDict:
    """Both mappings, nested ones merged as well; where they differ `over` wins."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def _next(given: Json) -> tuple[Target, ...]:
    entries = given if isinstance(given, list) else list(given) if isinstance(given, dict) else [given]
    return tuple(_target(entry) for entry in entries)


def _target(entry: Json) -> Target:
    text, guard = next(iter(entry.items())) if isinstance(entry, dict) else (str(entry), None)
    name, params = split_call(text)
    return Target(name, guard, params)


def _dict(value: Json) -> JsonDict:
    return value if isinstance(value, dict) else {}
