"""Parses the short forms of the language: `action: name key=value`, and `on-*` clauses."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.rules import show
from chalicelib.core.language.spec import Publication, Target
from chalicelib.errors import DefinitionError

_NAME = re.compile(r"""[\w.][^=("\s]*|<%.*?%>|\{\{.*?\}\}|\{%.*?%\}""")


_WORD = re.compile(r"true|false|null|\d+")


_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}


_ITEM = re.compile(r"\s*([-\w]+)\s*in\s*(?:(\[.+\])|(<%.*?%>|\{\{.*?\}\}))")


_ITEM_FORM = "Wrong format of 'with-items' property. Please use format 'var in {[some, list] | <% $.array %> }: "


DEEPEST = 100
"""Levels of nesting in a JSON text."""


def split_call(text: str) -> tuple[str, JsonDict]:
    """Name and parameters of `name key=value …`. Raises `DefinitionError` where no name can be seen."""
    if " " not in text:
        return text, {}
    name = _NAME.match(text)
    if name is None:
        raise DefinitionError(f"Invalid action/workflow task property: {text}")
    return name.group(), parameters(text)


def parameters(text: str) -> JsonDict:
    """Every `key=value` found in `text`; whatever else it holds is skipped, as Mistral does."""
    found: JsonDict = {}
    end = 0
    values = _Values(text)
    while (equals := text.find("=", end)) >= 0:
        key = text[_word_start(text, equals, end) : equals]
        value = values.at(equals + 1) if key else None
        end = equals + 1
        if value is not None:
            found[key], end = value
    return found


def items(given: object, task: object) -> dict[str, Json]:
    """Item variable to source, a list or an expression text, of a `with-items`; `task` is named in refusals."""
    texts = given if isinstance(given, list) else [given]
    return dict(_item(str(text), task) for text in texts)


def _item(text: str, task: object) -> tuple[str, Json]:
    match = _ITEM.match(text)
    if match is None:
        raise DefinitionError(_ITEM_FORM + show(task))
    variable, array, expression = match.groups()
    if array is None:
        return variable, expression
    try:
        return variable, _json(array)
    except ValueError as error:
        raise DefinitionError(f"Invalid array in 'with-items' clause: {array}, error: {error}") from None


def _word_start(text: str, end: int, limit: int) -> int:
    """Where the run of key characters that ends at `end` begins, not before `limit`."""
    at = end
    while at > limit and (text[at - 1] == "-" or text[at - 1] == "_" or text[at - 1].isalnum()):
        at -= 1
    return at


class _Values:
    """Reads values at given places of one text.

    A regular expression would look for a missing closer over and over again, once for each opener; this looks it up
    among the places of all closers, so that no text takes more than linear time.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._places: dict[str, list[int]] = {}

    def at(self, start: int) -> tuple[Json, int] | None:
        """The value that begins at `start` and where it ends, or `None`."""
        text = self._text
        for opener, closer in (('"', '"'), ("'", "'"), ("{{", "}}"), ("<%", "%>")):
            if text.startswith(opener, start):
                return self._enclosed(start, opener, closer)
        if text.startswith("[", start):
            return self._array(start)
        match = _WORD.match(text, start)
        return (_literal(match.group()), match.end()) if match else None

    def _enclosed(self, start: int, opener: str, closer: str) -> tuple[Json, int] | None:
        inner = start + len(opener)
        close = self._next(closer, inner)
        if close is None:
            return None
        if opener in "\"'":
            return self._text[inner:close], close + 1
        if close > self._line_end(inner):
            return None
        whole = self._text[start : close + 2]
        return (_decoded(whole) if opener == "{{" else whole), close + 2

    def _array(self, start: int) -> tuple[Json, int] | None:
        """Up to the last bracket of the line."""
        closers = self._all("]")
        at = bisect_left(closers, self._line_end(start)) - 1
        if at < 0 or closers[at] < start:
            return None
        return _decoded(self._text[start : closers[at] + 1]), closers[at] + 1

    def _line_end(self, start: int) -> int:
        end = self._next("\n", start)
        return len(self._text) if end is None else end

    def _next(self, sought: str, start: int) -> int | None:
        places = self._all(sought)
        at = bisect_left(places, start)
        return places[at] if at < len(places) else None

    def _all(self, sought: str) -> list[int]:
        if sought not in self._places:
            pattern = f"(?={re.escape(sought)})"
            self._places[sought] = [match.start() for match in re.finditer(pattern, self._text)]
        return self._places[sought]


def _literal(text: str) -> Json:
    return _WORDS[text] if text in _WORDS else _decoded(text.lstrip("0") or "0")


def _decoded(text: str) -> Json:
    """The JSON value of `text` if it is JSON, else the text itself."""
    try:
        return _json(text)
    except ValueError:
        return text


def _json(text: str) -> Json:
    """The value of a JSON text. Raises `ValueError` if it is none, or nested too deep to be worked with."""
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", text):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise ValueError("too many levels")
    value: Json = json.loads(text)
    return value


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
