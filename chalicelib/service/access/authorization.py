"""The one table of who may do what: an operation of the API to a rule over the caller's roles (API rules §2.3).

Operations are written as in Mistral's policy file, `<resource>:<verb>`; routes name theirs, and nothing else decides.
Whose objects a caller sees is not decided here but where they are found. A deployment may replace rules by a file:

    workflows:create: role:editor or rule:admin_only
    executions:delete: "!"

A rule is `@` (everybody), `!` (nobody), `role:<name>` or `rule:<name>`, joined by `and`, `or` and `not`; `and` binds
closer than `or`. Rules of one's own are entries without a colon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from chalicelib.errors import Forbidden
from chalicelib.service.access.caller import ADMIN, Caller

ANYBODY = "anybody"
"""In place of an operation: every caller who is known may."""
OPEN = "open"
"""In place of an operation: nobody is asked who they are."""

_OWNER, _ADMIN = "admin_or_owner", "admin_only"
_CRUD = "create delete get list update"
_DEFAULTS: Mapping[str, tuple[str, str]] = {
    "workbooks": (_CRUD, "publicize"),
    "workflows": (_CRUD, "publicize list:all_projects"),
    "actions": (_CRUD, "publicize"),
    "code_sources": ("", f"{_CRUD} publicize"),
    "dynamic_actions": ("", f"{_CRUD} publicize"),
    "executions": (_CRUD, "list:all_projects"),
    "tasks": ("get list update", ""),
    "action_executions": (_CRUD, ""),
    "cron_triggers": (_CRUD, "publicize list:all_projects"),
    "event_triggers": (_CRUD, "publicize list:all_projects"),
    "signals": ("create get", ""),
    "environments": (_CRUD, "publicize"),
    "members": (_CRUD, ""),
    "maintenance": ("get", "update"),
}
"""For each resource the verbs of every project, and those of admins."""

_RULES: Mapping[str, str] = {
    _ADMIN: f"role:{ADMIN}",
    _OWNER: "@",  # a caller acts in its own project, so whoever is known is the owner there
    **{f"{resource}:{verb}": f"rule:{_OWNER}" for resource, (verbs, _) in _DEFAULTS.items() for verb in verbs.split()},
    **{f"{resource}:{verb}": f"rule:{_ADMIN}" for resource, (_, verbs) in _DEFAULTS.items() for verb in verbs.split()},
}

OPERATIONS = frozenset(name for name in _RULES if ":" in name)
"""Every operation there is a rule for."""

Rule = Callable[[Caller], bool]


class Policy:
    """Who may do what in one deployment."""

    def __init__(self, changes: Mapping[str, str] | None = None) -> None:
        """`changes` replace rules, or add some without a colon. Raises `ValueError` naming what is no rule."""
        for name in changes or {}:
            if ":" in name and name not in OPERATIONS:
                raise ValueError(f"The policy knows no operation {name!r}")
        texts = {**_RULES, **(changes or {})}
        self._rules = {name: _parsed(name, texts, ()) for name in texts}
        self._texts = texts

    def permits(self, caller: Caller, operation: str) -> bool:
        """Whether the caller may; `operation` is one of `OPERATIONS`, or `ANYBODY`."""
        return operation == ANYBODY or self._rules[operation](caller)

    def check(self, caller: Caller, operation: str) -> None:
        """Raise `Forbidden` unless the caller may; its second line names the operation and what it needs."""
        if not self.permits(caller, operation):
            needed = self._needed(operation)
            raise Forbidden(f"Operation forbidden (insufficient permissions)\n{operation} needs {needed}")

    def _needed(self, name: str) -> str:
        """The rule `name` in terms of roles."""
        return " ".join(map(self._needed_word, self._texts[name].split()))

    def _needed_word(self, word: str) -> str:
        kind, _, value = word.partition(":")
        if kind == "role":
            return f"the role {value}"
        if kind == "rule":
            needed = self._needed(value)
            return f"({needed})" if " and " in needed or " or " in needed else needed
        return {"!": "what nobody has", "@": "nothing"}.get(word, word)


def _parsed(name: str, texts: Mapping[str, str], within: tuple[str, ...]) -> Rule:
    """The rule `name`; `within` are the rules that lead here, none of which it may lead back to."""
    if name not in texts or name in within:
        raise ValueError(f"The policy has no rule {name!r}, or it refers to itself")
    words = iter(str(texts[name]).split())
    alternatives = [[_term(name, words, texts, (*within, name))]]
    for word in words:
        if word not in ("and", "or"):
            raise ValueError(f"The policy cannot read {word!r} in the rule of {name!r}")
        term = _term(name, words, texts, (*within, name))
        if word == "or":
            alternatives.append([])
        alternatives[-1].append(term)
    return lambda caller: any(all(term(caller) for term in terms) for terms in alternatives)


def _term(name: str, words: Iterator[str], texts: Mapping[str, str], within: tuple[str, ...]) -> Rule:
    word = next(words, "")
    kind, _, value = word.partition(":")
    if word == "not":
        inner = _term(name, words, texts, within)
        return lambda caller: not inner(caller)
    if word in ("@", "!"):
        return lambda _: word == "@"
    if kind == "role" and value:
        return lambda caller: value in caller.roles
    if kind == "rule" and value:
        return _parsed(value, texts, within)
    raise ValueError(f"The policy cannot read {word!r} in the rule of {name!r}")
